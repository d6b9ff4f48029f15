/**
 * Counts the words of some hundred documents: a real Redis, a worker process and a web server, all started here and
 * stopped again. `npm run demo`
 */
import { fileURLToPath } from 'node:url'
import { type Job, JobFailedError, Queue } from 'funq'
import { startRedis } from 'funq/testing'
import { serveDocuments } from './documents.ts'
import { showProgress } from './progress.ts'
import { toTable } from './table.ts'
import { countWords, report } from './tasks.ts'
import { startWorker } from './worker.ts'

const TASKS = './examples/count-words/tasks'
const SHOWN = 12

/** What to stop at the end, the last first. */
const cleanups: (() => unknown)[] = []

async function stopAll(): Promise<void> {
  for (const stop of cleanups.splice(0).reverse()) await stop()
}

/** Ctrl-C ends the demo as an error does: by way of `stopAll`. */
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => reject(new Error(`stopped by ${signal}`)))
})

async function demo(): Promise<void> {
  const redis = await startRedis({ appendonly: true, log: (line) => console.log(line) })
  cleanups.push(() => redis.stop())
  const documents = await serveDocuments(fileURLToPath(new URL('../../node_modules', import.meta.url)))
  cleanups.push(() => documents.close())
  const worker = startWorker(redis.url)
  cleanups.push(() => worker.stop())
  const low = new Queue('low', { connection: redis.url })
  cleanups.push(() => low.close())
  const queue = new Queue('default', { connection: redis.url })
  cleanups.push(() => queue.close())

  // By reference: the arguments are type-checked, and awaiting the job gives a number.
  const jobs = await Promise.all(
    documents.files.map((file) => low.enqueue(countWords, documents.urlOf(file))),
  )
  // By path: this side need not be able to import the function. There is no such document, so this one fails.
  const missing = await low.enqueue(`${TASKS}#countWords`, documents.urlOf('missing.md'))
  // Runs when all counts are there, and receives them in place of the jobs; the one that fails may do so.
  const total = await queue.with({ dependsOn: { job: missing, allowFailure: true } }).enqueue(report, ...jobs)
  console.log(
    `${jobs.length + 1} jobs in the queue low, and one in default that depends on them (it is ${total.status})`,
  )

  await Promise.race([watch(jobs), worker.crashed])
  await printDocuments(documents.files, jobs)
  const { documents: count, words } = await Promise.race([total.result, worker.crashed])
  console.log(`\n${count} documents have ${words.toLocaleString('en')} words.`)
  await printFailure(missing)
  console.log(`\nThe worker's log begins so:\n${worker.log.slice(0, 5).join('\n')}`)
}

async function watch(jobs: readonly Job<number>[]): Promise<void> {
  const tick = showProgress(jobs.length)
  await Promise.all(jobs.map((job) => job.result.then(tick)))
}

async function printDocuments(files: readonly string[], jobs: readonly Job<number>[]): Promise<void> {
  const rows = await Promise.all(
    jobs.map(async (job, i) => {
      const { startedAt, endedAt } = await job.refresh()
      return { file: files[i]!, words: await job.result, ms: Number(endedAt) - Number(startedAt) }
    }),
  )
  const longest = rows.sort((a, b) => b.words - a.words).slice(0, SHOWN)
  console.log(
    `\n${toTable(
      ['file', 'words', 'ms'],
      longest.map(({ file, words, ms }) => [file, words, ms]),
    )}`,
  )
  console.log(`… and ${rows.length - longest.length} more`)
}

async function printFailure(job: Job): Promise<void> {
  const error = await job.result.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof JobFailedError))
    throw new Error(`expected job ${job.id} to fail, as its document is missing`)
  console.log(`\nOne job failed, as it should:\n${error.message}`)
}

try {
  await Promise.race([demo(), interrupted])
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await stopAll()
}
