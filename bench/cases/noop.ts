import type { Case, Row } from '../case.ts'
import { drain } from '../drain.ts'

interface NoopCase {
  readonly concurrency: number
  readonly jobs: number
  readonly goals: { readonly process?: number; readonly none?: number }
}

/** One worker process works off no-op jobs that were all there before it started. */
export function noopCase({ concurrency, jobs, goals }: NoopCase): Case {
  const rows = (['process', 'thread', 'none'] as const).map((isolation): Row => {
    const goal = isolation === 'thread' ? undefined : goals[isolation]
    return {
      label: `no-op jobs, concurrency ${concurrency}, isolation ${isolation}`,
      metric: 'rate',
      unit: 'jobs/s',
      isolation,
      ...(goal && { goal }),
    }
  })
  return {
    name: `noop-${concurrency}`,
    rows,
    isolations: (library) => library.consumer?.isolations ?? [],
    measure: (contender, bench) => drain(contender, bench, bench.count(jobs), concurrency),
  }
}
