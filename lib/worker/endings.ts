import { getOrMake } from '../core/get-or-make.ts'
import type { Claimed, Ending } from '../core/store.ts'
import { optionsOf } from '../run/assign.ts'
import type { Verdict } from '../run/verdict.ts'
import { type Held, toHeld } from './held.ts'
import { giveBack } from './verdicts.ts'

/** How a job ended, until it is on its way to the store. */
export interface Unsent {
  readonly held: Held
  readonly verdict: Verdict
  /** By performance.now(). */
  readonly endedAt: number
  readonly ms: number
}

/** What the worker has to tell of jobs that ended, by queue, in their order. */
export class Endings {
  readonly #byQueue = new Map<string, Unsent[]>()
  #count = 0

  get isEmpty(): boolean {
    return this.#count === 0
  }

  get queues(): string[] {
    return [...this.#byQueue.keys()].filter((queue) => this.of(queue).length > 0)
  }

  add(unsent: Unsent): void {
    this.#count += 1
    getOrMake(this.#byQueue, unsent.held.job.queue, () => []).push(unsent)
  }

  /** Of a job that was never held here. */
  giveBack(job: Claimed): void {
    const held = toHeld(job, optionsOf(job), false)
    this.add({ held, verdict: giveBack(), endedAt: performance.now(), ms: 0 })
  }

  of(queue: string): readonly Unsent[] {
    return this.#byQueue.get(queue) ?? []
  }

  /** Takes up to `most` of a queue, to be sent; `putBack` them if that fails. */
  take(queue: string, most: number): Unsent[] {
    const endings = this.#byQueue.get(queue)
    if (!endings || endings.length === 0) return []
    const taken = endings.length > most ? endings.splice(0, most) : endings
    // The queue keeps its place: a key that comes and goes would have the Map move its entries all the time (core/transient-map.ts).
    if (taken === endings) this.#byQueue.set(queue, [])
    this.#count -= taken.length
    return taken
  }

  putBack(queue: string, endings: readonly Unsent[]): void {
    if (endings.length === 0) return
    this.#byQueue.set(queue, [...endings, ...this.of(queue)])
    this.#count += endings.length
  }
}

/** An ending as it is sent, by the time that has passed since. Field by field: a spread costs more than all else of a short job. */
export function toEnding({ held, verdict, endedAt, ms }: Unsent): Ending {
  const { job, aux } = held
  return {
    id: job.id,
    token: job.token,
    kind: verdict.kind,
    endedAgo: performance.now() - endedAt,
    ranMs: ms,
    attempt: job.attempt,
    payload: verdict.payload,
    ttl: verdict.ttl,
    atFront: verdict.atFront === true,
    aux,
  }
}
