import type { Case } from '../case.ts'
import { drain } from '../drain.ts'
import { preload } from '../preload.ts'
import { usedMemory } from '../server-cost.ts'

// Many jobs, so that what is there once (scripts, the capped event stream of BullMQ) weighs little on each.
const JOBS = 50_000

/** The server's memory for a job that waits and for one that has finished, results kept by each default. */
export const memory: Case = {
  name: 'memory',
  maxRounds: 1,
  // A goal of 1/1.4 allows 1.4 times BullMQ's memory.
  rows: [
    { label: 'memory, a waiting job', metric: 'waiting', unit: 'bytes', goal: 1 / 1.4 },
    { label: 'memory, a finished job', metric: 'finished', unit: 'bytes', goal: 1 / 1.2 },
  ],
  isolations: () => ['none'],
  async measure(contender, bench) {
    const jobs = bench.count(JOBS)
    const empty = await usedMemory(bench.redis)
    await preload(contender, bench, jobs)
    const waiting = await usedMemory(bench.redis)
    await drain(contender, bench, { jobs, concurrency: 100 })
    const finished = await usedMemory(bench.redis)
    return { waiting: (waiting - empty) / jobs, finished: (finished - empty) / jobs }
  },
}
