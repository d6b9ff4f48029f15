/** All of funq but its workers: what `funq/producer` gives, for programs that only enqueue and should start quickly. */

export { Cancel } from './core/cancel-request.ts'
export type { Codec } from './core/codec.ts'
export type { Duration } from './core/duration.ts'
export { encryption } from './core/encryption.ts'
export * from './core/errors.ts'
export type { GroupProgress } from './core/groups.ts'
export type { JobHeaders } from './core/headers.ts'
export type { Intervals } from './core/intervals.ts'
export type {
  JobBegun,
  JobEnded,
  JobEnqueued,
  JobEvents,
  JobFailed,
  JobRepeated,
  JobRetried,
} from './core/job-events.ts'
export type { LimitOptions } from './core/limit.ts'
export type { LogLine } from './core/log-line.ts'
export type { JobOptions } from './core/options.ts'
export { RecordRef, type RecordType, registerType } from './core/record-types.ts'
export { type RegisterClassOptions, registerClass } from './core/register-class.ts'
export type { RemoteError } from './core/remote-error.ts'
export type { RepeatOptions } from './core/repeat.ts'
export type { ErrorClass, RetryOptions } from './core/retry.ts'
export { Retry, type RetryRequest } from './core/retry-request.ts'
export type { Secret } from './core/signature.ts'
export { Snooze, type SnoozeRequest } from './core/snooze-request.ts'
export type { JobStatus } from './core/states.ts'
export type { UniqueOptions } from './core/unique.ts'
export type { WebhookOptions } from './core/webhook.ts'
export { type Call, call, callWith } from './queue/call.ts'
export type { Callback, CallbackOptions } from './queue/callback.ts'
export type { ClientMiddleware, OutgoingJob } from './queue/client-middleware.ts'
export { type Configuration, configure, type PendingCall } from './queue/configure.ts'
export { type ContextProvider, provideContext } from './queue/context-provider.ts'
export { Cron, type CronSynced } from './queue/cron.ts'
export type { CronEntry } from './queue/cron-entry.ts'
export type { CronEntryOptions, CronOptions } from './queue/cron-options.ts'
export { type Delayed, type DelayOptions, delay } from './queue/delay.ts'
export type { DependsOn } from './queue/dependencies.ts'
export type { JobsWhere, RemoveOptions } from './queue/dequeue.ts'
export type { DurabilityOptions } from './queue/durability.ts'
export type { Dynamic } from './queue/dynamic-options.ts'
export { enqueue } from './queue/enqueue.ts'
export { type QueueEvent, type WatchOptions, watchEvents } from './queue/events.ts'
export { chain, chord } from './queue/flows.ts'
export type { FollowOptions } from './queue/follow.ts'
export { Group, type GroupOptions } from './queue/group.ts'
export type { JobHooks } from './queue/hooks.ts'
export { type CancelOptions, type Dependency, Job, type JobRun } from './queue/job.ts'
export { JobClass } from './queue/job-class.ts'
export type { LookupOptions } from './queue/open-jobs.ts'
export type { StoreOptions } from './queue/open-store.ts'
export { type Plugin, use } from './queue/plugin.ts'
export { type EnqueueCall, type EnqueueOptions, Queue, type QueueOptions, QueueWith } from './queue/queue.ts'
export { Registry, type RegistryEntry } from './queue/registry.ts'
export type { ReservedJob } from './queue/reserve.ts'
export { isSuspended, type PauseOptions, resume, type SuspendOptions, suspend } from './queue/suspend.ts'
export type { SweepOptions } from './queue/sweep.ts'
export type { QueueChoice } from './queue/target.ts'
export {
  type Background,
  type BackgroundMaker,
  background,
  type Delayable,
  job,
  type TaskMaker,
  type TaskOptions,
} from './queue/task.ts'
export type { Args, ArgsOf, FuncWithArgs, Result, ResultOf, Runnable, Task } from './queue/task-types.ts'
export type { WaitOptions } from './queue/wait-at-most.ts'
export type { ClusterSpec } from './redis/many-servers.ts'
export type { ConnectionSpec } from './redis/target.ts'
export type { Transaction } from './redis/transaction.ts'
export type { WorkerPlace } from './run/bootstrap.ts'
export type { EndedJob } from './run/builtins.ts'
export { type CurrentJob, currentJob, jobFields } from './run/current-job.ts'
export type { ExceptionHandler, FailedJob } from './run/exception-handlers.ts'
export { isWorker } from './run/is-worker.ts'
export { DontPerform, type RunHooks } from './run/job-hooks.ts'
export type { PerformerClass, Performs, StaticHooks } from './run/performer.ts'
export { type StepFunction, step } from './run/step.ts'
export type { RunningJob, WorkerMiddleware } from './run/worker-middleware.ts'
