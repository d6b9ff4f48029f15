import { type Case, rowsBy } from '../case.ts'
import { drain } from '../drain.ts'
import { produce } from '../preload.ts'

const JOBS = 10_000
const CONCURRENCY = 100

/** How fast a graph of jobs is worked off that was enqueued as a whole before the worker came. */
function graphCase(name: string, label: string, shape: 'fanIn' | 'fanOut'): Case {
  return {
    name,
    rows: rowsBy(['none'], label),
    isolations: ({ abilities }) => (abilities.includes(shape) ? ['none'] : []),
    async measure(contender, bench) {
      const jobs = bench.count(JOBS)
      await produce(contender.name, bench, 'noop', (producer) => producer[shape]!(jobs))
      // Measured from the first end: of a fan-out that is the parent's.
      return drain(contender, bench, { jobs: jobs + 1, concurrency: CONCURRENCY, warmUp: 1 })
    },
  }
}

export const DEPENDENCIES: readonly Case[] = [
  graphCase('fan-in', '10,000 jobs into one dependent', 'fanIn'),
  graphCase('fan-out', '10,000 dependents of one parent', 'fanOut'),
]
