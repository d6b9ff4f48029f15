import type { Executor } from './executor.ts'

export interface QuotaOptions {
  readonly maxJobs: number | undefined
  readonly maxIdleMs: number | undefined
}

/** When a worker has done enough, or has had nothing to do for long enough. */
export class Quota {
  readonly #options: QuotaOptions
  readonly #executor: Pick<Executor, 'claimed' | 'tally'>
  #idleSince: number | undefined

  constructor(options: QuotaOptions, executor: Pick<Executor, 'claimed' | 'tally'>) {
    this.#options = options
    this.#executor = executor
  }

  /** How many more jobs may be claimed, besides those held. Every attempt counts, however it ends. */
  get room(): number {
    const { maxJobs } = this.#options
    if (maxJobs === undefined) return Number.POSITIVE_INFINITY
    return Math.max(0, maxJobs - this.#executor.tally.attempts - this.#executor.claimed)
  }

  /** When the worker has been idle for too long, by performance.now(). */
  get idleUntil(): number {
    const { maxIdleMs } = this.#options
    if (maxIdleMs === undefined || this.#idleSince === undefined) return Number.POSITIVE_INFINITY
    return this.#idleSince + maxIdleMs
  }

  /** Notes whether there is anything to do, after each look at the queues. */
  look(isIdle: boolean): void {
    this.#idleSince = isIdle ? (this.#idleSince ?? performance.now()) : undefined
  }

  /** Why the worker, which holds nothing, is to end; undefined while it is not. */
  get reason(): string | undefined {
    const { maxJobs, maxIdleMs = 0 } = this.#options
    const { attempts } = this.#executor.tally
    if (maxJobs !== undefined && attempts >= maxJobs) return `finished executing ${attempts} jobs`
    return performance.now() >= this.idleUntil ? `idle for ${maxIdleMs / 1000} seconds` : undefined
  }
}
