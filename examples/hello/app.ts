import { Queue } from 'funq'
import { countWords } from './tasks.ts'

const url = process.argv[2] ?? 'https://example.com'
const q = new Queue('low')

const job = await q.enqueue(countWords, url)
console.log(`${job.id} is ${job.status}`)
console.log(`${await job.result} words at ${url}`)
