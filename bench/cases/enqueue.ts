import type { Bench, Case, Contender, Figures } from '../case.ts'
import { runChild } from '../child.ts'
import type { EnqueuerInput } from '../workers/enqueuer.ts'

interface EnqueueCase {
  readonly name: string
  readonly label: string
  readonly goal?: number
  readonly jobs: number
  readonly inFlight: number
  readonly jobsPerCall: number
}

/** A process of its own enqueues no-op jobs that nobody works on, after a warm-up of a quarter as many. */
export function enqueueCase({ name, label, goal, jobs, inFlight, jobsPerCall }: EnqueueCase): Case {
  return {
    name,
    rows: [{ label, metric: 'rate', unit: 'jobs/s', ...(goal && { goal }) }],
    isolations: () => ['none'],
    measure: (contender: Contender, bench: Bench) => {
      const input: EnqueuerInput = {
        library: contender.name,
        endpoint: bench.endpoint,
        jobs: bench.count(jobs),
        inFlight,
        jobsPerCall,
      }
      return runChild<Figures>('enqueuer', input)
    },
  }
}
