import type { JobStatus } from '../core/states.ts'
import type { NewJob } from '../core/store.ts'
import type { MemoryJob } from './job.ts'

/** Hears of the jobs of a store: of a test, which looks at what became of each. */
export interface Watcher {
  /** A job is stored, and stands where its enqueue has put it. */
  onStored(queue: string, job: MemoryJob, given: NewJob): void
  /** A job came into a state; of one that is being stored, not before `onStored`. */
  onStatus(job: MemoryJob, status: JobStatus): void
}

/** Has a job's status tell of itself, so that no arrow can forget to. */
export function watch(job: MemoryJob, watcher: Watcher): void {
  let { status } = job
  Object.defineProperty(job, 'status', {
    enumerable: true,
    get: () => status,
    set: (next: JobStatus) => {
      status = next
      watcher.onStatus(job, next)
    },
  })
}
