import { Redis } from 'ioredis'
import type { Figures } from '../case.ts'
import { loadLibrary, type Producer } from '../libs/library.ts'
import { costPerJob, serverTotals } from '../server-cost.ts'
import { answer, type ProgramInput, readInput } from './program.ts'

export interface EnqueuerInput extends ProgramInput {
  readonly jobs: number
  /** Calls on the wire at once. */
  readonly inFlight: number
  /** Jobs a call; 1 is the plain enqueue. */
  readonly jobsPerCall: number
}

const { library, endpoint, jobs, inFlight, jobsPerCall } = readInput<EnqueuerInput>()
const producer = await (await loadLibrary(library)).produce(endpoint, { results: false })
const redis = new Redis(endpoint)

await enqueue(producer, Math.ceil(jobs / 4))
const before = await serverTotals(redis)
const start = performance.now()
await enqueue(producer, jobs)
const seconds = (performance.now() - start) / 1000
const after = await serverTotals(redis)
const figures: Figures = { rate: jobs / seconds, ...costPerJob(before, after, jobs, 1) }
answer(figures)

await producer.close()
await redis.quit()

/** Enqueues with a sliding window: each lane sends its next call when its last one is answered. */
async function enqueue(to: Producer, count: number): Promise<void> {
  let left = count
  const lane = async () => {
    while (left > 0) {
      const size = Math.min(left, jobsPerCall)
      left -= size
      await (jobsPerCall === 1 ? to.enqueue() : to.enqueueMany(size))
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
}
