import type { Bench, Case, Contender, Figures, Row } from '../case.ts'
import { Child } from '../child.ts'
import { startWorkers } from '../drain.ts'
import { measured } from '../measured.ts'
import type { CallerInput } from '../workers/caller.ts'

const ISOLATIONS = ['process', 'none'] as const
const LOST_AFTER_MS = 2_000

/** One process enqueues and awaits results; the worker is another process, of the same concurrency. */
export async function awaitResults(
  contender: Contender,
  bench: Bench,
  { calls, inFlight }: { readonly calls: number; readonly inFlight: number },
): Promise<Figures> {
  const [worker] = await startWorkers(contender, bench, { concurrency: inFlight })
  await worker!.answer()
  const { name, library } = contender
  const { endpoint } = bench
  const input: CallerInput = { library: name, endpoint, calls, inFlight, lostAfterMs: LOST_AFTER_MS }
  const figures = await measured(new Child('caller', library, input), bench, calls)
  await worker!.stop()
  return figures
}

function roundTripCase(name: string, inFlight: number, full: number, rows: readonly Row[]): Case {
  return {
    name,
    rows,
    isolations: (library) =>
      library.abilities.includes('roundTrip')
        ? library.isolations.filter((isolation) => isolation !== 'thread')
        : [],
    measure: (contender, bench) => awaitResults(contender, bench, { calls: bench.count(full), inFlight }),
  }
}

/** What the issue of awaiting is: half of the calls may take 0.6 times as long as BullMQ's, 99 of 100 half as long. */
const GOALS = { p50: 1 / 0.6, p95: undefined, p99: 2 } as const

const one = ISOLATIONS.flatMap((isolation) =>
  (['p50', 'p95', 'p99'] as const).map((metric): Row => {
    const goal = GOALS[metric]
    return {
      label: `result awaited, one at a time, ${metric}, isolation ${isolation}`,
      metric,
      unit: 'ms',
      isolation,
      ...(goal && { goal }),
    }
  }),
)
const hundred = ISOLATIONS.flatMap((isolation): Row[] => {
  const label = `results awaited, 100 at once, isolation ${isolation}`
  return [
    { label, metric: 'rate', unit: 'jobs/s', isolation },
    { label: `${label}, p99`, metric: 'p99', unit: 'ms', isolation },
  ]
})

export const ROUND_TRIPS: readonly Case[] = [
  roundTripCase('round-trip', 1, 16_000, one),
  roundTripCase('round-trip-100', 100, 20_000, hundred),
]
