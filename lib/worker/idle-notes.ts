import type { Priorities, Step, StepReply } from '../core/store.ts'
import type { RedisStore } from '../redis/store.ts'

interface NotesOptions {
  readonly store: RedisStore
  readonly worker: string
  readonly burst: boolean
  readonly priorities: Priorities | undefined
}

/**
 * The queues in which this worker is noted as idle: whoever enqueues a lone job there hands it to one such worker. A note is made by the
 * step that found nothing, and used up by the job that is handed over.
 */
export class IdleNotes {
  readonly #store: RedisStore
  readonly #worker: string
  readonly #isOff: boolean
  readonly #noted = new Set<string>()
  #withdrawing: Promise<unknown> = Promise.resolve()

  constructor({ store, worker, burst, priorities }: NotesOptions) {
    this.#store = store
    this.#worker = worker
    // A burst does not wait for jobs, and whoever hands one over does not ask for its priority.
    this.#isOff = burst || priorities !== undefined
  }

  /** What a step that claims is to say. */
  of(queue: string): NonNullable<Step['idle']> {
    if (this.#noted.has(queue)) return 'noted'
    // Else a job could come after the heartbeat that tells what this worker holds, and look forgotten.
    return this.#isOff || !this.#store.connection.hearsInOrder ? 'no' : 'may'
  }

  looked(queue: string, said: Step['idle'], { jobs, left, alone, pausedFor }: StepReply): void {
    if (said === 'no' || pausedFor !== null) return
    if (jobs.length === 0 && !left && !alone) this.#noted.add(queue)
    else this.#noted.delete(queue)
  }

  used(queue: string): void {
    this.#noted.delete(queue)
  }

  /** No room is left. What is handed over before this is heard goes back to its queue. */
  withdraw(): void {
    if (this.#noted.size === 0) return
    const told = [...this.#noted].map((queue) => this.#store.notIdle(queue, this.#worker).catch(() => {}))
    this.#withdrawing = Promise.all([this.#withdrawing, ...told])
    this.#noted.clear()
  }

  /** Resolves when Redis has heard of it: what was handed over before is here by then. One that is away hands over nothing. */
  async withdrawn(): Promise<void> {
    this.withdraw()
    if (this.#store.connection.isReady) await this.#withdrawing
  }
}
