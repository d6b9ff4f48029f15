import { setTimeout as pause } from 'node:timers/promises'
import { type Queue, RedisUnavailableError } from '../../lib/index.ts'

/** What a worker has yet to do. What is deferred may stay so for good. */
export const WORK = ['queued', 'scheduled', 'limited', 'started'] as const

const LOOK_MS = 200

/**
 * How many jobs wait or run, so that producers do not run away from workers that are struck all the time: what they left behind would
 * be drained for longer than the run. What was seen last counts while Redis is away, so that producers meet its absence.
 */
export class Backlog {
  readonly #queues: readonly Queue[]
  readonly #left = new Map<string, number>()
  highest = 0

  constructor(queues: readonly Queue[]) {
    this.#queues = queues
  }

  async watch(ending: AbortSignal): Promise<void> {
    while (!ending.aborted) {
      await this.#look()
      await pause(LOOK_MS)
    }
  }

  /** Of all queues, or of one. */
  size(name?: string): number {
    if (name !== undefined) return this.#left.get(name) ?? 0
    return [...this.#left.values()].reduce((sum, left) => sum + left, 0)
  }

  async #look(): Promise<void> {
    for (const queue of this.#queues) {
      try {
        const counts = await queue.counts()
        this.#left.set(
          queue.name,
          WORK.reduce((sum, state) => sum + counts[state], 0),
        )
      } catch (error) {
        if (!(error instanceof RedisUnavailableError)) throw error
      }
    }
    this.highest = Math.max(this.highest, this.size())
  }
}
