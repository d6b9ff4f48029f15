import { type Case, rowsBy } from '../case.ts'
import { drain } from '../drain.ts'
import type { TaskName } from '../libs/library.ts'
import { preload } from '../preload.ts'

const CONCURRENCY = 10
const ISOLATIONS = ['process', 'none'] as const

/** Jobs that wait for a timer, ten at once: what a library adds to each. Every library gets as many, for the timer sets the pace. */
function waitCase(task: TaskName, ms: number, full: number): Case {
  return {
    name: `jobs-of-${ms}-ms`,
    rows: rowsBy(ISOLATIONS, `jobs of ${ms} ms, concurrency ${CONCURRENCY}`),
    isolations: (library) => library.isolations.filter((isolation) => isolation !== 'thread'),
    async measure(contender, bench) {
      const jobs = bench.count(full)
      await preload(contender, bench, jobs, task)
      return drain(contender, bench, { jobs, task, concurrency: CONCURRENCY })
    },
  }
}

export const WAITS: readonly Case[] = [waitCase('wait1', 1, 6_000), waitCase('wait10', 10, 1_200)]
