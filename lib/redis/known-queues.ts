import type { Connection } from './connection.ts'

const KNOWN_FOR_MS = 60_000
/** A producer that takes a queue for known may yet have to wait for its Redis, for as long as it was told to be patient. */
export const FORGOTTEN_FOR_MS = 10 * KNOWN_FOR_MS

/**
 * The set of all queues' names. A producer adds its own once a minute, not with each enqueue; so whoever deletes a queue (`forget`) may take out a
 * name that others hold for known. What is enqueued before the script that forgets is found by it. What comes after it hears of it in its reply
 * and adds the name once more; where that is done too soon, between the script and the removal of the name, the second look of `forget` finds the job.
 */
export class KnownQueues {
  readonly #connection: Connection
  readonly #key: string
  readonly #since = new Map<string, number>()
  /** The forgetting of a queue after which its name was added. */
  readonly #forgotten = new Map<string, number>()

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

  /** A queue was forgotten not long ago, and has jobs again. @param forgotten tells that time from others: once for each is enough */
  async addAgain(queue: string, forgotten?: number): Promise<void> {
    if (forgotten !== undefined && this.#forgotten.get(queue) === forgotten) return
    this.#since.delete(queue)
    await this.add(queue)
    if (forgotten !== undefined) this.#forgotten.set(queue, forgotten)
  }

  async remove(queue: string): Promise<void> {
    this.#since.delete(queue)
    await this.#connection.attempt((client) => client.srem(this.#key, queue))
  }

  async all(): Promise<string[]> {
    return (await this.#connection.attempt((client) => client.smembers(this.#key))).sort()
  }
}
