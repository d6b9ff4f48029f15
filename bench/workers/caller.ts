import { Redis } from 'ioredis'
import { loadLibrary } from '../libs/library.ts'
import { costPerJob, serverTotals } from '../server-cost.ts'
import { quantile } from '../stats.ts'
import { answer, type ProgramInput, readInput } from './program.ts'

export interface CallerInput extends ProgramInput {
  readonly calls: number
}

// Some libraries lose the news of a result now and then; without a bound the whole run would hang there.
const LOST_AFTER_MS = 2_000

const { library, endpoint, calls } = readInput<CallerInput>()
const producer = await (await loadLibrary(library)).produce(endpoint, { results: true })
const redis = new Redis(endpoint)

for (let i = 0; i < calls / 4; i++) await roundTrip()

const times: number[] = []
let lost = 0
const before = await serverTotals(redis)
for (let i = 0; i < calls; i++) {
  const start = performance.now()
  if (await roundTrip()) times.push(performance.now() - start)
  else lost++
}
const after = await serverTotals(redis)
answer({
  p50: quantile(times, 0.5),
  p95: quantile(times, 0.95),
  p99: quantile(times, 0.99),
  lost,
  ...costPerJob(before, after, calls, 1),
})

await producer.close()
await redis.quit()

/** True when the result came, false when it was given up. */
function roundTrip(): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(resolve, LOST_AFTER_MS, false)
    producer.roundTrip!().then(
      () => {
        clearTimeout(deadline)
        resolve(true)
      },
      (error) => {
        clearTimeout(deadline)
        reject(error)
      },
    )
  })
}
