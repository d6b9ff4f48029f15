import { nest } from '../core/middleware.ts'
import { sharedList } from '../core/shared-list.ts'
import type { CurrentJob } from './current-job.ts'

/** A running job as middleware and hooks see it. */
export interface RunningJob extends CurrentJob {
  /** As the function gets them. */
  readonly args: readonly unknown[]
}

/** Since when a job with headers had been queued, in milliseconds since 1970. */
export function queuedAtOf(job: RunningJob): number | undefined {
  return (job as { readonly queuedAt?: number }).queuedAt
}

/**
 * Wraps each run of a job, in the work-horse that runs it. `next` runs the rest and answers the job's result; without a call of it the job
 * is skipped, and finishes without a result. What a middleware throws fails the run; what it returns is not looked at.
 */
export type WorkerMiddleware = (job: RunningJob, next: () => Promise<unknown>) => unknown

/** The first is the outermost. */
export const workerMiddleware = sharedList<WorkerMiddleware>('workerMiddleware')

/** Runs a job inside of all worker middleware. */
export function runThrough(job: RunningJob, run: () => unknown): Promise<unknown> {
  return nest(workerMiddleware, job, async () => run())
}
