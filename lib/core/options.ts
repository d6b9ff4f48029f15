import { unknownOption } from './did-you-mean.ts'
import { type Duration, toMs, toMsOrForever, toTime } from './duration.ts'
import { InvalidArgumentError } from './errors.ts'
import { checkHeaders, type JobHeaders } from './headers.ts'
import { checkLimit, type LimitOptions, type StoredLimit } from './limit.ts'
import { checkMeta, type Meta } from './meta.ts'
import { checkJobId, checkTags } from './names.ts'
import { checkRepeat, type RepeatOptions, type RepeatPolicy } from './repeat.ts'
import { checkRetry, type RetryOptions, type RetryPolicy } from './retry.ts'
import { type CheckedUnique, checkUnique, type UniqueOptions } from './unique.ts'
import { checkWebhooks, type StoredWebhook, type WebhookOptions } from './webhook.ts'

/** What a single enqueue, a queue's `defaults` and `job()` may set. */
export interface JobOptions {
  /** How long one run may take; -1 for no limit. @default 180 s */
  readonly timeout?: Duration
  /** How long the result is kept; 0 discards it at once, -1 keeps it for ever. @default 500 s */
  readonly resultTtl?: Duration
  /** How long a failed, stopped or canceled job is kept; 0 and -1 as above. @default 365 d */
  readonly failureTtl?: Duration
  /**
   * How long the job may wait for its first run before it is canceled, from its enqueue on: a time that it is scheduled for, and the jobs
   * that it depends on, count too. @default no limit
   */
  readonly ttl?: Duration
  /** A number of retries, or their number, their intervals and which errors they are for; `false` for none. @default 0 */
  readonly retry?: number | false | RetryOptions
  /** How often the job runs again after it has succeeded, or that and the intervals. It ends with its last run. @default never */
  readonly repeat?: number | RepeatOptions
  /** Lower runs sooner among the waiting jobs of one queue: an integer from -511 to 511. @default 0 */
  readonly priority?: number
  /** Ahead of all that wait at the same priority. @default false */
  readonly atFront?: boolean
  /** Own id: letters, digits, `_`, `-`, `.`. @default a random UUID */
  readonly id?: string
  /** Shown in logs instead of the call: at most 4,096 characters. */
  readonly description?: string
  /** Words to find the job by: at most 20, of 1 to 64 characters each. */
  readonly tags?: readonly string[]
  /** At most 32 small texts by name that travel with the job, 8,192 characters in all; `currentJob().headers` reads them. */
  readonly headers?: JobHeaders
  /**
   * Data of your own beside the arguments, of values that could be arguments, up to 1 MiB; the job reads and changes
   * `currentJob().meta`, and `saveMeta()` keeps that.
   */
  readonly meta?: Meta
  /** Not before this time: a Date, or milliseconds since 1970. */
  readonly at?: Date | number
  /** Not before this much time has passed. */
  readonly in?: Duration
  /** No other job of the same key while this one lives: `true`, a key, or more. @default false */
  readonly unique?: boolean | string | UniqueOptions
  /** How many jobs of a key may run, at once or in a span of time. */
  readonly limit?: LimitOptions
  /** Whom to tell of its end over HTTP: a URL, one webhook, or several. */
  readonly webhooks?: string | WebhookOptions | readonly (string | WebhookOptions)[]
}

/** Every default, once. Milliseconds and bytes. */
export const DEFAULTS = {
  timeoutMs: 180_000,
  resultTtlMs: 500_000,
  failureTtlMs: 365 * 86_400_000,
  callbackTimeoutMs: 60_000,
  groupTtlMs: 7 * 86_400_000,
  openGroupTtlMs: 365 * 86_400_000,
  payloadLimit: 1_048_576,
  concurrency: 1,
  leaseMs: 30_000,
  heartbeatMs: 10_000,
  maintenanceMs: 5_000,
  metricsMs: 5_000,
  maxRecoveries: 3,
  keptRuns: 10,
  keptLogLines: 1_000,
  keptOutput: 65_536,
  keptSteps: 1_000,
  stepsLimit: 16_777_216,
  connectTimeoutMs: 5_000,
  commandTimeoutMs: 10_000,
  blockMs: 10_000,
  graceMs: 1_000,
  shutdownMs: 25_000,
} as const

