import type { Redis } from 'ioredis'
import type { Endpoint, Isolation, Library, LibraryName } from './libs/library.ts'

/** One library in one mode. Peers and enqueueing know no isolation: they stand under `none`. */
export interface Contender {
  readonly name: LibraryName
  readonly library: Library
  readonly isolation: Isolation
}

/** What one measurement gave: metric → value. */
export type Figures = Readonly<Record<string, number>>

/** What a case may use: an empty server and the size of the run. */
export interface Bench {
  readonly endpoint: Endpoint
  readonly redis: Redis
  /** Scales a full run's count of jobs down for a quick run. */
  count(full: number): number
}

/** A line of the printed table. */
export interface Row {
  readonly label: string
  readonly metric: string
  readonly unit: 'jobs/s' | 'ms' | 'bytes'
  /** Funq's isolation on this line; every peer is compared in its own process.  @default 'none' */
  readonly isolation?: Isolation
  /** How many times better than BullMQ funq has to be. */
  readonly goal?: number
}

export interface Case {
  readonly name: string
  readonly rows: readonly Row[]
  /** Whether those of other languages take part. */
  readonly foreign?: boolean
  /** The modes in which this library takes part; none if it cannot. */
  isolations(library: Library): readonly Isolation[]
  measure(contender: Contender, bench: Bench): Promise<Figures>
  /** Rounds that are enough where the figure hardly varies. */
  readonly maxRounds?: number
}

/** A line for each isolation. */
export function rowsBy(
  isolations: readonly Isolation[],
  label: string,
  goals: Readonly<Partial<Record<Isolation, number>>> = {},
): Row[] {
  return isolations.map((isolation): Row => {
    const goal = goals[isolation]
    return {
      label: `${label}, isolation ${isolation}`,
      metric: 'rate',
      unit: 'jobs/s',
      isolation,
      ...(goal && { goal }),
    }
  })
}
