import type { Bench, Case, Contender } from '../case.ts'
import { Child } from '../child.ts'
import { measured } from '../measured.ts'
import type { EnqueuerInput } from '../workers/enqueuer.ts'

interface EnqueueCase {
  readonly name: string
  readonly label: string
  readonly foreign: boolean
  readonly goal?: number
  readonly jobs: number
  readonly inFlight: number
  readonly jobsPerCall: number
}

/** A process of its own enqueues no-op jobs that nobody works on, after a warm-up of a quarter as many. */
function enqueueCase({ name, label, foreign, goal, jobs: full, inFlight, jobsPerCall }: EnqueueCase): Case {
  return {
    name,
    foreign,
    rows: [{ label, metric: 'rate', unit: 'jobs/s', ...(goal && { goal }) }],
    isolations: ({ abilities }) => (jobsPerCall === 1 || abilities.includes('enqueueMany') ? ['none'] : []),
    measure({ name, library }: Contender, bench: Bench) {
      const jobs = bench.count(full * library.share.enqueue)
      const { endpoint } = bench
      const warmUp = Math.ceil(jobs / 4)
      const input: EnqueuerInput = { library: name, endpoint, jobs, warmUp, inFlight, jobsPerCall }
      return measured(new Child('enqueuer', library, input), bench, jobs)
    },
  }
}

export const ENQUEUE: readonly Case[] = [
  enqueueCase({
    name: 'enqueue-one',
    label: 'enqueue, one by one',
    foreign: true,
    jobs: 20_000,
    inFlight: 1,
    jobsPerCall: 1,
  }),
  enqueueCase({
    name: 'enqueue-flight',
    label: 'enqueue, 100 in flight',
    foreign: false,
    goal: 3,
    jobs: 200_000,
    inFlight: 100,
    jobsPerCall: 1,
  }),
  // Calls of 1,000 are the best case of bee-queue; BullMQ's rate is the same for any size.
  enqueueCase({
    name: 'enqueue-bulk',
    label: 'enqueue, bulk of 1,000',
    foreign: true,
    goal: 8,
    jobs: 200_000,
    inFlight: 1,
    jobsPerCall: 1_000,
  }),
]
