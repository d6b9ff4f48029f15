import { type Duration, toMs } from './duration.ts'
import { InvalidArgumentError } from './errors.ts'

/** One wait, or a list of them in their order, of which the last one repeats. */
export type Intervals = Duration | readonly Duration[]

export function toIntervals(intervals: Intervals, what: string): number[] {
  const list = Array.isArray(intervals) ? (intervals as readonly Duration[]) : [intervals as Duration]
  if (list.length > 0) return list.map((each) => toMs(each, what))
  throw new InvalidArgumentError(`${what}: expected a duration or a list of them, got an empty list`)
}

/** The wait number `n`, 1 for the first, in milliseconds. */
export function intervalAt(intervalsMs: readonly number[], n: number): number {
  return intervalsMs[Math.min(n, intervalsMs.length) - 1] ?? 0
}
