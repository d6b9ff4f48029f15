import { loadLibrary } from '../libs/load.ts'
import { quantile } from '../stats.ts'
import { answer, type ProgramInput, readInput, readyToGo } from './program.ts'

export interface CallerInput extends ProgramInput {
  readonly calls: number
  /** Results awaited at once. */
  readonly inFlight: number
  /** What has not come by then counts as lost: some libraries lose the news of a result now and then. */
  readonly lostAfterMs: number
}

const { library, endpoint, calls, inFlight, lostAfterMs } = readInput<CallerInput>()
const producer = await (await loadLibrary(library)).produce(endpoint, { task: 'noop', results: true })
const times: number[] = []
let lost = 0
let rejected = 0

await call(Math.ceil(Math.min(calls / 4, 5_000)))
times.length = lost = rejected = 0
await readyToGo()
const start = performance.now()
await call(calls)
answer({
  seconds: (performance.now() - start) / 1000,
  p50: quantile(times, 0.5),
  p95: quantile(times, 0.95),
  p99: quantile(times, 0.99),
  lost,
  rejected,
})
await producer.close()

async function call(count: number): Promise<void> {
  let left = count
  const lane = async () => {
    while (left-- > 0) await roundTrip()
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
}

function roundTrip(): Promise<void> {
  const from = performance.now()
  return new Promise((resolve) => {
    const deadline = setTimeout(() => {
      lost++
      resolve()
    }, lostAfterMs)
    const over = (came: boolean) => {
      clearTimeout(deadline)
      if (came) times.push(performance.now() - from)
      else rejected++
      resolve()
    }
    producer.roundTrip!().then(
      () => over(true),
      () => over(false),
    )
  })
}
