import { JobNotFoundError } from '../core/errors.ts'

export function notFound(id: string): JobNotFoundError {
  return new JobNotFoundError(
    `job ${id} is not there: it was never enqueued, was deleted, or its time to live (resultTtl, failureTtl) is over`,
    id,
  )
}

/** For `catch`: a job that is gone is no trouble here, and everything else is. */
export function ignoreGone(error: unknown): void {
  if (!(error instanceof JobNotFoundError)) throw error
}
