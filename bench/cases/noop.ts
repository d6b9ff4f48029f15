import { type Case, rowsBy } from '../case.ts'
import { drain } from '../drain.ts'
import type { Isolation } from '../libs/library.ts'
import { preload } from '../preload.ts'

interface NoopCase {
  readonly concurrency: number
  readonly jobs: number
  readonly workers?: number
  readonly foreign?: boolean
  readonly isolations: readonly Isolation[]
  readonly goals?: Partial<Record<Isolation, number>>
}

/** Worker processes work off no-op jobs that were all there before they started. */
function noopCase(options: NoopCase): Case {
  const { concurrency, jobs: full, workers = 1, foreign = false, isolations, goals } = options
  const by = workers === 1 ? '' : `, ${workers} workers`
  return {
    name: workers === 1 ? `noop-${concurrency}` : `workers-${workers}`,
    foreign,
    rows: rowsBy(isolations, `no-op jobs, concurrency ${concurrency}${by}`, goals),
    isolations: (library) => library.isolations.filter((isolation) => isolations.includes(isolation)),
    async measure(contender, bench) {
      const jobs = bench.count(full * contender.library.share.work)
      await preload(contender, bench, jobs)
      return drain(contender, bench, { jobs, concurrency, workers })
    },
  }
}

export const NOOP: readonly Case[] = [
  // Process isolation at concurrency 1 is what `new Worker(queues)` does by default.
  noopCase({
    concurrency: 1,
    jobs: 60_000,
    foreign: true,
    isolations: ['process', 'none'],
    goals: { process: 10 },
  }),
  noopCase({ concurrency: 10, jobs: 100_000, foreign: true, isolations: ['process', 'none'] }),
  noopCase({
    concurrency: 100,
    jobs: 100_000,
    isolations: ['process', 'thread', 'none'],
    goals: { process: 5, none: 5 },
  }),
  noopCase({ concurrency: 500, jobs: 100_000, isolations: ['process', 'none'] }),
  noopCase({ concurrency: 10, jobs: 100_000, workers: 2, isolations: ['process', 'none'] }),
  noopCase({ concurrency: 10, jobs: 100_000, workers: 4, isolations: ['process', 'none'] }),
]
