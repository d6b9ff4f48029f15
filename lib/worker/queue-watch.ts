import type { Doorbell } from '../redis/doorbell.ts'
import type { RedisStore } from '../redis/store.ts'
import type { Executor } from './executor.ts'
import type { QueueOrder } from './queue-order.ts'
import type { QueueSet } from './queue-set.ts'

const EVERY_MS = 1_000
/** A queue may go while another comes: every so often the names are read although their number is the same. */
const READ_EVERY = 10

export interface QueueWatchOptions {
  readonly worker: string
  readonly queues: QueueSet
  readonly store: RedisStore
  readonly executor: Pick<Executor, 'idsOf'>
  readonly order: QueueOrder
  readonly doorbell: Doorbell
  /** The worker is to look at its queues: a new one may be suspended, as all are. */
  readonly onChange: () => void
}

/** Keeps the globs of a worker's queues up to date, by one small question a second; of plain names it asks nothing. */
export class QueueWatch {
  readonly #options: QueueWatchOptions
  #timer: NodeJS.Timeout | undefined
  #seen = -1
  #ticks = 0

  constructor(options: QueueWatchOptions) {
    this.#options = options
  }

  start(): void {
    if (!this.#options.queues.isLive || this.#timer) return
    // A Redis that is away is told of elsewhere, and asked again.
    this.#timer = setInterval(() => void this.#tick().catch(() => {}), EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #tick(): Promise<void> {
    const { connection, prefix } = this.#options.store
    const count = await connection.attempt((client) => client.scard(`${prefix}:queues`))
    if (count === this.#seen && ++this.#ticks % READ_EVERY !== 0) return
    await this.runOnce()
    this.#seen = count
  }

  /** Reads the names of all queues. */
  async runOnce(): Promise<void> {
    const { queues, store, worker, executor, order, doorbell, onChange } = this.#options
    if (!queues.isLive) return
    const gone = queues.refresh(await store.queues(), (queue) => executor.idsOf(queue).size > 0)
    if (!gone) return
    order.update(queues.names)
    doorbell.update(queues.names)
    onChange()
    for (const queue of gone) {
      // Once nothing more can be handed over. What was keeps its lease: to leave would have another worker run it as well.
      await store.notIdle(queue, worker)
      if (executor.idsOf(queue).size === 0) await store.leave(queue, worker)
    }
  }
}
