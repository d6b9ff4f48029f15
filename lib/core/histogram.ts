import type { Quantiles } from './metrics.ts'

/**
 * Upper bounds of the buckets in milliseconds, up to 10,000 s; what took longer is counted behind them. Six a decade: a quantile is off by
 * a quarter at most, and all that one second's, or Prometheus's usual, bounds need (1, 2.5, 5, 10) is among them.
 */
export const BOUNDS: readonly number[] = [0, 1, 2, 3, 4, 5, 6].flatMap((decade) =>
  [1, 1.5, 2.5, 4, 5, 7.5].map((step) => step * 10 ** decade),
)

/** Where a duration is counted. */
export function bucketOf(ms: number): number {
  let low = 0
  let high = BOUNDS.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ms <= BOUNDS[middle]!) high = middle
    else low = middle + 1
  }
  return low
}

export function emptyBuckets(): number[] {
  return new Array(BOUNDS.length + 1).fill(0)
}

/** Undefined where nothing was counted. */
export function quantilesOf(buckets: readonly number[], sumMs: number): Quantiles | undefined {
  const count = buckets.reduce((sum, n) => sum + n, 0)
  if (count === 0) return undefined
  return {
    p50: quantile(buckets, count, 0.5),
    p95: quantile(buckets, count, 0.95),
    p99: quantile(buckets, count, 0.99),
    mean: sumMs / count,
  }
}

/** As though what is in a bucket were spread over it evenly. */
function quantile(buckets: readonly number[], count: number, q: number): number {
  let left = q * count
  for (const [i, n] of buckets.entries()) {
    if (n > 0 && left <= n) {
      const lower = i === 0 ? 0 : BOUNDS[i - 1]!
      const upper = BOUNDS[i] ?? lower
      return lower + (upper - lower) * (left / n)
    }
    left -= n
  }
  return BOUNDS.at(-1)!
}
