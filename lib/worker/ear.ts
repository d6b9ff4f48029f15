import type { Doorbell } from '../redis/doorbell.ts'
import type { Sleepers } from './sleepers.ts'

const RETRY_MS = 1_000

interface EarOptions {
  readonly doorbell: Doorbell
  /** Longest time that one wait for the bell takes. */
  readonly blockMs: number
}

/** Listens for the bell that tells of new jobs, one wait at a time. */
export class Ear {
  readonly #options: EarOptions
  readonly #sleepers: Sleepers
  readonly #wants: () => boolean
  readonly #onRing: () => void
  #listening = false

  /**
   * @param wants whether jobs are wanted now
   * @param onRing called when the bell has rung, when it cannot be heard, and when the time to listen is over
   */
  constructor(options: EarOptions, sleepers: Sleepers, wants: () => boolean, onRing: () => void) {
    this.#options = options
    this.#sleepers = sleepers
    this.#wants = wants
    this.#onRing = onRing
  }

  /** @param until by performance.now() */
  listen(until: number): void {
    if (this.#listening || !this.#wants()) return
    this.#listening = true
    void this.#listen(until)
  }

  async #listen(until: number): Promise<void> {
    const { doorbell, blockMs } = this.#options
    for (;;) {
      const started = performance.now()
      const ms = Math.min(blockMs, Math.max(1, until - started))
      const bell = await doorbell.wait(ms)
      // Nothing was heard, which says nothing new. Whoever sleeps here looks again by itself every so often.
      const isSilent = bell === null && performance.now() - started >= ms / 2
      if (isSilent && this.#wants() && performance.now() < until) continue
      this.#listening = false
      // Taken while there was no room for what it announces: another worker may have.
      if (bell !== null && !this.#wants()) await doorbell.passOn(bell).catch(() => {})
      // A connection that cannot be had answers at once.
      if (bell === null && !isSilent && !doorbell.isClosed) await this.#sleepers.sleep(Math.min(RETRY_MS, ms))
      return this.#onRing()
    }
  }
}
