export type DequeueStrategy = 'default' | 'random' | 'round_robin'
export const STRATEGIES = ['default', 'random', 'round_robin'] as const satisfies readonly DequeueStrategy[]

/**
 * The order in which queues are asked for work. `default`: as they were named, always. `round_robin`: the queue that gave a job goes to the
 * end, and with it those before it. `random`: shuffled after each job. Only a job that was given changes it.
 */
export class QueueOrder {
  readonly #strategy: DequeueStrategy
  readonly #random: () => number
  #queues: readonly string[]

  constructor(queues: readonly string[], strategy: DequeueStrategy, random: () => number = Math.random) {
    this.#queues = queues
    this.#strategy = strategy
    this.#random = random
  }

  get queues(): readonly string[] {
    return this.#queues
  }

  /** Whether the order may change with every single job, so that no more than one may be taken at a time. */
  get changes(): boolean {
    return this.#strategy !== 'default' && this.#queues.length > 1
  }

  /** A queue gave a job. */
  served(queue: string): void {
    if (!this.changes) return
    if (this.#strategy === 'random') {
      this.#queues = shuffled(this.#queues, this.#random)
      return
    }
    const next = this.#queues.indexOf(queue) + 1
    this.#queues = [...this.#queues.slice(next), ...this.#queues.slice(0, next)]
  }
}

/** Fisher and Yates's. */
function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const copy = [...list]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
  }
  return copy
}
