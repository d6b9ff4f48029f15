/** Jobs claimed ahead amount to this much work at most: what a job may have to wait behind others of this worker. */
const AHEAD_MS = 25
/** A run this long ends claiming ahead at once. */
const SLOW_MS = 20
const MOST_AHEAD = 1_600
const FIRST_AHEAD = 8
const WEIGHT = 0.1

/**
 * How many jobs to claim ahead of need: many while jobs are so short that the way to Redis is what they wait for, none otherwise. It
 * grows by doubling while claims are used up, so that a few short jobs do not hide long ones behind them.
 */
export class Pace {
  readonly #concurrency: number
  #average = Number.POSITIVE_INFINITY
  #reach = 0

  constructor(concurrency: number) {
    this.#concurrency = concurrency
  }

  get ahead(): number {
    if (this.#reach === 0) return 0
    const affordable = (AHEAD_MS * this.#concurrency) / Math.max(this.#average, 0.01)
    return Math.min(this.#reach, Math.floor(affordable))
  }

  /** A job has run for this long. */
  record(ms: number): void {
    if (ms >= SLOW_MS) {
      this.slow()
      return
    }
    this.#average = Number.isFinite(this.#average) ? this.#average + WEIGHT * (ms - this.#average) : ms
    if (this.#reach === 0) this.#reach = FIRST_AHEAD
  }

  /** A claim came back as full as was asked for: there is more work than one way to Redis brings. */
  filled(): void {
    if (this.#reach > 0) this.#reach = Math.min(MOST_AHEAD, this.#reach * 2)
  }

  /** A job runs long: what was claimed ahead goes back, and nothing more is until short jobs come again. */
  slow(): void {
    this.#average = Number.POSITIVE_INFINITY
    this.#reach = 0
  }
}
