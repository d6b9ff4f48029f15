import type { CronSchedule } from '../../core/cron-schedule.ts'
import type { View } from '../view.ts'

const NUMBER = /^\d{1,2}$/

/** A schedule in plain words, for the patterns that most people write; any other is told as it is. */
export function cronWords(v: View, schedule: CronSchedule): string {
  const { words } = v.t.schedule
  if ('everyMs' in schedule) return v.t.schedule.every(v.format.duration(schedule.everyMs))
  const fields = schedule.cron.trim().split(/\s+/)
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  if (fields.length !== 5 || month !== '*') return schedule.cron
  const step = /^\*\/(\d{1,2})$/.exec(minute)
  if (hour === '*' && day === '*' && weekday === '*') {
    if (minute === '*') return words.everyMinute
    if (step) return words.everyMinutes(Number(step[1]))
    if (NUMBER.test(minute)) return words.hourlyAt(minute.padStart(2, '0'))
  }
  if (!NUMBER.test(minute) || !NUMBER.test(hour)) return schedule.cron
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
  if (day === '*' && weekday === '*') return words.dailyAt(time)
  if (day === '*' && weekday === '1-5') return words.weeklyAt(words.weekdays, time)
  if (day === '*' && /^[0-7](,[0-7])*$/.test(weekday)) {
    return words.weeklyAt(v.format.list(weekday.split(',').map((each) => dayName(v, Number(each)))), time)
  }
  if (NUMBER.test(day) && weekday === '*') return words.monthlyAt(day, time)
  return schedule.cron
}

/** The fourth of January 1970 was a Sunday. */
function dayName(v: View, day: number): string {
  const sunday = Date.UTC(1970, 0, 4)
  return new Intl.DateTimeFormat(v.language, { weekday: 'long', timeZone: 'UTC' }).format(
    sunday + (day % 7) * 86_400_000,
  )
}
