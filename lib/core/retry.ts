import { checkKnown } from './did-you-mean.ts'
import { type Duration, toMs } from './duration.ts'
import { InvalidArgumentError } from './errors.ts'
import { type Intervals, intervalAt, toIntervals } from './intervals.ts'
import type { RemoteError } from './remote-error.ts'

/** A class of errors: it also stands for the classes derived from it. */
export type ErrorClass = abstract new (...args: never[]) => Error

/** When and how often a failed job runs again. */
export interface RetryOptions {
  /** How many runs follow the first one, at most: 1 or more. */
  readonly max: number
  /** Wait before each retry; of a list the last one repeats. @default 0 */
  readonly interval?: Intervals
  /** Each wait is this many times the one before: `interval × factor ^ (retry - 1)`. 1 or more, with a single `interval`. @default 1 */
  readonly factor?: number
  /** No wait is longer than this. @default no limit; with a `factor`, 365 d or the interval if that is longer */
  readonly maxInterval?: Duration
  /** The part of each wait that is random, 0 to 1, so that many jobs do not retry at once: of 60 s with 0.5, 30 to 60 s are waited. @default 0 */
  readonly jitter?: number
  /** Retries these errors alone: by their name, their `code`, or their class or one above it. @default all */
  readonly only?: readonly (string | ErrorClass)[]
  /** Never retries these errors; goes before `only`. @default none */
  readonly except?: readonly (string | ErrorClass)[]
  /** Back to the head of its queue, also after a wait. @default false */
  readonly atFront?: boolean
}

/** RetryOptions checked and in milliseconds, as they are stored with the job: absent is the default. */
export interface RetryPolicy {
  readonly max: number
  readonly intervalsMs: readonly number[]
  readonly factor?: number
  readonly maxIntervalMs?: number
  readonly jitter?: number
  readonly only?: readonly string[]
  readonly except?: readonly string[]
  readonly atFront?: true
}

const NAMES = ['max', 'interval', 'factor', 'maxInterval', 'jitter', 'only', 'except', 'atFront'] as const
/** Powers outgrow every clock; a wait that grows stops here unless it is told where. */
const LONGEST_GROWN_MS = 365 * 86_400_000

/** @throws InvalidArgumentError */
export function checkRetry(wanted: number | false | RetryOptions): RetryPolicy {
  const given = wanted === false ? 0 : wanted
  if (typeof given !== 'number' && Object.prototype.toString.call(given) !== '[object Object]') {
    throw new InvalidArgumentError(
      `retry: expected a number of retries, false for none, or { max, interval, … }, got ${typeof given} ${String(given)}`,
    )
  }
  if (typeof given === 'number') return { max: wholeNumber(given, 0, 'retry'), intervalsMs: [0] }
  checkKnown(given, NAMES, 'retry')
  const max = wholeNumber(given.max, 1, 'retry.max')
  const { interval, factor, maxInterval, jitter, only, except, atFront } = given
  if (factor !== undefined && (interval === undefined || Array.isArray(interval))) {
    throw new InvalidArgumentError(
      `retry.factor: expected one interval to multiply, got ${interval === undefined ? 'none' : 'a list'}`,
    )
  }
  return {
    max,
    intervalsMs: toIntervals(interval ?? 0, 'retry.interval'),
    ...(factor !== undefined && { factor: within(factor, 1, Number.MAX_VALUE, 'retry.factor') }),
    ...(maxInterval !== undefined && { maxIntervalMs: toMs(maxInterval, 'retry.maxInterval') }),
    ...(jitter !== undefined && { jitter: within(jitter, 0, 1, 'retry.jitter') }),
    ...(only !== undefined && { only: toErrorNames(only, 'retry.only') }),
    ...(except !== undefined && { except: toErrorNames(except, 'retry.except') }),
    ...(isTrue(atFront, 'retry.atFront') && { atFront: true as const }),
  }
}

/** The wait before retry number `retry` (1 for the first), in milliseconds. @param random from 0 to 1 */
export function retryDelay(policy: RetryPolicy, retry: number, random = Math.random()): number {
  const { intervalsMs, factor = 1, maxIntervalMs, jitter = 0 } = policy
  const base = intervalAt(intervalsMs, retry)
  const longest = maxIntervalMs ?? (factor > 1 ? Math.max(base, LONGEST_GROWN_MS) : base)
  // Nothing times infinity is not a number.
  const grown = base === 0 ? 0 : Math.min(base * factor ** (retry - 1), longest)
  return Math.round(grown * (1 - jitter * random))
}

/** Whether an error is one that the policy retries. `kinds` are the names of its classes, see `classNames`. */
export function retries({ only, except }: RetryPolicy, errorJson: string, kinds: readonly string[]): boolean {
  if (only === undefined && except === undefined) return true
  const { name, code } = JSON.parse(errorJson) as RemoteError
  const names = new Set([name, ...kinds])
  if (code !== undefined) names.add(String(code))
  return !except?.some((each) => names.has(each)) && (only?.some((each) => names.has(each)) ?? true)
}

function toErrorNames(list: readonly (string | ErrorClass)[], what: string): string[] {
  if (Array.isArray(list)) return list.map((each) => toErrorName(each, what))
  throw new InvalidArgumentError(
    `${what}: expected a list of error names, codes or classes, got ${typeof list}`,
  )
}

function toErrorName(each: unknown, what: string): string {
  if (each === Error) {
    throw new InvalidArgumentError(`${what}: expected a class below Error, got Error itself, which all are`)
  }
  const name = typeof each === 'function' ? each.name : each
  if (typeof name === 'string' && name !== '') return name.toWellFormed()
  throw new InvalidArgumentError(`${what}: expected an error's name, code or class, got ${String(each)}`)
}

function wholeNumber(value: unknown, least: number, what: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number
  throw new InvalidArgumentError(
    `${what}: expected a whole number of retries, ${least} or more, got ${String(value)}`,
  )
}

function within(value: unknown, least: number, most: number, what: string): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  const range = most === Number.MAX_VALUE ? `${least} or more` : `from ${least} to ${most}`
  throw new InvalidArgumentError(`${what}: expected a number ${range}, got ${String(value)}`)
}

function isTrue(value: unknown, what: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value === true
  throw new InvalidArgumentError(`${what}: expected a boolean, got ${typeof value} ${String(value)}`)
}
