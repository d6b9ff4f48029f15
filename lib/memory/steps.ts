import type { StepStore } from '../core/steps.ts'
import type { ClaimRef } from '../core/store.ts'
import type { MemoryJob } from './job.ts'
import type { MemoryQueue } from './memory-queue.ts'

/** What jobs keep between their runs. */
export class MemorySteps implements StepStore {
  readonly #queueOf: (name: string) => MemoryQueue

  constructor(queueOf: (name: string) => MemoryQueue) {
    this.#queueOf = queueOf
  }

  async keep(queue: string, claim: ClaimRef, name: string, payload: string): Promise<boolean> {
    return this.#holder(queue, claim)?.steps.set(name, payload) !== undefined
  }

  async sleep(name: string, claim: ClaimRef, step: string, ms: number): Promise<number | undefined> {
    const steps = this.#holder(name, claim)?.steps
    if (!steps) return undefined
    const { now } = this.#queueOf(name)
    const until = Number(steps.get(step) ?? now + ms)
    steps.set(step, String(until))
    return until - now
  }

  async kept(queue: string, id: string): Promise<Record<string, string>> {
    return Object.fromEntries(this.#queueOf(queue).job(id)?.steps ?? [])
  }

  #holder(name: string, { worker, id, token }: ClaimRef): MemoryJob | undefined {
    const queue = this.#queueOf(name)
    return queue.heldBy(worker).get(id)?.token === token ? queue.job(id) : undefined
  }
}
