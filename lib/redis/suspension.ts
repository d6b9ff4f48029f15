import { broadcastChannel, queueBase } from './keys.ts'
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
    for (let round = 1; ; round++) {
      const [until, flags] = await Promise.all([
        this.until(),
        Promise.all(queues.map((queue) => this.#flagOf(queue))),
      ])
      const wrong = queues.filter((_, i) => !isSame(flags[i], until))
      for (const queue of wrong) await this.#align(queue, until)
      // Somebody may have changed it meanwhile, and set these flags before this did.
      if (wrong.length === 0 || round === ROUNDS) return until !== undefined
    }
  }

  /** As it stands: one whose time is over is taken away like any other that the key does not ask for. */
  async #flagOf(queue: string): Promise<number | undefined> {
    const flags = `${queueBase(this.#store.prefix, queue)}flags`
    return readUntil(await this.#store.connection.attempt((client) => client.hget(flags, 'suspended')))
  }

  async #align(queue: string, until: number | undefined): Promise<void> {
    if (until === undefined) return this.#store.resume(queue, 'suspended')
    const isEndless = until === Number.POSITIVE_INFINITY
    const forMs = isEndless ? null : Math.max(1, until - (await this.#store.connection.attempt(redisNow)))
    await this.#store.pause(queue, 'suspended', forMs)
  }

  async #tell(word: 'suspend' | 'resume'): Promise<void> {
    const channel = broadcastChannel(this.#store.prefix)
    await this.#store.connection.attempt((client) => client.publish(channel, word))
  }
}

function isSame(flag: number | undefined, until: number | undefined): boolean {
  if (flag === undefined || until === undefined) return flag === until
  return flag === until || Math.abs(flag - until) < SAME_MS
}
