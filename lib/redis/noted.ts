import type { Ref } from '../core/record.ts'
import type { Ended } from '../core/store.ts'
import { TransientMap } from '../core/transient-map.ts'

/** An await weighs two enqueues, so the habit holds while more than half of the jobs are awaited. */
const HABIT = 8
const STRONGEST = 20
const MOST = 200

/**
 * A client that awaits what it enqueues would ask for each outcome in a call of its own. Once that is its habit, the
 * enqueue itself notes who wants to be told, and the outcome that is pushed is kept here until it is asked for.
 */
export class Noted {
  #habit = 0
  readonly #ends = new TransientMap<Ref, Ended | undefined>()

  /** A job is about to be enqueued: whether to note it. */
  expect(ref: Ref): boolean {
    const noting = this.#habit >= HABIT
    this.#habit = Math.max(0, this.#habit - 1)
    if (!noting) return false
    this.#ends.set(ref, undefined)
    for (const oldest of this.#ends.keys()) {
      if (this.#ends.size <= MOST) break
      this.#ends.delete(oldest)
    }
    return true
  }

  /** A job is awaited: whether it was noted, and its outcome if that is here. */
  take(ref: Ref): { noted: boolean; ended: Ended | undefined } {
    this.#habit = Math.min(STRONGEST, this.#habit + 2)
    const answer = { noted: this.#ends.has(ref), ended: this.#ends.get(ref) }
    this.#ends.delete(ref)
    return answer
  }

  /** An outcome that nobody awaits yet. */
  hear(ref: Ref, ended: Ended): void {
    if (this.#ends.has(ref)) this.#ends.set(ref, ended)
  }

  /** The enqueue did not note it, or may not have. */
  drop(ref: Ref): void {
    this.#ends.delete(ref)
  }

  /** Pushes may have been lost: what is awaited from now on is asked for. */
  clear(): void {
    this.#ends.clear()
  }
}
