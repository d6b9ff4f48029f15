import type { Connection } from './connection.ts'

const KNOWN_FOR_MS = 60_000

/** The set of all queues' names. A producer adds its own once a minute, not with each enqueue. */
export class KnownQueues {
  readonly #connection: Connection
  readonly #key: string
  readonly #since = new Map<string, number>()

  constructor(connection: Connection, prefix: string) {
    this.#connection = connection
    this.#key = `${prefix}:queues`
  }

  get key(): string {
    return this.#key
  }

  has(queue: string): boolean {
    return performance.now() - (this.#since.get(queue) ?? Number.NEGATIVE_INFINITY) < KNOWN_FOR_MS
  }

  async add(queue: string): Promise<void> {
    if (this.has(queue)) return
    this.#since.set(queue, performance.now())
    try {
      await this.#connection.attempt((client) => client.sadd(this.#key, queue))
    } catch (error) {
      this.#since.delete(queue)
      throw error
    }
  }

  async remove(queue: string): Promise<void> {
    this.#since.delete(queue)
    await this.#connection.attempt((client) => client.srem(this.#key, queue))
  }

  async all(): Promise<string[]> {
    return (await this.#connection.attempt((client) => client.smembers(this.#key))).sort()
  }
}
