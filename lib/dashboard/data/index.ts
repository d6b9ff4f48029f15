/**
 * What the dashboard reads and does, without its pages: functions over a store that give plain data. Each is bounded in time, and asks
 * Redis in at most four round trips. What cannot be done is an error that says why.
 */
export type * from '../../core/metrics.ts'
export { type ErrorGroup, readErrors } from '../../queue/find/errors.ts'
export {
  type FindOptions,
  type JobFilter,
  type JobPage,
  type JobRow,
  ORDERS,
  type Order,
} from '../../queue/find/filter.ts'
export { findJobs } from '../../queue/find/find.ts'
export { type SearchPage, search } from '../../queue/find/search.ts'
export { readMetrics } from '../../redis/metrics.ts'
export type * from './action-types.ts'
export { BULK_ACTIONS } from './action-types.ts'
export { readCron } from './cron.ts'
export { readJob, readPayload } from './job.ts'
export { LiveSampler, sampleLive } from './live.ts'
export { readOverview } from './overview.ts'
export { readQueue, readQueues } from './queues.ts'
export type * from './types.ts'
export { PAYLOADS } from './types.ts'
export { readWorkers } from './workers.ts'

import type { RedisStore } from '../../redis/store.ts'
import type { Actor, AuditEntry, BulkProgress, BulkRequest, Edit } from './action-types.ts'
import type { Flow, SystemReport } from './types.ts'

type Reads<A extends unknown[], T> = (store: RedisStore, ...args: A) => Promise<T>

/** The functions of this folder, by their names; those that are exported above are there, the others are to come with these signatures. */
export interface DashboardData {
  readFlow: Reads<
    [of: { readonly job: string; readonly queue?: string } | { readonly group: string }],
    Flow | undefined
  >
  readSystem: Reads<[], SystemReport>
  readAudit: Reads<
    [options?: { readonly cursor?: string; readonly limit?: number }],
    { readonly entries: readonly AuditEntry[]; readonly next: string | null }
  >
  /** Does a part of it; see BulkProgress. */
  runBulk: Reads<[request: BulkRequest, actor: Actor, cursor?: string], BulkProgress>
  /** A new job with other arguments: its id. Of a failed one the new job says whence it comes. @throws JobNotFoundError, InvalidArgumentError */
  retryEdited: Reads<[ref: string, edit: Edit, actor: Actor], string>
  /** A new job of a function that workers have published. @param argsJson a list */
  enqueueByName: Reads<[queue: string, func: string, argsJson: string, actor: Actor], string>
  readFunctions: Reads<[], readonly string[]>
  pauseQueue: Reads<
    [queue: string, how: { readonly forMs?: number; readonly reason?: string }, actor: Actor],
    void
  >
  resumeQueue: Reads<[queue: string, actor: Actor], void>
  /** Deletes what is queued, in parts as `runBulk`. */
  emptyQueue: Reads<[queue: string, actor: Actor, cursor?: string], BulkProgress>
  deleteQueue: Reads<[queue: string, actor: Actor, cursor?: string], BulkProgress>
  runCron: Reads<[name: string, actor: Actor], string>
  pauseCron: Reads<[name: string, actor: Actor], void>
  resumeCron: Reads<[name: string, actor: Actor], void>
  editCron: Reads<
    [
      name: string,
      schedule: { readonly cron?: string; readonly timezone?: string; readonly every?: string },
      actor: Actor,
    ],
    void
  >
  removeCron: Reads<[name: string, actor: Actor], boolean>
  /** `quiet`: it claims no more, what it runs goes on. `stop`: as SIGTERM. `kill`: its running jobs fail. */
  tellWorker: Reads<[name: string, what: 'quiet' | 'stop' | 'kill', actor: Actor], void>
  markDeploy: Reads<[label: string, actor: Actor], void>
  readDeploys: Reads<[from: number, to: number], readonly { readonly at: number; readonly label: string }[]>
}
