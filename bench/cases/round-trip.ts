import type { Case, Figures, Row } from '../case.ts'
import { Child, runChild } from '../child.ts'
import type { CallerInput } from '../workers/caller.ts'
import type { WorkerInput } from '../workers/worker.ts'

const CALLS = 2_000
const ISOLATIONS = ['process', 'none'] as const

const rows = ISOLATIONS.flatMap((isolation) =>
  ['p50', 'p95', 'p99'].map(
    (metric): Row => ({
      label: `round trip ${metric}, isolation ${isolation}`,
      metric,
      unit: 'ms',
      isolation,
      goal: 1,
    }),
  ),
)

/** One process enqueues and awaits the result, one job at a time; the worker is another process. */
export const roundTrip: Case = {
  name: 'round-trip',
  rows,
  isolations: (library) => ISOLATIONS.filter((isolation) => library.consumer?.isolations.includes(isolation)),
  async measure({ name, isolation }, { endpoint, count }) {
    const input: WorkerInput = { library: name, endpoint, isolation, concurrency: 1 }
    const worker = new Child('worker', input)
    await worker.answer()
    const caller: CallerInput = { library: name, endpoint, calls: count(CALLS) }
    const figures = await runChild<Figures>('caller', caller)
    await worker.stop()
    return figures
  },
}
