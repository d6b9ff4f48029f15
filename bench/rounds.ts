import type { Bench, Case, Contender } from './case.ts'
import { killChildren } from './child.ts'
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
export async function measureRounds(rounds: Rounds, bench: Bench): Promise<Results> {
  const { runs, until } = rounds
  const results = new Results()
  const took = new Map<string, number>()
  for (let round = 0; round < runs; round++) {
    const plan = planOf(rounds, round)
    const expected = plan.reduce((sum, turn) => sum + (took.get(turn.name) ?? 0), 0)
    if (performance.now() + expected > until && round > 0) {
      say(`${round} rounds: another one of ${minutes(expected)} would end after the time that was given`)
      break
    }
    for (const { name, one, contender } of plan) {
      await bench.redis.flushall()
      const started = performance.now()
      try {
        const figures = await one.measure(contender, bench)
        results.add(one, contender, figures)
        const values = new Set(one.rows.map(({ metric }) => figures[metric]!.toPrecision(4)))
        const seconds = ((performance.now() - started) / 1000).toFixed(1)
        say(`${round + 1}/${runs} ${name}: ${[...values].join(' ')} (${seconds} s)`)
      } catch (error) {
        await killChildren()
        if (contender.name === 'funq') throw error
        results.failed(`${name}: ${(error as Error).message}`)
        say(`${round + 1}/${runs} ${name}: ${(error as Error).message}`)
      }
      took.set(name, performance.now() - started)
    }
    const all = plan.reduce((sum, turn) => sum + took.get(turn.name)!, 0)
    say(`Round ${round + 1} of at most ${runs} took ${minutes(all)}`)
  }
  await bench.redis.flushall()
  return results
}

interface Turn {
  readonly name: string
  readonly one: Case
  readonly contender: Contender
}

function planOf({ cases, libraries, runs }: Rounds, round: number): Turn[] {
  return cases
    .filter(({ maxRounds = runs }) => round < maxRounds)
    .flatMap((one) =>
      rotate(contenders(one, libraries, round), round).map((contender) => {
        const name = `${one.name} ${contender.name} ${contender.isolation}`
        return { name, one, contender }
      }),
    )
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
