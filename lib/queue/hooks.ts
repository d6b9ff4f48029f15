import { EnqueueVetoedError } from '../core/errors.ts'
import type { RunHooks } from '../run/job-hooks.ts'
import type { ClientMiddleware, OutgoingJob } from './client-middleware.ts'
import type { Job } from './job.ts'

/**
 * Functions called around a job: `enqueue` and `afterEnqueue` in the process that enqueues, the others in the work-horse. The order is enqueue,
 * before, around, the function, success or error, after, and failure once no retry is left.
 */
export interface JobHooks extends RunHooks {
  /** May change the job; `false` keeps it from being enqueued. */
  enqueue?(job: OutgoingJob): unknown
  afterEnqueue?(job: Job): unknown
}

export const JOB_HOOKS = [
  'enqueue',
  'afterEnqueue',
  'before',
  'around',
  'success',
  'error',
  'after',
  'failure',
] as const satisfies (keyof JobHooks)[]

/** The hooks of the enqueue, as the innermost middleware around it. @throws EnqueueVetoedError */
export function toMiddleware({
  enqueue,
  afterEnqueue,
}: Pick<JobHooks, 'enqueue' | 'afterEnqueue'>): ClientMiddleware {
  return async (job, next) => {
    if ((await enqueue?.(job)) === false) {
      throw new EnqueueVetoedError(
        `the enqueue hook of ${job.func} kept it from being enqueued to queue ${job.queue}: it answered false`,
        job.queue,
        job.func,
      )
    }
    await afterEnqueue?.(await next())
  }
}
