import { unknownOption } from './did-you-mean.ts'
import { type Duration, toMs } from './duration.ts'
import { InvalidArgumentError } from './errors.ts'

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
/** One brand a process, even where funq is loaded twice: the task's copy makes it, the horse's copy must know it. */
const BRAND = Symbol.for('funq.retry')

/**
 * Thrown or returned by a job that is to run again: `throw new Retry({ in: '30s', reason: 'not ready' })`. It counts as an
 * attempt like any other; once there have been `max` retries the job fails with a MaxRetriesExceededError.
 */
export class Retry extends Error {
  override readonly name = 'Retry'
  readonly [BRAND] = true
  readonly max: number | undefined
  readonly delayMs: number | undefined
  readonly atFront: boolean | undefined

  /** @throws InvalidArgumentError */
  constructor(request: RetryRequest = {}) {
    for (const name of Object.keys(request)) {
      if (!(NAMES as readonly string[]).includes(name)) throw unknownOption(name, NAMES)
    }
    const { max, atFront, reason = '', cause } = request
    if (max !== undefined && (!Number.isSafeInteger(max) || max < 1)) {
      throw new InvalidArgumentError(
        `max: expected a whole number of retries, 1 or more, got ${String(max)}; throw an UnrecoverableError for none`,
      )
    }
    if (request.in !== undefined && request.interval !== undefined) {
      throw new InvalidArgumentError('expected either in or interval, got both')
    }
    super(reason, cause === undefined ? undefined : { cause })
    const delay = request.in ?? request.interval
    this.max = max
    this.delayMs = delay === undefined ? undefined : toMs(delay, request.in === undefined ? 'interval' : 'in')
    this.atFront = atFront
  }
}

export function isRetry(value: unknown): value is Retry {
  return value instanceof Error && BRAND in value
}
