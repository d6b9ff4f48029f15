/** How a language writes numbers and times. Made once for each language and zone. */
export interface Formatter {
  number(n: number): string
  /** With at most one decimal, as 12.3k. */
  compact(n: number): string
  /** A share of one, as 4.2 %. */
  percent(share: number): string
  bytes(n: number): string
  /** As 1 h 5 min, 3.2 s or 14 ms. */
  duration(ms: number): string
  /** As 5 minutes ago, or in 2 hours. */
  relative(at: number, now: number): string
  /** ISO 8601 without its T, in the zone: 2026-05-01 12:00:05. */
  time(at: number): string
  /** Hours and minutes of the zone. */
  clock(at: number): string
  list(parts: readonly string[]): string
}

export type Zone = 'local' | 'utc'

const UNITS = [
  ['second', 1_000],
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
] as const
const BYTES = ['B', 'KB', 'MB', 'GB', 'TB'] as const

const made = new Map<string, Formatter>()

/** @param zone an IANA name */
export function formatter(language: string, zone: string): Formatter {
  const key = `${language} ${zone}`
  let format = made.get(key)
  if (format === undefined) {
    format = make(language, zone)
    made.set(key, format)
  }
  return format
}

function make(language: string, zone: string): Formatter {
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 })
  const short = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 })
  const share = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })
  const ago = new Intl.RelativeTimeFormat(language, { numeric: 'always', style: 'short' })
  const all = new Intl.ListFormat(language)
  // Sweden writes dates as ISO does.
  const stamp = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: zone })
  const hours = new Intl.DateTimeFormat('sv-SE', { timeStyle: 'short', timeZone: zone })
  const units = new Map<string, Intl.NumberFormat>()
  const inUnit = (n: number, unit: string, digits = 0) => {
    const id = `${unit}${digits}`
    let format = units.get(id)
    if (format === undefined) {
      format = new Intl.NumberFormat(language, {
        style: 'unit',
        unit,
        unitDisplay: unit === 'day' ? 'long' : 'short',
        maximumFractionDigits: digits,
      })
      units.set(id, format)
    }
    return format.format(n)
  }
  const duration = (ms: number): string => {
    if (!Number.isFinite(ms)) return '∞'
    if (ms < 0) return duration(0)
    if (ms < 1_000) return inUnit(Math.round(ms), 'millisecond')
    if (ms < 59_950) return inUnit(ms / 1_000, 'second', 1)
    const parts = [
      ['day', Math.floor(ms / 86_400_000)],
      ['hour', Math.floor(ms / 3_600_000) % 24],
      ['minute', Math.floor(ms / 60_000) % 60],
      ['second', Math.floor(ms / 1_000) % 60],
    ] as const
    const first = parts.findIndex(([, n]) => n > 0)
    return parts
      .slice(Math.max(first, 0), Math.max(first, 0) + 2)
      .filter(([, n]) => n > 0)
      .map(([unit, n]) => inUnit(n, unit))
      .join(' ')
  }
  return {
    number: (n) => (Number.isFinite(n) ? whole.format(n) : '∞'),
    compact: (n) => (Math.abs(n) < 10_000 ? whole.format(n) : short.format(n)),
    percent: (n) => share.format(n),
    bytes(n) {
      const power = Math.min(Math.floor(Math.log2(Math.max(n, 1)) / 10), BYTES.length - 1)
      const digits = power === 0 ? 0 : 1
      return `${(n / 1024 ** power).toLocaleString(language, { maximumFractionDigits: digits })} ${BYTES[power]}`
    },
    duration,
    relative(at, now) {
      if (!Number.isFinite(at)) return '∞'
      const distance = at - now
      const size = Math.abs(distance)
      const [unit, ms] = [...UNITS].reverse().find(([, each]) => size >= each) ?? UNITS[0]
      return ago.format(Math.trunc(distance / ms), unit)
    },
    time: (at) => (Number.isFinite(at) ? stamp.format(at) : '∞'),
    clock: (at) => hours.format(at),
    list: (parts) => all.format(parts),
  }
}
