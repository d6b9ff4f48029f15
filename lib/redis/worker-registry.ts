import type { WorkerInfo } from '../core/store.ts'
import type { Connection } from './connection.ts'

/** A worker that went without a word is no longer listed after this. */
const FORGOTTEN_AFTER_MS = 3_600_000

/** What workers tell of themselves, for whoever looks; nothing of the arrows depends on it. */
export class WorkerRegistry {
  readonly #connection: Connection
  readonly #prefix: string

  constructor(connection: Connection, prefix: string) {
    this.#connection = connection
    this.#prefix = prefix
  }

  /** Tells of a worker, for as long as it goes on telling. The whole of it each time: a Redis that lost it has it again. */
  async tell(
    name: string,
    queues: readonly string[],
    facts: Readonly<Record<string, string | number>>,
    ttlMs: number,
  ): Promise<void> {
    const key = `${this.#prefix}:worker:${name}`
    await this.#connection.attempt(async (client) => {
      const [seconds] = await client.time()
      const now = Number(seconds) * 1000
      await Promise.all([
        client.hset(key, { ...facts, heartbeat: now, queues: JSON.stringify(queues) }),
        client.pexpire(key, ttlMs),
        client.zadd(`${this.#prefix}:workers`, now, name),
        client.zremrangebyscore(`${this.#prefix}:workers`, '-inf', now - FORGOTTEN_AFTER_MS),
        client.sadd(`${this.#prefix}:queues`, ...queues),
      ])
    })
  }

  async forget(name: string): Promise<void> {
    await this.#connection.attempt((client) =>
      Promise.all([
        client.del(`${this.#prefix}:worker:${name}`),
        client.zrem(`${this.#prefix}:workers`, name),
      ]),
    )
  }

  /** Every worker that still tells of itself. */
  async all(): Promise<WorkerInfo[]> {
    return this.#connection.attempt(async (client) => {
      const names = await client.zrange(`${this.#prefix}:workers`, '0', '-1')
      const facts = await Promise.all(names.map((name) => client.hgetall(`${this.#prefix}:worker:${name}`)))
      return names.flatMap((name, i) => {
        const { queues, ...rest } = facts[i]!
        return queues === undefined ? [] : [{ ...rest, name, queues: JSON.parse(queues) as string[] }]
      })
    })
  }
}
