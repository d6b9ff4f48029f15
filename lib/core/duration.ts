import ms, { type StringValue } from 'ms'
import { InvalidArgumentError } from './errors.ts'

/** A span of time: a number is seconds, a string carries its unit: `'500ms' '30s' '5m' '2h' '1d'`. */
export type Duration = number | string

const WITH_UNIT = /^\d+(\.\d+)?\s*[a-z]+$/i
const PLAIN = /^\d+(\.\d+)?$/

/**
 * A duration in whole milliseconds. Digits alone in a string are seconds, as in a number.
 * @param what names the option in the error, as in `timeout`.
 */
export function toMs(duration: Duration, what: string): number {
  const value = typeof duration === 'string' ? fromText(duration.trim()) : seconds(duration)
  if (value === undefined || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError(
      `${what}: expected a duration (a number of seconds, or a string such as '500ms', '30s', '5m', '2h', '1d'), got ${show(duration)}`,
    )
  }
  return value
}

/** As `toMs`, for options where -1 means without end; it is returned as `null`. */
export function toMsOrForever(duration: Duration, what: string): number | null {
  return duration === -1 || duration === '-1' ? null : toMs(duration, what)
}

/** Some 25 days; a timer that is told to wait for longer is over at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The last one that a Date can hold. */
export const LATEST_MS = 8.64e15

/** A time as milliseconds since 1970. @param what names the option in the error, as in `at`. */
export function toTime(value: unknown, what: string): number {
  const time = value instanceof Date ? value.getTime() : value
  if (typeof time === 'number' && time >= 0 && time <= LATEST_MS) return Math.round(time)
  throw new InvalidArgumentError(
    `${what}: expected a valid Date or milliseconds since 1970, got ${String(value)}`,
  )
}

function seconds(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? Math.round(value * 1000) : undefined
}

function fromText(text: string): number | undefined {
  if (PLAIN.test(text)) return seconds(Number(text))
  if (!WITH_UNIT.test(text) || text.length > 32) return undefined
  const value = ms(text as StringValue)
  return value === undefined ? undefined : Math.round(value)
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
