/**
 * A job is one call of a function, with its arguments, kept in Redis. It waits in a queue; a worker claims it and hands it to a
 * work-horse, the process or thread that runs it. Its result, or its error, is kept for its time to live. A job may depend
 * on others and is released when they have finished. What failed for good is in the failed registry and can be requeued.
 */

export { type LoadConfigOptions, type LoadedConfig, loadConfig } from './config/load.ts'
export * from './producer.ts'
export { sendKillHorse, sendShutdown, sendStopJob } from './worker/commands.ts'
export type { FleetOptions, WorkerSnapshot, WorkerState } from './worker/fleet.ts'
export type { Isolation } from './worker/horse/horse.ts'
export type { FieldLogger, LogFields, Logger } from './worker/logger.ts'
export { type PoolPart, type PoolWorker, WorkerPool, type WorkerPoolOptions } from './worker/pool.ts'
export type { DequeueStrategy } from './worker/queue-order.ts'
export type { Readiness } from './worker/readiness.ts'
export type { LiveRun } from './worker/running.ts'
export {
  Worker,
  type WorkerEvents,
  type WorkerLife,
  type WorkerListener,
  type WorkerOptions,
  type WorkerTotals,
} from './worker/worker.ts'
