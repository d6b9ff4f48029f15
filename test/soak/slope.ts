import { median } from '../../bench/stats.ts'

/** A value at a time, in seconds since the start. */
export interface Point {
  readonly at: number
  readonly value: number
}

/** How much a series may grow over the run: a part of its own size, and so much in any case. */
export interface Allowance {
  readonly part: number
  readonly atLeast: number
}

export interface Verdict {
  readonly median: number
  readonly perHour: number
  /** From the end of the warm-up to the end of the run, by the slope. */
  readonly growth: number
  readonly allowed: number
  readonly word: 'steady' | 'growing' | 'too short'
}

/** The first part of a run: caches fill, code is compiled, results begin to expire. */
export const WARM_UP = 0.25
const FEWEST = 8

export function judge(series: readonly Point[], { part, atLeast }: Allowance): Verdict {
  const end = series.at(-1)?.at ?? 0
  const points = series.filter(({ at }) => at >= end * WARM_UP)
  const middle = points.length === 0 ? 0 : median(points.map(({ value }) => value))
  const perSecond = slope(points)
  const growth = perSecond * (end - (points[0]?.at ?? end))
  const allowed = Math.max(middle * part, atLeast)
  const word = points.length < FEWEST ? 'too short' : growth > allowed ? 'growing' : 'steady'
  return { median: middle, perHour: perSecond * 3_600, growth, allowed, word }
}

/**
 * Theil-Sen: the median of the slopes between any two points, a second. Unlike least squares it is not moved by a collection of
 * garbage, or by a spike, in less than a quarter of them.
 */
export function slope(points: readonly Point[]): number {
  const slopes: number[] = []
  for (const [i, { at, value }] of points.entries())
    for (const later of points.slice(i + 1))
      if (later.at > at) slopes.push((later.value - value) / (later.at - at))
  return slopes.length === 0 ? 0 : median(slopes)
}
