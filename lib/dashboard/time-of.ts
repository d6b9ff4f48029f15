import { toMs } from '../core/duration.ts'
import { InvalidArgumentError } from '../core/errors.ts'

/**
 * A time that somebody typed: `-1h` or `10m` from now, or a date, with or without its time, in UTC unless it says another zone.
 * @param what names it in the error @throws InvalidArgumentError
 */
export function timeOf(text: string, what: string, now: number): number {
  const relative = /^([+-]?)(\d+(?:\.\d+)?(?:ms|s|m|h|d|w))$/.exec(text)
  if (relative) return now + (relative[1] === '-' ? -1 : 1) * toMs(relative[2]!, what)
  const date = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)?(Z|[+-]\d\d:?\d\d)?$/.exec(text)
  const zone = date?.[1] === undefined && text.length > 10 ? 'Z' : ''
  const at = date ? Date.parse(text.replace(' ', 'T') + zone) : Number.NaN
  if (Number.isFinite(at)) return at
  throw new InvalidArgumentError(
    `${what}: expected a time such as -1h, 10m, 2026-05-01 or 2026-05-01 12:00, got ${JSON.stringify(text)}`,
  )
}
