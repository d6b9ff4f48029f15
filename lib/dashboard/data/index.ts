/**
 * What the dashboard reads and does, without its pages: functions over a store that give plain data. Each is bounded in time, and asks
 * Redis in at most four round trips. What cannot be done is an error that says why.
 */
export type * from '../../core/metrics.ts'
export { type Actor, audited } from '../../queue/audited.ts'
export { type ErrorGroup, type ErrorOptions, readErrors } from '../../queue/find/errors.ts'
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
export { type AuditEntry, type AuditPage, readAudit } from '../../redis/audit.ts'
export { type Deploy, readDeploys } from '../../redis/deploys.ts'
export { readMetrics } from '../../redis/metrics.ts'
export { readTrends } from '../../redis/trends.ts'
export { confirmBulk, runBulk } from './act/bulk.ts'
export { enqueueByName, readFunctions, retryEdited } from './act/copy.ts'
export {
  editCron,
  markDeploy,
  pauseCron,
  removeCron,
  resumeCron,
  runCron,
  snoozeError,
  tellWorker,
  wakeError,
} from './act/others.ts'
export {
  deleteQueue,
  emptyQueue,
  type PauseHow,
  pauseQueue,
  resumeAll,
  resumeQueue,
  suspendAll,
} from './act/queues.ts'
export type * from './action-types.ts'
export { BULK_ACTIONS } from './action-types.ts'
export { readCron, readCronNames } from './cron.ts'
export { readFlow } from './flow.ts'
export { readJob, readPayload } from './job.ts'
export { LiveSampler, sampleLive } from './live.ts'
export { readOverview } from './overview.ts'
export { readClock, readPace, readQueue, readQueues } from './queues.ts'
export { readSystem } from './system.ts'
export type * from './types.ts'
export { PAYLOADS } from './types.ts'
export { readWorkerFacts, readWorkers } from './workers.ts'
