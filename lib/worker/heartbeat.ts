import { RedisFullError } from '../core/errors.ts'
import { DEFAULTS } from '../core/options.ts'
import type { RedisStore } from '../redis/store.ts'
import type { WorkerRegistry } from '../redis/worker-registry.ts'
import type { Executor } from './executor.ts'
import type { Logger } from './logger.ts'

export interface HeartbeatOptions {
  readonly worker: string
  readonly queues: readonly string[]
  readonly store: RedisStore
  readonly registry: WorkerRegistry
  readonly executor: Executor
  readonly facts: () => Readonly<Record<string, string | number>>
  readonly log: Logger
}

/** Keeps the worker's lease, and its view of what it holds in line with the store's. */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  #last = Number.NEGATIVE_INFINITY
  #kept = performance.now()
  #watchdog: NodeJS.Timeout | undefined

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  get dueAt(): number {
    return this.#last + DEFAULTS.heartbeatMs
  }

  get isDue(): boolean {
    return performance.now() >= this.dueAt
  }

  /** From now on a lease that could not be kept in time is given up here as well: another worker may have the jobs by then. */
  start(): void {
    this.#kept = performance.now()
    this.#watchdog ??= setInterval(() => {
      const { executor, log } = this.#options
      if (executor.held === 0 || performance.now() - this.#kept < DEFAULTS.leaseMs) return
      log.error(
        'Lost the lease on all jobs: Redis could not be reached in time. Their results will be refused.',
      )
      executor.loseLease([...this.#options.queues.flatMap((queue) => [...executor.idsOf(queue)])])
    }, 1_000)
  }

  /** A reply may have been lost, and with it what the worker holds: the next beat is due now. */
  hurry(): void {
    this.#last = Number.NEGATIVE_INFINITY
  }

  /** Not while a claim is under way, whose jobs would look forgotten. */
  async beat(): Promise<void> {
    const { queues, registry, worker, facts } = this.#options
    const sent = performance.now()
    for (const queue of queues) await this.#renew(queue)
    await registry.tell(worker, queues, facts(), 2 * DEFAULTS.leaseMs).catch((error) => {
      // It serves whoever looks, no more: a full Redis must not keep the worker from emptying it.
      if (!(error instanceof RedisFullError)) throw error
    })
    this.#last = sent
    this.#kept = sent
  }

  async #renew(queue: string): Promise<void> {
    const { store, worker, executor, log } = this.#options
    const before = executor.idsOf(queue)
    const inStore = new Set(await store.heartbeat(queue, worker))
    const after = executor.idsOf(queue)
    const lost = [...before].filter((id) => !inStore.has(id) && after.has(id))
    if (lost.length > 0) {
      log.warn(`${queue}: the claim on ${lost.join(', ')} does not stand any more; stopping the run`)
      executor.loseLease(lost)
    }
    // Claimed by a call whose reply was lost: nobody runs it, and this heartbeat keeps it from all others.
    const forgotten = [...inStore].filter((id) => !before.has(id) && !after.has(id))
    if (forgotten.length > 0) await store.giveBackForgotten(queue, worker, forgotten)
  }

  stop(): void {
    clearInterval(this.#watchdog)
    this.#watchdog = undefined
  }
}
