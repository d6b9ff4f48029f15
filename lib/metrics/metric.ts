import { BOUNDS } from '../core/histogram.ts'
import type { MetricCell, TracedRun } from '../core/metric-cell.ts'
import type { ScrapeFacts } from '../redis/scrape-facts.ts'
import type { FunctionCell } from './functions.ts'

/** What a registry of prom-client is given: a metric that is read, not counted up. */
export interface Sample {
  /** Of a histogram's parts; else the metric's own name. */
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Of OpenMetrics: a run that is an example of it. Seconds, both. */
  readonly exemplar?: {
    readonly labelSet: { readonly trace_id: string }
    readonly value: number
    readonly timestamp: number
  }
}

/** One metric as data: its name, and its samples from what a scrape has found. */
/** What one look at Redis has told. */
export interface Facts extends ScrapeFacts {
  readonly told: readonly FunctionCell[]
}

export interface MetricSpec {
  readonly name: string
  readonly help: string
  readonly type: 'gauge' | 'counter' | 'histogram'
  readonly samples: (facts: Facts) => Sample[]
}

/** Upper bounds in seconds; all of them are bounds that runs are counted by. */
export const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000]
const CUTS = BUCKETS.map((seconds) => BOUNDS.findIndex((ms) => Math.abs(ms - seconds * 1000) < 1e-6))

export function gauge(name: string, help: string, samples: MetricSpec['samples']): MetricSpec {
  return { name, help, type: 'gauge', samples }
}

export function counter(name: string, help: string, samples: MetricSpec['samples']): MetricSpec {
  return { name, help, type: 'counter', samples }
}

/** A number without labels. */
export function one(value: number): Sample[] {
  return [{ labels: {}, value }]
}

/** The lines of a histogram of one function, from its milliseconds. */
export function histogramSamples(
  name: string,
  labels: Sample['labels'],
  counts: MetricCell['durations'],
  sumMs: number,
  traced?: TracedRun,
): Sample[] {
  const samples: Sample[] = []
  let below = 0
  let next = 0
  for (const [i, cut] of CUTS.entries()) {
    for (; next <= cut; next++) below += counts[next] ?? 0
    const isExample = isIn(traced, BUCKETS[i - 1] ?? -1, BUCKETS[i]!)
    samples.push({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: String(BUCKETS[i]) },
      value: below,
      ...(isExample && exemplarOf(traced!)),
    })
  }
  const count = counts.reduce((sum, n) => sum + n, 0)
  return [
    ...samples,
    {
      metricName: `${name}_bucket`,
      labels: { ...labels, le: '+Inf' },
      value: count,
      ...(isIn(traced, BUCKETS.at(-1)!, Number.POSITIVE_INFINITY) && exemplarOf(traced!)),
    },
    { metricName: `${name}_sum`, labels, value: sumMs / 1000 },
    { metricName: `${name}_count`, labels, value: count },
  ]
}

function isIn(traced: TracedRun | undefined, above: number, upTo: number): boolean {
  if (!traced) return false
  const seconds = traced.ranMs / 1000
  return seconds > above && seconds <= upTo
}

function exemplarOf({ trace, ranMs, at }: TracedRun): Pick<Sample, 'exemplar'> {
  return { exemplar: { labelSet: { trace_id: trace }, value: ranMs / 1000, timestamp: at / 1000 } }
}
