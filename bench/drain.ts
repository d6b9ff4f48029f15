import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, Contender, Figures } from './case.ts'
import { Child } from './child.ts'
import type { TaskName } from './libs/library.ts'
import { costPerJob, serverTotals } from './server-cost.ts'
import type { WorkerInput } from './workers/worker.ts'

/** Looking costs the cores that the contender works on: seldom while the end is far, often when it is near. */
const POLL_MS = { least: 1, most: 25 }
const STALLED_AFTER_MS = 15_000
/** The part of the jobs that warms the workers up: their start, their compiled code, their first claims. */
const WARM_UP = 0.2

export interface Drain {
  /** How many jobs end. */
  readonly jobs: number
  readonly task?: TaskName
  readonly concurrency: number
  /** Worker processes. @default 1 */
  readonly workers?: number
  /** What is not measured: as many jobs as have ended by then. @default a fifth of them */
  readonly warmUp?: number
}

/**
 * Starts worker processes on what is enqueued and watches it end, from the server's own registry: one clock for every library, whatever
 * events it has and in whichever process its jobs run. Waits until the workers are gone.
 */
export async function drain(contender: Contender, bench: Bench, options: Drain): Promise<Figures> {
  const { jobs, warmUp = jobs * WARM_UP } = options
  const workers = await startWorkers(contender, bench, options)
  const totals = async () => ({
    ...(await serverTotals(bench.redis)),
    client: workers.reduce((sum, worker) => sum + worker.cpu, 0),
  })
  const start = await finished(contender, bench, warmUp, jobs)
  const before = await totals()
  const end = await finished(contender, bench, jobs, jobs)
  const after = await totals()
  await Promise.all(workers.map((worker) => worker.stop()))

  const measured = end.count - start.count
  return {
    rate: measured / ((end.at - start.at) / 1000),
    ...costPerJob(before, after, measured, end.polls + 1),
  }
}

/** Workers that begin together, each once all of them have loaded what they need. */
export async function startWorkers(
  { name, library, isolation }: Contender,
  { endpoint }: Bench,
  { task = 'noop', concurrency, workers = 1 }: Omit<Drain, 'jobs'>,
): Promise<Child[]> {
  const input: WorkerInput = { library: name, endpoint, task, isolation, concurrency }
  const children = Array.from({ length: workers }, () => new Child('worker', library, input))
  for (const child of children) await child.answer()
  for (const child of children) child.go()
  return children
}

/** Waits until `wanted` of the jobs have ended; throws when none ended for a while. */
export async function finished({ name, library }: Contender, { redis }: Bench, wanted: number, jobs: number) {
  let last = { count: -1, at: performance.now() }
  let first: typeof last | undefined
  for (let polls = 1; ; polls++) {
    const count = await library.finishedCount(redis, jobs)
    const at = performance.now()
    if (count >= wanted) return { count, at, polls }
    if (count > 0) first ??= { count, at }
    if (count > last.count) last = { count, at }
    if (at - last.at > STALLED_AFTER_MS) {
      throw new Error(
        `Expected ${name} to finish ${wanted} jobs, it stands at ${count} since ${STALLED_AFTER_MS / 1000} s: ` +
          'see the output of its worker above',
      )
    }
    await pause(untilNextPoll(wanted - count, first && (count - first.count) / (at - first.at)))
  }
}

/** Half of the time that is left at this rate, in jobs a millisecond. */
function untilNextPoll(left: number, rate: number | undefined): number {
  const half = rate ? left / rate / 2 : POLL_MS.least
  return Math.min(POLL_MS.most, Math.max(POLL_MS.least, half))
}
