import { LONGEST_TIMER_MS } from '../core/longest-timer.ts'
import type { Executor } from './executor.ts'
import type { Fetcher } from './fetcher.ts'

export interface HaltOptions {
  readonly executor: Executor
  readonly fetcher: Fetcher
  /** Time between telling a job to end and giving it back. */
  readonly termMs: number
}

/** The end of a worker's work: warm, what runs may end within a time; cold, it is given back at once. */
export class Halt {
  readonly #options: HaltOptions
  #limitMs = Number.POSITIVE_INFINITY
  #deadline: NodeJS.Timeout | undefined
  #warm: Promise<void> | undefined

  constructor(options: HaltOptions) {
    this.#options = options
  }

  /** @param waitMs how long jobs may go on; Infinity for as long as they take. Called again, the shorter time counts */
  warm(waitMs: number): Promise<void> {
    this.#options.fetcher.stopClaiming()
    if (waitMs < this.#limitMs) {
      this.#limitMs = waitMs
      clearTimeout(this.#deadline)
      this.#deadline = setTimeout(() => this.#cutOff(), Math.min(waitMs, LONGEST_TIMER_MS))
    }
    this.#warm ??= this.#finish()
    return this.#warm
  }

  cold(): Promise<void> {
    const warm = this.warm(Number.POSITIVE_INFINITY)
    clearTimeout(this.#deadline)
    this.#limitMs = 0
    this.#options.executor.giveBackAll()
    return warm
  }

  async #finish(): Promise<void> {
    const { executor, fetcher } = this.#options
    await executor.giveBackWaiting()
    await executor.whenIdle()
    this.forget()
    fetcher.finish()
  }

  /** Running jobs are told, have a time to end, and are given back before they are killed. */
  #cutOff(): void {
    const { executor, termMs } = this.#options
    executor.abortAll('shutdown')
    this.#deadline = setTimeout(() => executor.giveBackAll(), Math.min(termMs, LONGEST_TIMER_MS))
  }

  /** The worker has ended, in whatever way. */
  forget(): void {
    clearTimeout(this.#deadline)
  }
}
