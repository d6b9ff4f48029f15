import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect } from 'vitest'
import type { JobRecord } from '../../lib/core/record.ts'
import type { Claimed, Ending, NewJob, Step, StepReply, Store, Upkeep } from '../../lib/core/store.ts'
import { MemoryStore } from '../../lib/memory/store.ts'
import { Connection } from '../../lib/redis/connection.ts'
import { RedisStore } from '../../lib/redis/store.ts'
import { toTarget } from '../../lib/redis/target.ts'
import { ArrowWatch } from './arrows.ts'
import { elapse } from './elapse.ts'
import { wipe } from './keyspace.ts'
import { plainClient } from './plain-client.ts'
import { until } from './until.ts'
import { walk } from './walker.ts'

export const REDIS_URL = process.env.FUNQ_TEST_REDIS_URL!

export type StoreKind = 'redis' | 'memory'

/** A job with nothing special about it, but for what `more` says. */
export function job(id: string, more: Partial<NewJob> = {}): NewJob {
  return { id, func: './tasks#add', args: '[1,2]', options: {}, ...more }
}

/** A job that waits for others: ids of queue q, or whole refs. */
export function child(
  id: string,
  parents: readonly string[],
  more: Partial<NewJob> & { allowFailure?: boolean } = {},
) {
  const { allowFailure = false, ...rest } = more
  const refs = parents.map(
    (parent) => (parent.includes('@') ? parent : `${parent}@q`) as `${string}@${string}`,
  )
  return job(id, { parents: refs.map((ref) => ({ ref, allowFailure })), ...rest })
}

/** How a claim ends: well, with the result 3, kept for 500 s, unless `more` says otherwise. */
export function ending({ id, token, attempt }: Claimed, more: Partial<Ending> = {}): Ending {
  const payload =
    more.kind === 'failed' || more.kind === 'stopped' || more.kind?.startsWith('retry') ? ERROR : '3'
  return {
    id,
    token,
    kind: 'finished',
    endedAgo: 0,
    ranMs: 5,
    attempt,
    payload,
    ttl: 500_000,
    aux: true,
    ...more,
  }
}

export const ERROR = '{"name":"Error","message":"no luck"}'

const NOTHING: Step = { endings: [], beginnings: [], want: 0, begin: true, held: 0 }

/** A fresh store for each test, and the moves that most tests make. The queue is q, the worker w, unless told otherwise. */
export class StoreKit {
  readonly kind: StoreKind
  store!: Store
  /** A plain client, to look behind the store. */
  redis!: Redis
  prefix = ''
  #offset = 0
  #arrows = new ArrowWatch()

  constructor(kind: StoreKind) {
    this.kind = kind
  }

  open(): void {
    this.#offset = 0
    if (this.kind === 'memory') {
      this.#arrows = new ArrowWatch()
      this.store = new MemoryStore({ now: () => Date.now() + this.#offset, watcher: this.#arrows })
      return
    }
    this.prefix = `t${randomUUID().slice(0, 8)}`
    this.redis = plainClient(REDIS_URL)
    this.store = this.another()
  }

  /** A second store on the same data: another process. */
  another(): RedisStore {
    return new RedisStore(new Connection(toTarget(REDIS_URL)), this.prefix)
  }

  async close(): Promise<void> {
    await this.store.idle()
    await this.store.close()
    if (this.kind === 'memory') {
      expect(this.#arrows.forbidden).toEqual([])
      return
    }
    const broken = await walk(this.redis, this.prefix)
    await wipe(this.redis, this.prefix)
    await this.redis.quit()
    expect(broken).toEqual([])
  }

  key(name: string, queue = 'q'): string {
    return `${this.prefix}:{${queue}}:${name}`
  }

  /** Makes time pass, for the store and for everything that expires. */
  async elapse(ms: number): Promise<void> {
    // What a script still owes may be made while the times are moved, and would keep its own.
    await this.store.idle()
    if (this.kind === 'memory') this.#offset += ms
    else await elapse(this.redis, this.prefix, ms)
  }

  enqueue(...jobs: NewJob[]) {
    return this.store.enqueue('q', jobs)
  }

  step(step: Partial<Step>, { queue = 'q', worker = 'w' } = {}): Promise<StepReply> {
    return this.store.step(queue, worker, { ...NOTHING, ...step })
  }

  async claim(
    want = 1,
    { queue = 'q', worker = 'w', begin = true, held = 0 } = {},
  ): Promise<readonly Claimed[]> {
    return (await this.step({ want, begin, held }, { queue, worker })).jobs
  }

  /** Claims the next job, which must be there. */
  async claimOne(where: { queue?: string; worker?: string; begin?: boolean } = {}): Promise<Claimed> {
    const [claimed] = await this.claim(1, where)
    if (!claimed) throw new Error('expected a job to claim, the queue is empty')
    return claimed
  }

  /** Ends a claim, and waits until its dependents have heard. Answers whether it was accepted. */
  async end(claimed: Claimed, more: Partial<Ending> = {}, worker = 'w'): Promise<boolean> {
    const { stale } = await this.step({ endings: [ending(claimed, more)] }, { queue: claimed.queue, worker })
    await this.store.idle()
    return stale.length === 0
  }

  /** Runs the next job of a queue to its end. */
  async run(more: Partial<Ending> = {}, queue = 'q'): Promise<Claimed> {
    const claimed = await this.claimOne({ queue })
    await this.end(claimed, more)
    return claimed
  }

  async record(id: string, queue = 'q'): Promise<JobRecord | undefined> {
    return (await this.store.fetch(queue, [id]))[0]
  }

  async status(id: string, queue = 'q'): Promise<string> {
    return (await this.record(id, queue))?.status ?? 'gone'
  }

  /** Resolves when Redis knows that somebody waits for a job. */
  async awaited(id: string, queue = 'q'): Promise<void> {
    if (this.kind === 'memory') return
    await until(
      `a wait for ${id}`,
      async () => (await this.redis.hexists(this.key('watched', queue), id)) === 1,
    )
  }

  queued(queue = 'q'): Promise<string[]> {
    return this.store.list(queue, 'queued', { limit: 10_000 })
  }

  tend(queue = 'q'): Promise<Upkeep> {
    return this.store.tend(queue)
  }

  /** A worker that dies with what it holds: its lease ends, and another takes its jobs back. */
  async die(worker = 'w', queue = 'q'): Promise<Upkeep> {
    await this.store.leave(queue, worker)
    return this.tend(queue)
  }
}

/** Defines the same tests for both stores. After each on Redis the data is walked for anything that does not add up. */
export function describeStores(title: string, define: (t: StoreKit) => void): void {
  for (const kind of ['redis', 'memory'] as const) describeStore(`${title} (${kind})`, kind, define)
}

/** Tests of what only one store can show. */
export function describeStore(title: string, kind: StoreKind, define: (t: StoreKit) => void): void {
  describe(title, () => {
    const kit = new StoreKit(kind)
    beforeEach(() => kit.open())
    afterEach(() => kit.close())
    define(kit)
  })
}
