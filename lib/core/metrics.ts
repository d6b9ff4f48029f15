/** How long something took, by how often: the quantiles are read from a histogram, so they are estimates. Milliseconds. */
export interface Quantiles {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly mean: number
}

/** What has become of runs. One that another attempt follows counts as retried. */
export interface RunCounts {
  readonly finished: number
  readonly failed: number
  readonly retried: number
  readonly stopped: number
}

/** One step of a history. */
export interface MetricsPoint extends RunCounts {
  /** When the step begins. */
  readonly at: number
  /** Of runs; null where there was none. */
  readonly duration: Quantiles | null
  /** From when a job was queued until it began. */
  readonly wait: Quantiles | null
}

export interface FunctionMetrics extends Omit<MetricsPoint, 'at'> {
  /** `path#export`, or 'other' for all beyond the first 200 of a queue. */
  readonly func: string
}

/** Minutes are kept for a day, hours for 90 days, days for a year. */
export const TIERS = ['minute', 'hour', 'day'] as const
export type Tier = (typeof TIERS)[number]

export interface MetricsQuery {
  readonly from: number
  readonly to: number
  /** @default all */
  readonly queue?: string
  /** @default all */
  readonly func?: string
  /** @default minute up to 3 hours, hour up to 7 days, else day */
  readonly tier?: Tier
}

export interface MetricsReport {
  readonly now: number
  readonly tier: Tier
  readonly stepMs: number
  /** Every step, the oldest first, also those in which nothing ran. */
  readonly points: readonly MetricsPoint[]
  readonly total: Omit<MetricsPoint, 'at'>
  /** The most frequent first. Over all queues it is made of whole hours. */
  readonly functions: readonly FunctionMetrics[]
}
