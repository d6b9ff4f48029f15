import { checkKnown } from './did-you-mean.ts'
import { InvalidArgumentError } from './errors.ts'
import { type Intervals, intervalAt, toIntervals } from './intervals.ts'

/** How often a job that has succeeded runs again. */
export interface RepeatOptions {
  /** How many runs follow the first one: 1 or more. */
  readonly times: number
  /** Wait before each repetition, in their order; of a list the last one repeats. @default 0 */
  readonly interval?: Intervals
}

/** RepeatOptions checked and in milliseconds, as they are stored with the job. */
export interface RepeatPolicy {
  readonly times: number
  readonly intervalsMs: readonly number[]
}

/** @throws InvalidArgumentError */
export function checkRepeat(value: number | RepeatOptions): RepeatPolicy {
  const given: RepeatOptions = typeof value === 'number' ? { times: value } : value
  checkKnown(Object(given), ['times', 'interval'], 'repeat')
  const times = given?.times
  if (!Number.isSafeInteger(times) || times < 1) {
    throw new InvalidArgumentError(
      `repeat: expected a whole number of times, 1 or more, got ${String(times)}; leave the option away for a job that runs once`,
    )
  }
  return { times, intervalsMs: toIntervals(given.interval ?? 0, 'repeat.interval') }
}

/** The wait before repetition number `repetition` (1 for the first), in milliseconds. */
export function repeatDelay({ intervalsMs }: RepeatPolicy, repetition: number): number {
  return intervalAt(intervalsMs, repetition)
}
