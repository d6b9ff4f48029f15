import type { Bench, Case, Contender } from './case.ts'
import type { Library, LibraryName } from './libs/library.ts'
import { Results } from './results.ts'

/** Measures every case with every library, round by round, each time on an emptied server. */
export async function measureRounds(
  cases: readonly Case[],
  libraries: ReadonlyMap<LibraryName, Library>,
  runs: number,
  bench: Bench,
): Promise<Results> {
  const results = new Results()
  for (let round = 0; round < runs; round++) {
    for (const one of cases) {
      if (round >= (one.maxRounds ?? runs)) continue
      for (const contender of rotate(contenders(one, libraries), round)) {
        await bench.redis.flushall()
        const started = performance.now()
        const figures = await one.measure(contender, bench)
        results.add(one, contender, figures)
        const seconds = ((performance.now() - started) / 1000).toFixed(1)
        const name = `${one.name} ${contender.name} ${contender.isolation}`
        const values = one.rows.map(({ metric }) => figures[metric]!.toPrecision(4))
        process.stderr.write(
          `${round + 1}/${runs} ${name}: ${[...new Set(values)].join(' ')} (${seconds} s)\n`,
        )
      }
    }
  }
  await bench.redis.flushall()
  return results
}

function contenders(one: Case, libraries: ReadonlyMap<LibraryName, Library>): Contender[] {
  return [...libraries].flatMap(([name, library]) =>
    one.isolations(library).map((isolation) => ({ name, library, isolation })),
  )
}

/** Another one goes first in each round, so that a machine that slows down or warms up favours nobody. */
function rotate<T>(items: readonly T[], by: number): T[] {
  const first = items.length > 0 ? by % items.length : 0
  return [...items.slice(first), ...items.slice(0, first)]
}
