export const STRATEGIES = ['default', 'random', 'round_robin', 'weighted'] as const
/** In which order a worker asks its queues for jobs; `default` is the order that they are named in. */
export type DequeueStrategy = (typeof STRATEGIES)[number]

/**
 * The order in which queues are asked for work. `default`: as they were named, always. `round_robin`: the queue that gave a job goes to the
 * end, and with it those before it. `random`: shuffled after each job.
 * `weighted`: the same, but one of weight 5 comes first five times as often as one of weight 1. Only a job that was given changes it.
 */
export class QueueOrder {
  readonly #strategy: DequeueStrategy
  readonly #random: () => number
  readonly #weightOf: (queue: string) => number
  #queues: readonly string[]

  constructor(
    queues: readonly string[],
    strategy: DequeueStrategy,
    random: () => number = Math.random,
    weightOf: (queue: string) => number = () => 1,
  ) {
    this.#strategy = strategy
    this.#random = random
    this.#weightOf = weightOf
    this.#queues = strategy === 'weighted' ? this.#weighted(queues) : queues
  }

  /** Queues have come, or gone. */
  update(queues: readonly string[]): void {
    this.#queues = this.#strategy === 'weighted' ? this.#weighted(queues) : queues
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
    if (this.#strategy === 'weighted') {
      this.#queues = this.#weighted(this.#queues)
      return
    }
    const next = this.#queues.indexOf(queue) + 1
    this.#queues = [...this.#queues.slice(next), ...this.#queues.slice(0, next)]
  }

  /** By Efraimidis and Spirakis: each is first as often as its weight is of all weights, and of the rest likewise. */
  #weighted(queues: readonly string[]): string[] {
    const keys = queues.map((queue) => ({ queue, key: this.#random() ** (1 / this.#weightOf(queue)) }))
    return keys.sort((a, b) => b.key - a.key).map(({ queue }) => queue)
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
