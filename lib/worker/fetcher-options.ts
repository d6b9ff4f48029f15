import type { Priorities } from '../core/store.ts'
import type { Doorbell } from '../redis/doorbell.ts'
import type { RedisStore } from '../redis/store.ts'
import type { Executor } from './executor.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { Logger } from './logger.ts'
import type { QueueOrder } from './queue-order.ts'
import type { Quota } from './quota.ts'

export interface FetcherOptions {
  readonly worker: string
  readonly order: QueueOrder
  readonly quota: Quota
  readonly store: RedisStore
  readonly executor: Executor
  readonly doorbell: Doorbell
  /** Told at each turn whether there is nothing to do. */
  readonly onTurn: (isIdle: boolean) => void
  readonly heartbeat: Heartbeat
  readonly leaseMs: number
  readonly burst: boolean
  readonly priorities: Priorities | undefined
  /** Longest time that it sleeps before it looks again. */
  readonly blockMs: number
  /** Looks for queues that are new. */
  readonly findQueues: () => Promise<void>
  readonly log: Logger
}
