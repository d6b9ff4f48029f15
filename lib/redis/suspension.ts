import { broadcastChannel } from './keys.ts'
import { readUntil } from './read.ts'
import type { RedisStore } from './store.ts'
import { redisNow } from './time.ts'

/** Two clocks of one wish: the flag of a queue is set a moment after the key that it follows. */
const SAME_MS = 5_000
const ROUNDS = 3

/**
 * The rest of all workers: one key for all, and a flag on each queue, for a script may look at its own queue's keys only. What a
 * crash leaves of the one without the other, and a queue that is new, is mended by the workers (`follow`).
 */
export class Suspension {
  readonly #store: RedisStore
  readonly #key: string

  constructor(store: RedisStore) {
    this.#store = store
    this.#key = `${store.prefix}:suspended`
  }

  /** @param forMs null for until it is resumed */
  async begin(forMs: number | null): Promise<void> {
    await this.#store.connection.attempt(async (client) => {
      if (forMs === null) return client.set(this.#key, 'inf')
      const until = (await this.#store.connection.attempt(redisNow)) + forMs
      return client.set(this.#key, until, 'PXAT', until)
    })
    for (const queue of await this.#store.queues()) await this.#store.pause(queue, 'suspended', forMs)
    await this.#tell('suspend')
  }

  async end(): Promise<void> {
    await this.#store.connection.attempt((client) => client.del(this.#key))
    for (const queue of await this.#store.queues()) await this.#store.resume(queue, 'suspended')
    await this.#tell('resume')
  }

  /** Until when, in ms since 1970; Infinity until it is resumed, undefined where nothing is suspended. */
  async until(): Promise<number | undefined> {
    return readUntil(await this.#store.connection.attempt((client) => client.get(this.#key)))
  }

  /** Brings the flags of some queues in line with the key. Answers whether it is suspended. */
  async follow(queues: readonly string[]): Promise<boolean> {
    let until = await this.until()
    for (let round = 0; round < ROUNDS; round++) {
      for (const queue of queues) await this.#align(queue, until)
      // Somebody may have changed it meanwhile, and set these flags before this did.
      const now = await this.until()
      if (now === until) break
      until = now
    }
    return until !== undefined
  }

  async #align(queue: string, until: number | undefined): Promise<void> {
    const { suspended } = await this.#store.pauses(queue)
    if (until === undefined) {
      if (suspended !== undefined) await this.#store.resume(queue, 'suspended')
      return
    }
    if (suspended !== undefined && (suspended === until || Math.abs(suspended - until) < SAME_MS)) return
    const forMs =
      until === Number.POSITIVE_INFINITY
        ? null
        : Math.max(1, until - (await this.#store.connection.attempt(redisNow)))
    await this.#store.pause(queue, 'suspended', forMs)
  }

  async #tell(word: 'suspend' | 'resume'): Promise<void> {
    const channel = broadcastChannel(this.#store.prefix)
    await this.#store.connection.attempt((client) => client.publish(channel, word))
  }
}
