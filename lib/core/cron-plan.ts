import type { CronDefinition } from './cron-definition.ts'
import { latestSlot, slotAfter } from './cron-schedule.ts'

/** What is to be done about a slot that is due. */
export interface CronPlan {
  /** The slot that gets a job, if one does. */
  readonly fire: number | undefined
  /** The slot to wait for then; with `missed: 'all'` it may be due already. Undefined when the entry is through. */
  readonly next: number | undefined
}

/**
 * The policy on missed slots, as a function of what is stored and of Redis's time: every worker comes to the same plan.
 * @param slot the one that is due @param runs how many jobs there have been
 */
export function planSlot(
  { schedule, missed, graceMs }: CronDefinition,
  slot: number,
  now: number,
  runs: number,
): CronPlan {
  const latest = missed === 'all' ? slot : latestSlot(schedule, slot, now)
  const fire = missed === 'skip' && now - latest > graceMs ? undefined : latest
  const isLast = fire !== undefined && schedule.times !== undefined && runs + 1 >= schedule.times
  return { fire, next: isLast ? undefined : slotAfter(schedule, latest) }
}
