import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

/** A timer of libuv's fires as often; what it is late by goes into a histogram without any JavaScript. */
const RESOLUTION_MS = 20

export interface LagFacts {
  /** Milliseconds by which 99 of 100 timers were late at most. */
  readonly p99Ms: number
  /** The longest time that nothing else had its turn: a single job that blocks is too rare for a percentile. */
  readonly maxMs: number
}

/** How late the event loop of this process is. */
export class EventLoopLag {
  #histogram: IntervalHistogram | undefined
  #since = 0

  start(): void {
    if (this.#histogram) return
    this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    this.#histogram.enable()
    this.#since = performance.now()
  }

  stop(): void {
    this.#histogram?.disable()
    this.#histogram = undefined
  }

  /** Since it was last asked; nothing where no timer has been due since. */
  take(): LagFacts | undefined {
    const histogram = this.#histogram
    if (histogram === undefined) return undefined
    const missed = this.#missed(histogram)
    if (histogram.count === 0 && missed === 0) return undefined
    const [p99Ms, maxMs] = [lateness(histogram.percentile(99)), lateness(histogram.max)]
    histogram.reset()
    this.#since = performance.now()
    return { p99Ms, maxMs: Math.max(maxMs, missed) }
  }

  /**
   * The time that stands between no two timers: up to the first, and from the last until now. Whoever blocks and is asked in the same turn
   * of the loop, as a job is whose end is followed by a heartbeat, would have the timer that tells of it forgotten by the reset.
   */
  #missed({ count, mean }: IntervalHistogram): number {
    const between = count === 0 ? 0 : (count * mean) / 1e6
    return Math.max(0, Math.round(performance.now() - this.#since - between - 2 * RESOLUTION_MS))
  }
}

/** From the nanoseconds between two timers, of which one's waiting is no lag. */
function lateness(nanoseconds: number): number {
  return Math.max(0, Math.round(nanoseconds / 1e6 - RESOLUTION_MS))
}
