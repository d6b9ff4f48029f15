import { AsyncLocalStorage } from 'node:async_hooks'
import type { JobHeaders } from '../core/headers.ts'

/** What a running job can see of itself. */
export interface CurrentJob {
  /** The same in every attempt: a key for idempotent work. */
  readonly id: string
  readonly queue: string
  /** `path#export` of the function that runs. */
  readonly func: string
  /** 1 for the first run. */
  readonly attempt: number
  /** How often a worker died while it ran this job. */
  readonly recoveries: number
  /** The name of the worker that runs it. */
  readonly worker: string
  /**
   * Aborted when the job should end: its reason is a JobTimeoutError, ShutdownError, JobStoppedError or
   * LeaseLostError. A job that goes on regardless is killed after a grace.
   */
  readonly signal: AbortSignal
  /** What came with the job beside its arguments. */
  readonly headers: JobHeaders
  /** The job's own data, to read and change; `saveMeta()` keeps the changes. */
  readonly meta: Record<string, unknown>
  /** Writes `meta` to the job. Throws SerializationError or PayloadTooLargeError. */
  saveMeta(): void
  /** Reports how far the job has come: any JSON value. Throws SerializationError or PayloadTooLargeError. */
  progress(value: unknown): void
  /** Adds a line to the job's log, formatted as console.log does; cut to 10,000 characters. */
  log(...args: unknown[]): void
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
