import { InvalidArgumentError } from './errors.ts'
import { JobRequest } from './job-request.ts'

/**
 * Thrown or returned by a job that is not needed any more: `throw new Cancel('the order was withdrawn')`. It ends canceled, as by
 * `job.cancel()`: its dependents are canceled with it, and whoever awaits it gets a JobCanceledError.
 */
export class Cancel extends JobRequest {
  /** @throws InvalidArgumentError */
  constructor(reason = 'canceled by the job itself') {
    if (typeof reason !== 'string') {
      throw new InvalidArgumentError(`reason: expected a string, got ${typeof reason} ${String(reason)}`)
    }
    super('cancel', reason)
  }
}