/** Job options checked and in milliseconds; `null` is without end, absent is the default. */
export interface CheckedOptions {
  readonly timeoutMs?: number | null
  readonly resultTtlMs?: number | null
  readonly failureTtlMs?: number | null
  readonly ttlMs?: number
  readonly retry?: RetryPolicy
  readonly repeat?: RepeatPolicy
  readonly priority?: number
  readonly atFront?: boolean
  readonly id?: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly headers?: JobHeaders | undefined
  readonly meta?: Meta
  readonly dueMs?: number
  readonly inMs?: number
  readonly unique?: CheckedUnique | undefined
  readonly limit?: StoredLimit
  readonly webhooks?: readonly StoredWebhook[]
}

export const PRIORITY_LIMIT = 511
const LONGEST_DESCRIPTION = 4_096

const CHECKS: { readonly [K in keyof Required<JobOptions>]: (value: never) => CheckedOptions } = {
  timeout: (value: Duration) => ({ timeoutMs: positive(toMsOrForever(value, 'timeout'), 'timeout') }),
  resultTtl: (value: Duration) => ({ resultTtlMs: toMsOrForever(value, 'resultTtl') }),
  failureTtl: (value: Duration) => ({ failureTtlMs: toMsOrForever(value, 'failureTtl') }),
  ttl: (value: Duration) => ({ ttlMs: positive(toMs(value, 'ttl'), 'ttl') }),
  retry: (value: number | false | RetryOptions) => ({ retry: checkRetry(value) }),
  repeat: (value: number | RepeatOptions) => ({ repeat: checkRepeat(value) }),
  priority: (value: number) => ({ priority: checkPriority(value) }),
  atFront: (value: boolean) => ({ atFront: ofType(value, 'boolean', 'atFront') }),
  id: (value: string) => ({ id: checkJobId(value) }),
  description: (value: string) => ({ description: checkDescription(value) }),
  tags: (value: unknown) => ({ tags: checkTags(value) }),
  headers: (value: unknown) => ({ headers: checkHeaders(value) }),
  meta: (value: unknown) => ({ meta: checkMeta(value) }),
  at: (value: Date | number) => ({ dueMs: toTime(value, 'at') }),
  in: (value: Duration) => ({ inMs: toMs(value, 'in') }),
  unique: (value: unknown) => ({ unique: checkUnique(value) }),
  limit: (value: unknown) => ({ limit: checkLimit(value) }),
  webhooks: (value: unknown) => ({ webhooks: checkWebhooks(value) }),
}

export const JOB_OPTION_NAMES = Object.keys(CHECKS) as readonly (keyof JobOptions)[]

/** What an enqueue takes besides, see queue/queue.ts. */
export const ENQUEUE_OPTION_NAMES: readonly string[] = [
  ...JOB_OPTION_NAMES,
  'dependsOn',
  'transaction',
  'group',
  'onSuccess',
  'onFailure',
  'onStopped',
]

/** Checks every option and converts it; an unknown one is an error that names the nearest known. */
export function checkOptions(options: JobOptions): CheckedOptions {
  const checked: CheckedOptions = {}
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (!Object.hasOwn(CHECKS, name)) throw unknownOption(name, ENQUEUE_OPTION_NAMES)
    Object.assign(checked, CHECKS[name as keyof JobOptions](value as never))
  }
  if (checked.dueMs !== undefined && checked.inMs !== undefined) {
    throw new InvalidArgumentError('expected either at or in, got both')
  }
  return checked
}

export function checkPriority(value: unknown, what = 'priority'): number {
  if (Number.isInteger(value) && Math.abs(value as number) <= PRIORITY_LIMIT) return value as number
  throw new InvalidArgumentError(
    `${what}: expected an integer from -${PRIORITY_LIMIT} to ${PRIORITY_LIMIT}, got ${String(value)}`,
  )
}

function checkDescription(value: string): string {
  const { length } = ofType(value, 'string', 'description')
  // The scripts' JSON knows no half of an emoji, and could read none of the options.
  if (length <= LONGEST_DESCRIPTION) return value.toWellFormed()
  throw new InvalidArgumentError(
    `description: expected at most ${LONGEST_DESCRIPTION} characters, got ${length}; put data into meta or the arguments`,
  )
}

function positive<T extends number | null>(value: T, what: string): T {
  if (value !== 0) return value
  throw new InvalidArgumentError(`${what}: expected more than 0, got 0`)
}

export function ofType<T>(value: T, type: 'boolean' | 'string', what: string): T {
  if (typeof value === type) return value
  throw new InvalidArgumentError(`${what}: expected a ${type}, got ${typeof value} ${String(value)}`)
}
