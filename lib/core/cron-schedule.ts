import { Cron as Pattern } from 'croner'
import { LATEST_MS } from './duration.ts'
import { InvalidArgumentError } from './errors.ts'

/** When an entry fires. Times are milliseconds since 1970; a slot is one time at which it does. */
export type CronSchedule = CronTimes & (PatternTimes | IntervalTimes)

interface CronTimes {
  /** No slot before this time; an interval's slots are counted from it. */
  readonly startAt?: number
  /** No slot after this time. */
  readonly endAt?: number
  /** How many jobs there will be in all. */
  readonly times?: number
}

interface PatternTimes {
  readonly cron: string
  readonly timezone: string
}

interface IntervalTimes {
  readonly everyMs: number
}

/** The first slot of a new schedule; an interval without a start begins at once. Undefined where its end is before that. */
export function firstSlot(schedule: CronSchedule, now: number): number | undefined {
  if ('cron' in schedule) return slotAfter(schedule, now)
  const { everyMs, startAt = now } = schedule
  return within(schedule, startAt >= now ? startAt : gridAfter(startAt, everyMs, now - 1))
}

/** The next slot of a schedule that was paused; an interval keeps its step from the last slot that fired. */
export function slotAfterPause(
  schedule: CronSchedule,
  last: number | undefined,
  now: number,
): number | undefined {
  if ('cron' in schedule || schedule.startAt !== undefined || last === undefined)
    return firstSlot(schedule, now)
  return within(schedule, gridAfter(last, schedule.everyMs, now))
}

/** The first slot after a time. For an interval that time must be a slot, or before its start. */
export function slotAfter(schedule: CronSchedule, time: number): number | undefined {
  const { startAt = 0 } = schedule
  const from = Math.max(time, startAt - 1)
  const slot =
    'cron' in schedule
      ? toPattern(schedule).nextRun(new Date(from))?.getTime()
      : time < startAt
        ? startAt
        : time + schedule.everyMs
  return within(schedule, slot)
}

/** The latest slot up to now, where `slot` is one of them. */
export function latestSlot(schedule: CronSchedule, slot: number, now: number): number {
  const until = Math.min(now, schedule.endAt ?? now)
  if ('everyMs' in schedule)
    return slot + Math.max(0, Math.floor((until - slot) / schedule.everyMs)) * schedule.everyMs
  const [latest] = toPattern(schedule).previousRuns(1, new Date(until + 1))
  return Math.max(slot, latest?.getTime() ?? slot)
}

/** @throws InvalidArgumentError that says what is wrong with a pattern or its zone, or that it never fires */
export function checkPattern(schedule: PatternTimes): void {
  const { cron, timezone } = schedule
  const expected = `cron: expected five or six fields such as '0 3 * * *', or a nickname such as '@daily'`
  checkZone(timezone)
  let pattern: Pattern
  try {
    if (typeof cron !== 'string') throw new TypeError('it is no text')
    pattern = toPattern(schedule)
    // croner takes a date as well, for one run.
    if (pattern.getPattern() === undefined) throw new TypeError('it is a date')
  } catch (error) {
    const reason = (error as Error).message.replace(/^Cron\w*: /, '')
    throw new InvalidArgumentError(`${expected}, got ${JSON.stringify(cron)}: ${reason}`)
  }
  if (pattern.nextRun(new Date(0)) === null)
    throw new InvalidArgumentError(`${expected}, got ${JSON.stringify(cron)}, which never fires`)
}

function checkZone(zone: unknown): void {
  const expected = "timezone: expected a name of the IANA list such as 'Europe/Berlin' or 'UTC'"
  try {
    // Newer versions of Node take offsets too, older ones, which may run beside them, do not.
    if (typeof zone !== 'string' || /^[+-]/.test(zone)) throw new TypeError()
    new Intl.DateTimeFormat('en', { timeZone: zone })
  } catch {
    throw new InvalidArgumentError(`${expected}, got ${JSON.stringify(zone)}`)
  }
}

/**
 * The zone is always given: a worker's own must not matter. A pattern of fixed times, lists of them included, fires once when the
 * clock is set back, and at the first time after the gap when it is set forward.
 */
function toPattern({ cron, timezone }: PatternTimes): Pattern {
  return new Pattern(cron, { timezone, paused: true, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard' })
}

function gridAfter(start: number, step: number, time: number): number {
  return start + (Math.floor((time - start) / step) + 1) * step
}

function within({ endAt = LATEST_MS }: CronSchedule, slot: number | undefined): number | undefined {
  return slot === undefined || slot > endAt ? undefined : slot
}
