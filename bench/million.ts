import type { Bench, Contender, Figures } from './case.ts'
import { awaitResults } from './cases/round-trip.ts'
import { formatFigures } from './figures.ts'
import { loadLibrary } from './libs/load.ts'

const CALLS = 1_000_000
const AT_ONCE = 100

/** A million jobs enqueued one by one, each awaited, a hundred at once, with work-horses. */
export async function million(bench: Bench): Promise<Figures> {
  const contender: Contender = { name: 'funq', library: await loadLibrary('funq'), isolation: 'process' }
  const calls = bench.count(CALLS)
  await bench.redis.flushall()
  const figures = { calls, ...(await awaitResults(contender, bench, { calls, inFlight: AT_ONCE })) }
  await bench.redis.flushall()
  return figures
}

export function millionReport(figures: Figures): string {
  const { calls = 0, rate = 0, p50 = 0, p99 = 0, lost = 0, rejected = 0, seconds = 0 } = figures
  return (
    `${calls.toLocaleString('en')} results awaited, ${AT_ONCE} at once, in ${seconds.toFixed(0)} s: ${formatFigures([rate], 'jobs/s')}/s, ` +
    `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms; ${lost} lost, ${rejected} rejected.`
  )
}
