import { setTimeout as pause } from 'node:timers/promises'
import type { Bench, Contender, Figures } from './case.ts'
import { Child } from './child.ts'
import { preload } from './preload.ts'
import { costPerJob, serverTotals } from './server-cost.ts'
import type { WorkerInput } from './workers/worker.ts'

const POLL_MS = 2
const STALLED_AFTER_MS = 15_000
/** The part of the jobs that warms the worker up: its start, its compiled code, its first claims. */
const WARM_UP = 0.2

/**
 * Preloads `jobs` jobs, starts a worker process and watches them end, from the server's own registry: one clock
 * for every library, whatever events it has and in whichever process its jobs run. Waits until the worker is gone.
 */
export async function drain(
  contender: Contender,
  bench: Bench,
  jobs: number,
  concurrency: number,
): Promise<Figures> {
  const { name, library, isolation } = contender
  await preload(library, bench.endpoint, jobs)
  const input: WorkerInput = { library: name, endpoint: bench.endpoint, isolation, concurrency }
  const worker = new Child('worker', input)
  await worker.answer()

  const start = await finished(contender, bench, jobs * WARM_UP)
  const before = await serverTotals(bench.redis)
  const end = await finished(contender, bench, jobs)
  const after = await serverTotals(bench.redis)
  await worker.stop()

  const measured = end.count - start.count
  return {
    rate: measured / ((end.at - start.at) / 1000),
    ...costPerJob(before, after, measured, end.polls + 1),
  }
}

/** Waits until `wanted` jobs have ended; throws when none ended for a while. */
async function finished({ name, library }: Contender, { redis }: Bench, wanted: number) {
  let last = { count: -1, at: performance.now() }
  for (let polls = 1; ; polls++) {
    const count = await library.consumer!.finishedCount(redis)
    const at = performance.now()
    if (count >= wanted) return { count, at, polls }
    if (count > last.count) last = { count, at }
    if (at - last.at > STALLED_AFTER_MS) {
      throw new Error(
        `Expected ${name} to finish ${wanted} jobs, it stands at ${count} since ${STALLED_AFTER_MS / 1000} s: ` +
          'see the output of its worker above',
      )
    }
    await pause(POLL_MS)
  }
}
