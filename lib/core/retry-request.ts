import { checkKnown } from './did-you-mean.ts'
import { type Duration, toMs } from './duration.ts'
import { InvalidArgumentError } from './errors.ts'
import { checkMax, JobRequest } from './job-request.ts'

/** What a running job may ask for with a Retry. */
export interface RetryRequest {
  /** How many runs may follow the first one before the job fails: 1 or more. @default the job's `retry.max`, else unlimited */
  readonly max?: number
  /** Wait before the next run. @default as the job's `retry` says, else 0 */
  readonly in?: Duration
  /** The same as `in`. */
  readonly interval?: Duration
  /** To the head of its queue. @default as the job's `retry` says */
  readonly atFront?: boolean
  /** Kept with the run. */
  readonly reason?: string
  /** Kept with the run: the error that made the job ask. */
  readonly cause?: unknown
}

const NAMES = ['max', 'in', 'interval', 'atFront', 'reason', 'cause'] as const

/**
 * Thrown or returned by a job that is to run again: `throw new Retry({ in: '30s', reason: 'not ready' })`. It counts as an
 * attempt like any other; once there have been `max` retries the job fails with a MaxRetriesExceededError.
 */
export class Retry extends JobRequest {
  readonly max: number | undefined
  readonly delayMs: number | undefined
  readonly atFront: boolean | undefined

  /** @throws InvalidArgumentError */
  constructor(request: RetryRequest = {}) {
    checkKnown(request, NAMES)
    const { max, atFront, reason, cause } = request
    if (max !== undefined) checkMax(max, 'retries', 'throw an UnrecoverableError for none')
    if (request.in !== undefined && request.interval !== undefined) {
      throw new InvalidArgumentError('expected either in or interval, got both')
    }
    super('retry', reason, cause)
    const delay = request.in ?? request.interval
    this.max = max
    this.delayMs = delay === undefined ? undefined : toMs(delay, request.in === undefined ? 'interval' : 'in')
    this.atFront = atFront
  }
}
