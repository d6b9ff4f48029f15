import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { startRedis } from '../../lib/testing/index.ts'
import { fuzz } from './fuzz.ts'
import { fuzzWorker } from './worker.ts'

// `npm run fuzz -- --runs 100000 --seed 7`: so many inputs for each target, and a tenth as many records for a live worker.
const { values } = parseArgs({ options: { runs: { type: 'string' }, seed: { type: 'string' } } })
const runs = Number(values.runs ?? 10_000)
const seed = Number(values.seed ?? randomInt(2 ** 31))
console.log(`seed ${seed}`)
let total = fuzz(runs, seed, ({ name, inputs }) => console.log(`${String(inputs).padStart(9)}  ${name}`))
await using server = await startRedis({ quiet: true })
const records = Math.ceil(runs / 10)
await fuzzWorker(server.url, records, seed)
console.log(`${String(records).padStart(9)}  records run by a worker`)
total += records
console.log(`${String(total).padStart(9)}  inputs in all, none broke anything`)
process.exit(0)
