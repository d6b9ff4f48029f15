import type { Producer } from '../libs/library.ts'
import { loadLibrary } from '../libs/load.ts'
import { answer, type ProgramInput, readInput, readyToGo } from './program.ts'

export interface EnqueuerInput extends ProgramInput {
  readonly jobs: number
  /** Enqueued before anything is measured. */
  readonly warmUp: number
  /** Calls on the wire at once. */
  readonly inFlight: number
  /** Jobs a call; 1 is the plain enqueue. */
  readonly jobsPerCall: number
}

const { library, endpoint, jobs, warmUp, inFlight, jobsPerCall } = readInput<EnqueuerInput>()
const producer = await (await loadLibrary(library)).produce(endpoint, { task: 'noop', results: false })

await enqueue(producer, warmUp)
await readyToGo()
const start = performance.now()
await enqueue(producer, jobs)
answer({ seconds: (performance.now() - start) / 1000 })
await producer.close()

/** Enqueues with a sliding window: each lane sends its next call when its last one is answered. */
async function enqueue(to: Producer, count: number): Promise<void> {
  let left = count
  const lane = async () => {
    while (left > 0) {
      const size = Math.min(left, jobsPerCall)
      left -= size
      await (jobsPerCall === 1 ? to.enqueue() : to.enqueueMany!(size))
    }
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
}
