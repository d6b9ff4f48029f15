import type { Case, Contender, Figures, Row } from './case.ts'
import type { Isolation, LibraryName } from './libs/library.ts'
import { median } from './stats.ts'

/** All rounds of one contender in one case. */
export interface Result {
  readonly case: string
  readonly library: LibraryName
  readonly isolation: Isolation
  readonly rounds: Figures[]
}

/** What a run has measured so far, in the order of the rounds. */
export class Results {
  readonly all: Result[] = []
  /** What a peer could not do, in words. */
  readonly failures: string[] = []

  add({ name }: Case, { name: library, isolation }: Contender, figures: Figures): void {
    const known = this.find(name, library, isolation)
    if (known) known.rounds.push(figures)
    else this.all.push({ case: name, library, isolation, rounds: [figures] })
  }

  failed(failure: string): void {
    this.failures.push(failure)
  }

  find(caseName: string, library: LibraryName, isolation: Isolation): Result | undefined {
    return this.all.find(
      (result) => result.case === caseName && result.library === library && result.isolation === isolation,
    )
  }

  /** A metric's values, one a round; empty where the library does not take part. */
  values(caseName: string, library: LibraryName, isolation: Isolation, metric: string): number[] {
    const rounds = this.find(caseName, library, isolation)?.rounds ?? []
    return rounds.flatMap((figures) => figures[metric] ?? [])
  }

  /**
   * How many times better than another one is in its own process: the median of the ratios of each round, because what slows the machine for
   * a while slows both sides of a round. Undefined where one side is missing.
   */
  timesBetter(
    { name }: Case,
    row: Row,
    library: LibraryName,
    isolation: Isolation,
    than: LibraryName,
  ): number | undefined {
    const own = this.values(name, library, isolation, row.metric)
    const base = this.values(name, than, 'none', row.metric)
    const ratios = own.flatMap((value, round) => {
      const other = base[round]
      // Nothing, as what a library keeps that keeps nothing, is in no ratio to anything.
      if (other === undefined || value <= 0 || other <= 0) return []
      return row.unit === 'jobs/s' ? value / other : other / value
    })
    return ratios.length > 0 ? median(ratios) : undefined
  }
}
