import { BOUNDS, bucketOf, emptyBuckets, quantilesOf } from './histogram.ts'
import type { MetricsPoint, RunCounts } from './metrics.ts'

/** What was counted of the runs of one function in one span of time. */
export interface MetricCell extends RunCounts {
  /** Of those that failed, the ones that ran over their time. */
  readonly timedOut: number
  readonly durationMs: number
  readonly waitMs: number
  /** How many runs took how long, and how long they had waited, by the buckets of histogram.ts. */
  readonly durations: readonly number[]
  readonly waits: readonly number[]
  /** The last run that came with a trace. */
  readonly traced: TracedRun | undefined
}

export interface TracedRun {
  /** 32 hexadecimal digits. */
  readonly trace: string
  readonly ranMs: number
  /** By the clock of its worker. */
  readonly at: number
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly number[] ? number[] : T[K] }

/** A cell that is being filled. */
export type OpenCell = Mutable<MetricCell>

/** What is counted at once: one that timed out has failed. */
export type RunOutcome = keyof RunCounts | 'timedOut'

export function openCell(): OpenCell {
  return {
    finished: 0,
    failed: 0,
    retried: 0,
    stopped: 0,
    timedOut: 0,
    durationMs: 0,
    waitMs: 0,
    durations: emptyBuckets(),
    waits: emptyBuckets(),
    traced: undefined,
  }
}

/** @param waitedMs undefined of a job that never began */
export function count(
  cell: OpenCell,
  outcome: RunOutcome,
  ranMs: number,
  waitedMs: number | undefined,
): void {
  cell[outcome]++
  if (outcome === 'timedOut') cell.failed++
  cell.durationMs += ranMs
  cell.durations[bucketOf(ranMs)]!++
  if (waitedMs === undefined) return
  cell.waitMs += waitedMs
  cell.waits[bucketOf(waitedMs)]!++
}

export function addCell(to: OpenCell, more: MetricCell): void {
  for (const name of SUMS) to[name] += more[name]
  for (const name of ['durations', 'waits'] as const)
    for (const [i, n] of more[name].entries()) to[name][i]! += n
  if (more.traced && more.traced.at >= (to.traced?.at ?? 0)) to.traced = more.traced
}

/** In the order of the text: what earlier versions did not count stands at its end. */
const SUMS = ['finished', 'failed', 'retried', 'stopped', 'durationMs', 'waitMs', 'timedOut'] as const

/** As it is stored: the sums, then each histogram as `bucket:count`, in text that lua/meter.lua can add to; the last traced run where there is one. */
export function writeCell(cell: MetricCell): string {
  const sums = SUMS.map((name) => Math.round(cell[name])).join(' ')
  const { traced } = cell
  const last = traced ? `;${traced.trace} ${Math.round(traced.ranMs)} ${Math.round(traced.at)}` : ''
  return `${sums};${writeBuckets(cell.durations)};${writeBuckets(cell.waits)}${last}`
}

function writeBuckets(buckets: readonly number[]): string {
  return buckets.flatMap((n, i) => (n > 0 ? [`${i}:${n}`] : [])).join(' ')
}

/** What is damaged counts as nothing. */
export function readCell(text: string | null | undefined): OpenCell {
  const cell = openCell()
  if (!text) return cell
  const [sums = '', durations = '', waits = '', traced = ''] = text.split(';')
  const numbers = sums.split(' ')
  for (const [i, name] of SUMS.entries()) cell[name] = toCount(numbers[i])
  readBuckets(durations, cell.durations)
  readBuckets(waits, cell.waits)
  const [, trace, ranMs, at] = TRACED.exec(traced) ?? []
  if (trace !== undefined) cell.traced = { trace, ranMs: Number(ranMs), at: Number(at) }
  return cell
}

const TRACED = /^([0-9a-f]{32}) (\d{1,15}) (\d{1,15})$/

function readBuckets(text: string, into: number[]): void {
  if (text === '') return
  for (const pair of text.split(' ')) {
    const colon = pair.indexOf(':')
    const bucket = Number(pair.slice(0, colon))
    if (bucket >= 0 && bucket <= BOUNDS.length && Number.isInteger(bucket))
      into[bucket] = toCount(pair.slice(colon + 1))
  }
}

function toCount(text: string | undefined): number {
  const n = Number(text)
  return Number.isFinite(n) && n >= 0 ? n : 0
}

export function isEmptyCell({ finished, failed, retried, stopped }: RunCounts): boolean {
  return finished + failed + retried + stopped === 0
}

/** As a reader sees it. */
export function summarize(cell: MetricCell): Omit<MetricsPoint, 'at'> {
  const { finished, failed, retried, stopped, durations, durationMs, waits, waitMs } = cell
  return {
    finished,
    failed,
    retried,
    stopped,
    duration: quantilesOf(durations, durationMs) ?? null,
    wait: quantilesOf(waits, waitMs) ?? null,
  }
}
