import { DuplicateJobError, InvalidStateError, JobNotFoundError } from '../core/errors.ts'

export function notFound(id: string): JobNotFoundError {
  return new JobNotFoundError(
    `job ${id} is not there: it was never enqueued, was deleted, or its time to live (resultTtl, failureTtl) is over`,
    id,
  )
}

/** A state did not allow what was asked. @param what as in `cancel` @param hint what to do instead */
export function refused(
  { id, description }: { readonly id: string; readonly description: string },
  what: string,
  status: string,
  hint: string,
): Error {
  if (status === 'gone') return notFound(id)
  return new InvalidStateError(
    `cannot ${what} job ${id} (${description}): it is ${status}; ${hint}`,
    id,
    status,
  )
}

/** Another job has its unique key. */
export function notUnique(queue: string, id: string): DuplicateJobError {
  return new DuplicateJobError(
    `queue ${queue}: job ${id} has the unique key of this one; await that job, or set unique.onDuplicate to 'existing' or 'replace'`,
    id,
  )
}

/** For what may be gone by now. */
export function ignoreGone(error: unknown): undefined {
  if (!(error instanceof JobNotFoundError)) throw error
  return undefined
}

/** What a requeue answers of a job that waits now, or did so already. */
export function isRequeued(answer: string): boolean {
  return answer === 'queued' || answer === 'deferred' || answer === 'limited'
}
