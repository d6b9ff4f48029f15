import { type CronSchedule, checkPattern, slotAfter } from '../../lib/core/cron-schedule.ts'
import type { Cron } from '../../lib/queue/cron.ts'
import type { CronEntry } from '../../lib/queue/cron-entry.ts'
import { UsageError } from '../exit-codes.ts'
import type { Column } from '../table.ts'

/** Longer than any worker takes between two looks: an entry so late has none. */
const OVERDUE_MS = 10_000

export const COLUMNS: readonly Column[] = [
  { head: 'name', shrink: true },
  { head: 'schedule' },
  { head: 'queue' },
  { head: 'function', shrink: true },
  { head: 'next' },
  { head: 'last' },
  { head: 'runs', right: true },
]

/** Of entries that were just registered. */
export const LOADED: readonly Column[] = [
  { head: 'name', shrink: true },
  { head: 'schedule' },
  { head: 'next' },
]

export function entryRow(entry: CronEntry): string[] {
  const { name, queue, func, nextAt, lastAt, runs, paused } = entry
  const next = paused ? 'paused' : nextAt ? timeOf(nextAt) : 'ended'
  return [name, scheduleOf(entry), queue, func, next, lastAt ? timeOf(lastAt) : '-', String(runs)]
}

/** `0 3 * * * Europe/Berlin`, `every 90s` */
export function scheduleOf({ cron, timezone, everyMs }: CronEntry): string {
  if (cron !== undefined) return timezone === 'UTC' ? cron : `${cron} ${timezone}`
  return `every ${everyMs! / 1000}s`
}

/** `2026-11-20T03:00:00Z`: the same for everybody who looks. */
export function timeOf(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z')
}

export function warningsOf(entries: readonly CronEntry[], now: number): string[] {
  const overdue = entries.filter(({ nextAt }) => nextAt && now - nextAt.getTime() > OVERDUE_MS)
  if (overdue.length === 0) return []
  return [`${overdue.map(({ name }) => name).join(', ')}: overdue; is any worker running?`]
}

/** The times of an entry, or of what can only be a pattern. */
export async function nextTimes(cron: Cron, what: string, n: number, timezone?: string): Promise<Date[]> {
  const isPattern = /[\s@*]/.test(what)
  if (!isPattern) {
    if (timezone !== undefined) throw new UsageError(`--timezone goes with a pattern; ${what} has its own`)
    return (await cron.fetch(what)).next(n)
  }
  const schedule: CronSchedule = { cron: what, timezone: timezone ?? 'UTC' }
  checkPattern(schedule)
  const times: Date[] = []
  let slot = slotAfter(schedule, Date.now())
  for (; slot !== undefined && times.length < n; slot = slotAfter(schedule, slot)) times.push(new Date(slot))
  return times
}
