import { DEFAULTS } from '../core/options.ts'
import type { Upkeep } from '../core/store.ts'
import type { RedisStore } from '../redis/store.ts'
import type { Logger } from './logger.ts'
import type { QueueSet } from './queue-set.ts'
import { isOfOneQueue } from './queue-trouble.ts'

/** Looks after the worker's queues: every live worker does, for the arrows are atomic and idempotent. */
export class Maintainer {
  readonly #store: RedisStore
  readonly #queues: Pick<QueueSet, 'names'>
  readonly #log: Logger
  readonly #everyMs: number
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #stopped = true

  constructor(
    store: RedisStore,
    queues: Pick<QueueSet, 'names'>,
    log: Logger,
    everyMs: number = DEFAULTS.maintenanceMs,
  ) {
    this.#store = store
    this.#queues = queues
    this.#log = log
    this.#everyMs = everyMs
  }

  start(): void {
    if (!this.#stopped) return
    this.#stopped = false
    this.#running = this.#tick()
  }

  /** One round over all queues. One that cannot be looked after does not keep the others from it. */
  async runOnce(): Promise<Upkeep> {
    const sum = { promoted: 0, expired: 0, recovered: 0, abandoned: 0, delivered: 0, repaired: 0 }
    let trouble: unknown
    for (const queue of this.#queues.names) {
      const upkeep = await this.#store.tend(queue).catch((error) => {
        if (!isOfOneQueue(error)) throw error
        trouble ??= error
      })
      if (!upkeep) continue
      for (const key of Object.keys(sum) as (keyof Upkeep)[]) sum[key] += upkeep[key]
      if (upkeep.recovered > 0)
        this.#log.warn(
          `${queue}: took back ${upkeep.recovered} ${upkeep.recovered === 1 ? 'job' : 'jobs'} whose worker is gone`,
        )
      if (upkeep.abandoned > 0)
        this.#log.error(`${queue}: ${upkeep.abandoned} jobs failed, their workers died too often with them`)
      if (upkeep.repaired > 0)
        this.#log.warn(`${queue}: canceled ${upkeep.repaired} jobs that waited for lost ones`)
    }
    await this.#store.groups.tend()
    if (trouble) throw trouble
    return sum
  }

  async #tick(): Promise<void> {
    // What goes wrong here is tried again the next time; the fetcher tells of a Redis that is away.
    await this.runOnce().catch((error: Error) => this.#log.debug(`maintenance: ${error.message}`))
    if (this.#stopped) return
    const jitter = 0.8 + Math.random() * 0.4
    this.#timer = setTimeout(() => {
      this.#running = this.#tick()
    }, this.#everyMs * jitter)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }
}
