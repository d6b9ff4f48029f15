import { AsyncLocalStorage } from 'node:async_hooks'
import type { Duration } from '../core/duration.ts'
import type { JobHeaders } from '../core/headers.ts'
import type { SnoozeRequest } from '../core/snooze-request.ts'

/** What a running job can see of itself. */
export interface CurrentJob {
  /** The same in every attempt: a key for idempotent work. */
  readonly id: string
  readonly queue: string
  /** `path#export` of the function that runs. */
  readonly func: string
  /** 1 for the first run. */
  readonly attempt: number
  /** How many runs its `retry` allows, the first included: 1 without one. A job that throws a Retry may have more. */
  readonly maxAttempts: number
  /** How often a worker died while it ran this job. */
  readonly recoveries: number
  /** How often the job has put itself off by a Snooze. */
  readonly snoozes: number
  /** The name of the worker that runs it. */
  readonly worker: string
  /**
   * Aborted when the job should end: its reason is a JobTimeoutError, ShutdownError, JobStoppedError or
   * LeaseLostError. A job that goes on regardless is killed after a grace.
   */
  readonly signal: AbortSignal
  /** What came with the job beside its arguments. */
  readonly headers: JobHeaders
  /** The job's own data, to read and change, of values that could be arguments; `saveMeta()` keeps the changes. */
  readonly meta: Record<string, unknown>
  /** Writes `meta` to the job. Throws SerializationError or PayloadTooLargeError. */
  saveMeta(): void
  /** Reports how far the job has come: any JSON value. Throws SerializationError or PayloadTooLargeError. */
  progress(value: unknown): void
  /** Reports `{ done, total }`. */
  progress(done: number, total: number): void
  /** Adds a line to the job's log, formatted as console.log does; cut to 10,000 characters. */
  log(...args: unknown[]): void
  /** As the function `step`. */
  step<T>(name: string, fn: () => T | Promise<T>): Promise<T>
  /** As `step.sleep`. */
  sleep(name: string, duration: Duration): Promise<void>
  /**
   * Keeps how far the job has come: any value that could be an argument. Once this resolves, a later run finds it by `checkpointed()`.
   * @throws SerializationError, PayloadTooLargeError, LeaseLostError, StepNotKeptError
   */
  checkpoint(value: unknown): Promise<void>
  /** The last checkpoint, of this run or an earlier one; undefined before the first. */
  checkpointed<T = unknown>(): Promise<T | undefined>
  /** Throws a Snooze: the job runs again later, and this run does not count. */
  snooze(request: Duration | SnoozeRequest): never
  /** Throws a Cancel: the job ends canceled. */
  cancel(reason?: string): never
}

/**
 * One storage a process, even where funq is loaded twice (as ESM and CommonJS, from source and from the build):
 * the horse's copy enters the job, the task's own copy must find it.
 */
const KEY = Symbol.for('funq.currentJob')
const shared = globalThis as { [KEY]?: AsyncLocalStorage<CurrentJob> }
shared[KEY] ??= new AsyncLocalStorage()
const storage = shared[KEY]

/** The job that runs this code, or undefined outside a job, as where a task is called directly. */
export function currentJob(): CurrentJob | undefined {
  return storage.getStore()
}

/** Calls `fn` with `job` as its current job; all that it starts, timers and promises too, sees the same. */
export function runAs<A extends unknown[], R>(job: CurrentJob, fn: (...args: A) => R, ...args: A): R {
  return storage.run(job, fn, ...args)
}

/** Which job runs this code, for the lines of a logger: `pino({ mixin: jobFields })`. Empty outside a job. */
export function jobFields(): { jobId?: string; queue?: string; func?: string; attempt?: number } {
  const job = currentJob()
  return job === undefined ? {} : { jobId: job.id, queue: job.queue, func: job.func, attempt: job.attempt }
}
