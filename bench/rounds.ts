import type { Bench, Case, Contender } from './case.ts'
import type { Library, LibraryName } from './libs/library.ts'
import { Results } from './results.ts'

/** Those of other languages take long to start, and differ from what is compared with them by more than any spread. */
const FOREIGN_ROUNDS = 2

export interface Rounds {
  readonly cases: readonly Case[]
  readonly libraries: ReadonlyMap<LibraryName, Library>
  /** At most this many. */
  readonly runs: number
  /** No round begins that would probably end later, by performance.now(). */
  readonly until: number
}

/**
 * Measures every case with every library, round by round, each time on an emptied server. Where a peer fails, that is told with the
 * results; where funq does, it is thrown.
 */
export async function measureRounds(
  { cases, libraries, runs, until }: Rounds,
  bench: Bench,
): Promise<Results> {
  const results = new Results()
  let longest = 0
  for (let round = 0; round < runs; round++) {
    const began = performance.now()
    if (round > 0 && began + longest > until) {
      say(`${round} rounds: another one of ${minutes(longest)} would end after the time that was given`)
      break
    }
    for (const one of cases) {
      if (round >= (one.maxRounds ?? runs)) continue
      for (const contender of rotate(contenders(one, libraries, round), round)) {
        await bench.redis.flushall()
        const started = performance.now()
        const name = `${one.name} ${contender.name} ${contender.isolation}`
        try {
          const figures = await one.measure(contender, bench)
          results.add(one, contender, figures)
          const values = one.rows.map(({ metric }) => figures[metric]!.toPrecision(4))
          const seconds = ((performance.now() - started) / 1000).toFixed(1)
          say(`${round + 1}/${runs} ${name}: ${[...new Set(values)].join(' ')} (${seconds} s)`)
        } catch (error) {
          if (contender.name === 'funq') throw error
          results.failed(`${name}: ${(error as Error).message}`)
          say(`${round + 1}/${runs} ${name}: ${(error as Error).message}`)
        }
      }
    }
    longest = Math.max(longest, performance.now() - began)
    say(`Round ${round + 1} of at most ${runs} took ${minutes(performance.now() - began)}`)
  }
  await bench.redis.flushall()
  return results
}

function contenders(one: Case, libraries: ReadonlyMap<LibraryName, Library>, round: number): Contender[] {
  return [...libraries].flatMap(([name, library]) => {
    if (library.command && (!one.foreign || round >= FOREIGN_ROUNDS)) return []
    return one.isolations(library).map((isolation) => ({ name, library, isolation }))
  })
}

/** Another one goes first in each round, so that a machine that slows down or warms up favours nobody. */
function rotate<T>(items: readonly T[], by: number): T[] {
  const first = items.length > 0 ? by % items.length : 0
  return [...items.slice(first), ...items.slice(0, first)]
}

function minutes(ms: number): string {
  return `${(ms / 60_000).toFixed(1)} min`
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
