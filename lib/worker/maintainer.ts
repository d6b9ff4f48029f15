import { LONGEST_TIMER_MS } from '../core/longest-timer.ts'
import { DEFAULTS } from '../core/options.ts'
import type { Upkeep } from '../core/store.ts'
import { queueBase } from '../redis/keys.ts'
import type { RedisStore } from '../redis/store.ts'
import type { TakeTurn } from '../redis/turns.ts'
import type { WorkerRegistry } from '../redis/worker-registry.ts'
import type { Logger } from './logger.ts'
import type { QueueSet } from './queue-set.ts'
import { isOfOneQueue } from './queue-trouble.ts'

export interface MaintainerOptions {
  readonly store: RedisStore
  readonly queues: Pick<QueueSet, 'names'>
  readonly registry: WorkerRegistry
  readonly takeTurn: TakeTurn
  readonly leaseMs: number
  readonly log: Logger
  readonly everyMs: number
}

/**
 * Looks after the worker's queues. Any number of workers may do so at once, for the arrows are atomic and idempotent; where there are
 * many, few do at a time.
 */
export class Maintainer {
  readonly #options: MaintainerOptions
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #stopped = true
  #isNew = true

  constructor(options: MaintainerOptions) {
    this.#options = options
  }

  start(): void {
    if (!this.#stopped) return
    this.#stopped = false
    this.#running = this.#tick()
  }

  /** One round over all queues, or over some. One that cannot be looked after does not keep the others from it. */
  async runOnce(queues = this.#options.queues.names): Promise<Upkeep> {
    const { store, registry, leaseMs, log } = this.#options
    const sum = { promoted: 0, expired: 0, recovered: 0, abandoned: 0, delivered: 0, repaired: 0 }
    let trouble: unknown
    for (const queue of queues) {
      const upkeep = await store.tend(queue).catch((error) => {
        if (!isOfOneQueue(error)) throw error
        trouble ??= error
      })
      if (!upkeep) continue
      for (const key of Object.keys(sum) as (keyof Upkeep)[]) sum[key] += upkeep[key]
      if (upkeep.recovered > 0)
        log.warn(
          `${queue}: took back ${upkeep.recovered} ${upkeep.recovered === 1 ? 'job' : 'jobs'} whose worker is gone`,
        )
      if (upkeep.abandoned > 0)
        log.error(`${queue}: ${upkeep.abandoned} jobs failed, their workers died too often with them`)
      if (upkeep.repaired > 0)
        log.warn(`${queue}: canceled ${upkeep.repaired} jobs that waited for lost ones`)
    }
    await store.groups.tend()
    await registry.prune(2 * leaseMs)
    if (trouble) throw trouble
    return sum
  }

  /** The queues that nobody else has looked after of late. One that cannot be asked is left to `runOnce`, which tells of it. */
  async #turns(): Promise<string[]> {
    const { queues, store, takeTurn } = this.#options
    const taken = await Promise.all(
      queues.names.map((queue) =>
        takeTurn(queueBase(store.prefix, queue), DEFAULTS.maintenanceMs).catch(() => true),
      ),
    )
    return queues.names.filter((_, i) => taken[i])
  }

  async #tick(): Promise<void> {
    const began = performance.now()
    const { everyMs, leaseMs, queues, log } = this.#options
    // Who wants the dead found sooner than others do looks for itself.
    const isEager = everyMs < DEFAULTS.maintenanceMs || leaseMs < DEFAULTS.leaseMs
    // And who did it last may be whom this worker replaces.
    const mine = isEager || this.#isNew ? queues.names : await this.#turns()
    this.#isNew = false
    // What goes wrong here is tried again the next time; the fetcher tells of a Redis that is away.
    if (mine.length > 0)
      await this.runOnce(mine).catch((error: Error) => log.debug(`maintenance: ${error.message}`))
    if (this.#stopped) return
    const jitter = 0.8 + Math.random() * 0.4
    // Where others do it there is less to ask.
    const times = mine.length > 0 ? 1 : 2
    // From beginning to beginning: one that had much to do has more.
    const left = everyMs * times * jitter - (performance.now() - began)
    this.#timer = setTimeout(
      () => {
        this.#running = this.#tick()
      },
      Math.min(Math.max(left, everyMs / 10), LONGEST_TIMER_MS),
    )
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }
}
