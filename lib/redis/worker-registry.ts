import type { WorkerInfo } from '../core/store.ts'
import type { Connection } from './connection.ts'
import { queueBase } from './keys.ts'
import { redisNow } from './time.ts'

/** Names whose record has expired leave the list so many at a time, however many died at once. */
const PRUNED_AT_ONCE = 100
/** As many of a worker's jobs are named. */
const NAMED_JOBS = 100

/** What workers tell of themselves, for whoever looks, and their claim to their names. Nothing of the arrows depends on it. */
export class WorkerRegistry {
  readonly #connection: Connection
  readonly #prefix: string

  constructor(connection: Connection, prefix: string) {
    this.#connection = connection
    this.#prefix = prefix
  }

  #key(name: string): string {
    return `${this.#prefix}:worker:${name}`
  }

  get #list(): string {
    return `${this.#prefix}:workers`
  }

  /**
   * Tells of a worker, for as long as it goes on telling. The whole of it each time: a Redis that lost it has it again.
   * @param instance tells it from any other that has, or had, its name
   * @returns the time, or nothing where another has the name
   */
  async tell(
    name: string,
    instance: string,
    queues: readonly string[],
    facts: Readonly<Record<string, string | number>>,
    ttlMs: number,
  ): Promise<number | undefined> {
    const fields = Object.entries({ ...facts, queues: JSON.stringify(queues) }).flat()
    const args = [instance, ttlMs, JSON.stringify(fields.map(String))]
    return (await this.#connection.run<number>('introduce', this.#key(name), args)) || undefined
  }

  /**
   * Where it is found.
   * @param named those of its queues that are there by being worked on
   * @param now when it has told of itself
   */
  async list(name: string, named: readonly string[], now: number): Promise<void> {
    await this.#connection.attempt((client) =>
      Promise.all([
        client.zadd(this.#list, now, name),
        named.length > 0 && client.sadd(`${this.#prefix}:queues`, ...named),
      ]),
    )
  }

  /** Takes workers off the list that have been silent for longer than this and have expired. Answers how many. */
  async prune(silentMs: number): Promise<number> {
    return this.#connection.attempt(async (client) => {
      const before = (await redisNow(client)) - silentMs
      const silent = await client.zrangebyscore(this.#list, '-inf', before, 'LIMIT', 0, PRUNED_AT_ONCE)
      if (silent.length === 0) return 0
      const there = await Promise.all(silent.map((name) => client.exists(this.#key(name))))
      const dead = silent.filter((_, i) => there[i] === 0)
      return dead.length === 0 ? 0 : client.zrem(this.#list, ...dead)
    })
  }

  /** Takes a worker off, whoever it is. */
  async remove(name: string): Promise<void> {
    await this.#connection.attempt((client) =>
      Promise.all([client.del(this.#key(name)), client.zrem(this.#list, name)]),
    )
  }

  async forget(name: string, instance: string): Promise<void> {
    if ((await this.#connection.run<number>('depart', this.#key(name), [instance])) === 0) return
    await this.#connection.attempt((client) => client.zrem(this.#list, name))
  }

  /** Every worker that still tells of itself, with the first hundred jobs that it holds. */
  async all(): Promise<WorkerInfo[]> {
    const names = await this.#connection.attempt((client) => client.zrange(this.#list, '0', '-1'))
    const found = await Promise.all(names.map((name) => this.one(name)))
    return found.filter((worker) => worker !== undefined)
  }

  async one(name: string): Promise<WorkerInfo | undefined> {
    return this.#connection.attempt(async (client) => {
      const { queues: listed, ...facts } = await client.hgetall(this.#key(name))
      if (listed === undefined) return undefined
      const queues = JSON.parse(listed) as string[]
      const held = await Promise.all(
        queues.map((queue) =>
          client.hscan(`${queueBase(this.#prefix, queue)}started:${name}`, 0, 'COUNT', NAMED_JOBS),
        ),
      )
      const jobs = held.flatMap(([, pairs]) => pairs.filter((_, i) => i % 2 === 0))
      return { ...facts, name, queues, jobs: jobs.slice(0, NAMED_JOBS) }
    })
  }
}
