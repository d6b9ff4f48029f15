import type { Beginning } from '../core/store.ts'
import type { TransientMap } from '../core/transient-map.ts'
import type { Held } from './held.ts'

/** A job still running after this long is told to the store, in case it was not when it was claimed. */
const BEGUN_AFTER_MS = 10
/** A job still running after this long runs long: what waits behind it goes back. */
const LONG_AFTER_MS = 25
const TICK_MS = 10

export interface WatchEvents {
  /** These have run long enough for the store to hear of it. */
  begun(held: readonly Held[]): void
  /** One runs long, with so many waiting here that have not begun. */
  long(waiting: number): void
}

/** Watches the age of running jobs, while there are some that the store has not heard of, or others wait behind them. */
export class Watch {
  readonly #held: Pick<TransientMap<string, Held>, 'get' | 'size' | 'values'>
  readonly #events: WatchEvents
  #beginnings: Held[] = []
  #tick: NodeJS.Timeout | undefined

  constructor(held: Pick<TransientMap<string, Held>, 'get' | 'size' | 'values'>, events: WatchEvents) {
    this.#held = held
    this.#events = events
  }

  get hasBeginnings(): boolean {
    return this.#beginnings.length > 0
  }

  hasBeginningsOf(queue: string): boolean {
    return this.#beginnings.some(({ job }) => job.queue === queue)
  }

  /** What the store is to hear of one queue. */
  take(queue: string): Beginning[] {
    const now = performance.now()
    const mine = this.#beginnings.filter(({ job }) => job.queue === queue)
    if (mine.length > 0) this.#beginnings = this.#beginnings.filter(({ job }) => job.queue !== queue)
    return mine
      .filter((held) => this.#held.get(held.job.id) === held)
      .map(({ job, began }) => ({
        id: job.id,
        token: job.token,
        beganAgo: now - (began ?? now),
        attempt: job.attempt,
      }))
  }

  start(): void {
    if (this.#tick || this.#held.size === 0) return
    this.#tick = setInterval(() => this.#look(), TICK_MS)
  }

  stop(): void {
    clearInterval(this.#tick)
    this.#tick = undefined
  }

  #look(): void {
    const now = performance.now()
    const begun: Held[] = []
    let waiting = 0
    let unheard = 0
    let long = false
    for (const held of this.#held.values()) {
      if (held.began === undefined) {
        waiting++
        continue
      }
      const ran = now - held.began
      long ||= ran >= LONG_AFTER_MS
      if (held.begunInStore) continue
      if (ran < BEGUN_AFTER_MS) {
        unheard++
        continue
      }
      held.begunInStore = true
      begun.push(held)
    }
    if (begun.length > 0) {
      this.#beginnings.push(...begun)
      this.#events.begun(begun)
    }
    if (long) this.#events.long(waiting)
    if (waiting === 0 && unheard === 0) this.stop()
  }
}
