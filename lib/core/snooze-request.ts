import { checkKnown } from './did-you-mean.ts'
import { type Duration, toMs } from './duration.ts'
import { InvalidArgumentError } from './errors.ts'
import { checkMax, JobRequest } from './job-request.ts'

/** What a running job may ask for with a Snooze. */
export interface SnoozeRequest {
  /** Wait before the next run. */
  readonly in: Duration
  /** How often the job may put itself off before it fails: 1 or more. @default unlimited */
  readonly max?: number
  /** To the head of its queue when the wait is over. @default false */
  readonly atFront?: boolean
  /** Kept with the run. */
  readonly reason?: string
  /** Kept with the run: the error that made the job ask. */
  readonly cause?: unknown
}

const NAMES = ['in', 'max', 'atFront', 'reason', 'cause'] as const

/**
 * Thrown or returned by a job that has come too early: `throw new Snooze('10m')`. It runs again later, and the run does not count as
 * an attempt. Once it has put itself off `max` times the next time fails it with a MaxRetriesExceededError.
 */
export class Snooze extends JobRequest {
  readonly max: number | undefined
  readonly delayMs: number
  readonly atFront: boolean | undefined

  /** @throws InvalidArgumentError */
  constructor(request: Duration | SnoozeRequest) {
    const given = typeof request === 'object' && request !== null ? request : { in: request }
    checkKnown(given, NAMES)
    if (given.in === undefined) {
      throw new InvalidArgumentError("in: expected how long to wait, such as '10m', got nothing")
    }
    if (given.max !== undefined) checkMax(given.max, 'times', 'leave it out for no limit')
    super('snooze', given.reason, given.cause)
    this.max = given.max
    this.delayMs = toMs(given.in, 'in')
    this.atFront = given.atFront
  }
}
