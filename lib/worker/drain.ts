import type { StepReply } from '../core/store.ts'

const FIRST_MS = 1_000
/** How much longer claims go on than they were withheld. */
const SHARE = 9

/**
 * Withholds claims for a job that must run alone: all the while it runs here; and while it waits and this worker holds others, for a second, then for
 * twice as long each time, but nine times as long claims go on. So it gets its turn even if no worker is ever idle, and a job that takes
 * an hour costs its neighbours a tenth of their time. A worker that is idle takes it at once.
 */
export class Drain {
  #runs = false
  #ms = FIRST_MS
  #endsAt = 0
  #nextAt = 0

  get isOn(): boolean {
    return this.#runs || performance.now() < this.#endsAt
  }

  /** When claims go on by themselves, by performance.now(). */
  get endsAt(): number {
    return this.#runs || !this.isOn ? Number.POSITIVE_INFINITY : this.#endsAt
  }

  note({ jobs, alone }: StepReply): void {
    if (jobs.some((job) => job.alone)) this.#runs = true
    if (!alone) return
    const now = performance.now()
    if (now < this.#nextAt) return
    this.#endsAt = now + this.#ms
    this.#nextAt = this.#endsAt + SHARE * this.#ms
    this.#ms *= 2
  }

  /** This worker holds nothing. */
  end(): void {
    this.#runs = false
    this.#ms = FIRST_MS
    this.#endsAt = 0
    this.#nextAt = 0
  }
}
