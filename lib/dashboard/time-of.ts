import { toMs } from '../core/duration.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { formatter } from './i18n/format.ts'

/**
 * A time that somebody typed: `-1h` or `10m` from now, or a date, with or without its time, in the zone unless it says another one.
 * @param what names it in the error @param zone an IANA name: that of the page, for what is typed there @throws InvalidArgumentError
 */
export function timeOf(text: string, what: string, now: number, zone = 'UTC'): number {
  const relative = /^([+-]?)(\d+(?:\.\d+)?(?:ms|s|m|h|d|w))$/.exec(text)
  if (relative) return now + (relative[1] === '-' ? -1 : 1) * toMs(relative[2]!, what)
  const date = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)?(Z|[+-]\d\d:?\d\d)?$/.exec(text)
  const own = date?.[1]
  const written = Date.parse(text.replace(' ', 'T') + (own === undefined && text.length > 10 ? 'Z' : ''))
  const at = date === null ? Number.NaN : own === undefined ? fromZone(written, zone) : written
  if (Number.isFinite(at)) return at
  throw new InvalidArgumentError(
    `${what}: expected a time such as -1h, 10m, 2026-05-01 or 2026-05-01 12:00, got ${JSON.stringify(text)}`,
  )
}

/** As `timeOf` reads it; with its own zone where a clock of this one shows the same time twice, or seconds are not all. */
export function typedTime(at: number, zone: string): string {
  const text = formatter('en', zone).time(at).replace(/:00$/, '')
  return timeOf(text, 'time', 0, zone) === at ? text : new Date(at).toISOString()
}

/** When clocks of a zone show what those of UTC show at this time. */
function fromZone(wall: number, zone: string): number {
  // Between the two the offset may change: the second time it is that of the time that is meant.
  return wall - offsetAt(wall - offsetAt(wall, zone), zone)
}

function offsetAt(at: number, zone: string): number {
  const shown = formatter('en', zone).time(at)
  return Date.parse(`${shown.replace(' ', 'T')}Z`) - Math.floor(at / 1_000) * 1_000
}
