import { didYouMean } from '../core/did-you-mean.ts'
import { type Duration, toMs } from '../core/duration.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { ofType } from '../core/options.ts'

/** What a single option may be; `what` names it in the error. Each throws InvalidArgumentError. */

export function oneOf<W extends string>(value: W, words: readonly W[], what: string): W {
  if (words.includes(value)) return value
  throw new InvalidArgumentError(
    `${what}: expected one of ${words.join(', ')}, got ${JSON.stringify(value)}.${didYouMean(String(value), words)}`,
  )
}

/** YAML's `no` is a text, which counts as true. */
export function isOn(value: boolean | undefined, what: string): boolean {
  return ofType(value ?? false, 'boolean', what)
}

/** More than nothing. */
export function span(value: Duration, what: string): number {
  const ms = toMs(value, what)
  if (ms > 0) return ms
  throw new InvalidArgumentError(`${what}: expected more than 0, got 0`)
}

export function positive(value: unknown, what: string): number {
  if (Number.isInteger(value) && (value as number) > 0 && (value as number) <= 1_000_000)
    return value as number
  throw new InvalidArgumentError(`${what}: expected a whole number of at least 1, got ${String(value)}`)
}

export function port(value: number | undefined, what: string): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= 65_535)) return value
  throw new InvalidArgumentError(`${what}: expected a port from 0 to 65535, got ${String(value)}`)
}
