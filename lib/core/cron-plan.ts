import type { CronDefinition } from './cron-definition.ts'
import { latestSlot, slotAfter } from './cron-schedule.ts'

/** What is to be done about a slot that is due. */
export interface CronPlan {
  /** The slot that gets a job, if one does. */
  readonly fire: number | undefined
  /** The slot to wait for then; with `missed: 'all'` it may be due already. Undefined when the schedule has ended. */
  readonly next: number | undefined
}

/** The policy on missed slots, by Redis's time alone: every worker comes to the same plan. @param slot the one that is due */
export function planSlot({ schedule, missed, graceMs }: CronDefinition, slot: number, now: number): CronPlan {
  const latest = missed === 'all' ? slot : latestSlot(schedule, slot, now)
  const fire = missed === 'skip' && now - latest > graceMs ? undefined : latest
  return { fire, next: slotAfter(schedule, latest) }
}

/** Whether the next job is the last that the entry may have. */
export function isLastRun({ schedule: { times } }: CronDefinition, runsSoFar: number): boolean {
  return times !== undefined && runsSoFar + 1 >= times
}
