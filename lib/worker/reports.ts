import { setTimeout as wait } from 'node:timers/promises'
import { RedisFullError, RedisUnavailableError } from '../core/errors.ts'
import type { ClaimRef } from '../core/store.ts'
import type { TransientMap } from '../core/transient-map.ts'
import type { RedisStore } from '../redis/store.ts'
import type { Answer, Ask, Update } from '../run/assignment.ts'
import type { Held } from './held.ts'

const RETRY_MS = 1_000

/** What running jobs tell of themselves, and ask: on its way between their horses and the store. */
export class Reports {
  readonly #held: Pick<TransientMap<string, Held>, 'get'>
  readonly #store: RedisStore
  readonly #worker: string

  constructor(held: Pick<TransientMap<string, Held>, 'get'>, store: RedisStore, worker: string) {
    this.#held = held
    this.#store = store
    this.#worker = worker
  }

  update(id: string, { kind, value }: Update): void {
    const held = this.#held.get(id)
    if (!held) return
    if (kind !== 'meta' && kind !== 'progress') held.aux = true
    // On the wire before the job's ending, which would make it too late.
    this.#store.update(held.job.queue, this.#worker, id, held.job.token, kind, value).catch(() => {})
  }

  /** A job waits for the answer, so an outage of Redis is waited out, as long as the job may run. */
  async ask(id: string, ask: Ask): Promise<Answer> {
    for (;;) {
      const held = this.#held.get(id)
      if (!held || held.aborted === 'lease lost') return { kind: 'lost' }
      try {
        return await this.#answer(held, ask)
      } catch (error) {
        const isPassing = error instanceof RedisUnavailableError || error instanceof RedisFullError
        if (!isPassing) return { kind: 'refused', reason: (error as Error).message }
        await wait(RETRY_MS)
      }
    }
  }

  async #answer(held: Held, ask: Ask): Promise<Answer> {
    const { id, queue, token } = held.job
    const claim: ClaimRef = { worker: this.#worker, id, token }
    switch (ask.kind) {
      case 'kept':
        // A job that had nothing beside its record when it was claimed has kept nothing.
        return { kind: 'kept', values: held.aux ? await this.#store.steps.kept(queue, id) : {} }
      case 'keep':
        held.aux = true
        return (await this.#store.steps.keep(queue, claim, ask.name, ask.payload)) ? DONE : LOST
      case 'sleep': {
        held.aux = true
        const inMs = await this.#store.steps.sleep(queue, claim, ask.name, ask.ms)
        return inMs === undefined ? LOST : { kind: 'due', inMs }
      }
    }
  }
}

const DONE: Answer = { kind: 'done' }
const LOST: Answer = { kind: 'lost' }
