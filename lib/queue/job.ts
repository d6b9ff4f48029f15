import { inspect } from 'node:util'
import { InvalidStateError, JobCanceledError, JobFailedError, WaitTimeoutError } from '../core/errors.ts'
import { displayName } from '../core/function-name.ts'
import { decode } from '../core/payload.ts'
import { fromRef, type JobRecord } from '../core/record.ts'
import { decodeResult } from '../core/result.ts'
import { isEnded, type JobStatus } from '../core/states.ts'
import type { Ended, Store } from '../core/store.ts'
import { type Dependency, readDependencies } from './dependency.ts'
import { ignoreGone, notFound } from './not-found.ts'
import { openStore, type StoreOptions } from './open-store.ts'
import { type JobRun, runThatEnded, toRuns } from './runs.ts'
import { reviveStored } from './stored-error.ts'
import { type WaitOptions, waitAtMost } from './wait-at-most.ts'

export type { Dependency, JobRun }

/**
 * A job in the store. Its plain properties are what the last enqueue, fetch or `refresh()` saw; methods ask the store.
 * It is never thenable itself: await `job.result`.
 */
export class Job<R = unknown> {
  readonly id: string
  /** The name of its queue. */
  readonly queue: string
  readonly #store: Store
  readonly #runHere: ((id: string) => Promise<unknown>) | undefined
  #record!: JobRecord
  /** How often it will have been requeued at the next end that this object has not seen. */
  #nextEnd = 0
  #result: Promise<R> | undefined

  /**
   * Made by `enqueue`, `fetch` and their like.
   * @param runHere of a synchronous queue: what runs the job when it is requeued
   */
  constructor(store: Store, record: JobRecord, runHere?: (id: string) => Promise<unknown>) {
    this.id = record.id
    this.queue = record.queue
    this.#store = store
    this.#runHere = runHere
    this.#see(record)
  }

  #see(record: JobRecord): void {
    this.#record = record
    this.#nextEnd = record.requeues + (isEnded(record.status) ? 1 : 0)
  }

  /** The job of an id, whichever queue it is in. @throws JobNotFoundError */
  static async fetch<R = unknown>(id: string, options: StoreOptions = {}): Promise<Job<R>> {
    // The job goes on using the store, so it is never released; idle, it costs a socket that holds nothing open.
    const { store } = openStore(options)
    const queue = await store.find(id)
    const [record] = queue === undefined ? [] : await store.fetch(queue, [id])
    if (!record) throw notFound(id)
    return new Job<R>(store, record)
  }

  /** `path#export` of its function. */
  get func(): string {
    return this.#record.func
  }

  /** Its arguments; in place of one that was given as a Job stands `undefined`. @throws InvalidJobError if damaged. */
  get args(): readonly unknown[] {
    const args = decode(this.#record.args) as unknown[]
    for (const index of Object.keys(this.#record.options.futures ?? {})) args[Number(index)] = undefined
    return args
  }

  get status(): JobStatus {
    return this.#record.status
  }

  get description(): string {
    return this.#record.options.description ?? displayName(this.#record.func)
  }

  get priority(): number {
    return this.#record.priority
  }

  get createdAt(): Date {
    return new Date(this.#record.createdAt)
  }

  get enqueuedAt(): Date | undefined {
    return toDate(this.#record.enqueuedAt)
  }

  /** When it is due, while it is scheduled. */
  get scheduledFor(): Date | undefined {
    return toDate(this.#record.scheduledFor)
  }

  get startedAt(): Date | undefined {
    return toDate(this.#record.startedAt)
  }

  get endedAt(): Date | undefined {
    return toDate(this.#record.endedAt)
  }

  /** How many attempts count so far, the one under way included. */
  get attempt(): number {
    return this.#record.attempt
  }

  /** How many retries its `retry` still allows after the attempt that is under way or to come. */
  get retriesLeft(): number {
    const { attempt, status, options } = this.#record
    const used = status === 'started' || isEnded(status) ? attempt - 1 : attempt
    return Math.max(0, (options.retry?.max ?? 0) - Math.max(0, used))
  }

  /** How many repetitions follow the run that is under way or to come. */
  get repeatsLeft(): number {
    const { repetitions, options } = this.#record
    return Math.max(0, (options.repeat?.times ?? 0) - repetitions)
  }

  /** How often a worker died while it ran this job. */
  get recoveries(): number {
    return this.#record.recoveries
  }

  /** The worker that runs it, or ran it last. */
  get worker(): string | undefined {
    return this.#record.worker
  }

  get meta(): Readonly<Record<string, unknown>> {
    return this.#record.meta === undefined ? {} : (decode(this.#record.meta) as Record<string, unknown>)
  }

  /** What the job last gave to `progress()`. */
  get progress(): unknown {
    return this.#record.progress === undefined ? undefined : JSON.parse(this.#record.progress)
  }

  /** Why it failed or was stopped, with the remote name, message, stack and cause. */
  get error(): Error | undefined {
    return this.#record.error === undefined ? undefined : reviveStored(this.#record.error)
  }

  /** Why it was canceled. */
  get reason(): string | undefined {
    return this.#record.reason
  }

  /**
   * What the job returns, whenever that is: a promise made on first access. It outlives lost connections and restarts of
   * Redis, and holds the process open while it is pending.
   * @throws JobFailedError, whose `cause` is the job's own error; JobCanceledError; JobNotFoundError
   */
  get result(): Promise<R> {
    this.#result ??= this.wait()
    return this.#result
  }

  /** As `result`, asked anew, and with a limit: WaitTimeoutError when it is over. @param timeout unlimited by default */
  async wait(options: WaitOptions = {}): Promise<R> {
    const ended = await waitAtMost(
      options,
      (signal) => this.#store.waitFor(this.queue, this.id, signal),
      (ms) => {
        const message = `job ${this.id} (${this.description}) has not ended within ${ms / 1000} s; it goes on, and can be awaited again`
        throw new WaitTimeoutError(message, this.id)
      },
    )
    this.#nextEnd = Math.max(this.#nextEnd, this.#record.requeues + 1)
    return this.#value(ended)
  }

  #value(ended: Ended): R {
    const who = `job ${this.id} (${this.description})`
    switch (ended.status) {
      case 'finished':
        return decodeResult(ended.payload) as R
      case 'failed': {
        const cause = reviveStored(ended.payload)
        throw new JobFailedError(`${who} failed: ${cause.name}: ${cause.message}`, this.id, { cause })
      }
      case 'stopped':
      case 'deleted':
        throw new JobCanceledError(`${who} was ${ended.status}, so it has no result`, this.id, ended.status)
      case 'canceled':
        throw new JobCanceledError(
          `${who} was canceled: ${ended.payload || 'no reason given'}`,
          this.id,
          ended.status,
        )
      case 'gone': {
        // It may have ended for all that this object knows.
        const { status, result = '', error = '', reason = '' } = this.#record
        if (!isEnded(status)) throw notFound(this.id)
        const payload = status === 'finished' ? result : status === 'canceled' ? reason : error
        return this.#value({ status, payload })
      }
    }
  }

  /** Reads the job anew. @throws JobNotFoundError */
  async refresh(): Promise<this> {
    const [record] = await this.#store.fetch(this.queue, [this.id])
    if (!record) throw notFound(this.id)
    this.#see(record)
    return this
  }

  /** What the job has returned by now; undefined while it has not finished. Does not wait. */
  async returnValue(): Promise<R | undefined> {
    await this.refresh()
    const { status, result } = this.#record
    return status === 'finished' ? (decodeResult(result ?? '') as R) : undefined
  }

  /** Every run so far, the oldest first; of more than ten only the last ten. @throws JobNotFoundError */
  async runs(): Promise<JobRun<R>[]> {
    const history = await this.#store.history(this.queue, this.id)
    if (!history) throw notFound(this.id)
    this.#see(history.record)
    return toRuns(history.runs, history.record)
  }

  /** The run that is under way or was the last; null before the first. @throws JobNotFoundError */
  async latestRun(): Promise<JobRun<R> | null> {
    return (await this.runs()).at(-1) ?? null
  }

  /**
   * The run that ends the job next: an end that this object has not seen yet, neither by `result`, `wait`, `fetch` nor `refresh`.
   * Of a job that has ended, that is the next one after a requeue. Null once `timeout` is over.
   * @throws JobCanceledError if it is canceled or deleted; JobNotFoundError
   */
  async nextOutcome(options: WaitOptions = {}): Promise<JobRun<R> | null> {
    const next = this.#nextEnd
    const runs = await this.runs()
    if (this.#record.requeues >= next && isEnded(this.status) && this.status !== 'canceled')
      return runs.at(-1) ?? null
    this.#nextEnd = next
    const ended = await waitAtMost(
      options,
      (signal) => this.#store.waitFor(this.queue, this.id, signal, next),
      () => null,
    )
    if (ended === null) return null
    if (ended.status === 'gone') throw notFound(this.id)
    if (ended.status === 'canceled' || ended.status === 'deleted') this.#value(ended)
    const known = await this.runs().catch(ignoreGone)
    return runThatEnded(known ?? [], ended, this.#record)
  }

  /** The lines of `currentJob().log()`, the last thousand. */
  log(): Promise<string[]> {
    return this.#store.log(this.queue, this.id)
  }

  /** Takes the job out of the queue. Its dependents are canceled too. @throws InvalidStateError once it runs or has ended otherwise */
  async cancel(reason = 'canceled by job.cancel()'): Promise<void> {
    const status = await this.#store.cancel(this.queue, this.id, reason)
    if (status !== 'canceled') {
      throw this.#refused(
        'cancel',
        status,
        status === 'started' ? 'use stop() for a job that runs' : 'it has ended',
      )
    }
    await this.refresh().catch(ignoreGone)
  }

  /** Asks its worker to stop the run: its signal is aborted, after a grace it is killed. @throws InvalidStateError if it does not run */
  async stop(): Promise<void> {
    const answer = await this.#store.stop(this.queue, this.id)
    if (answer !== 'asked') {
      throw this.#refused(
        'stop',
        answer,
        answer === 'queued' ? 'use cancel() for a job that waits' : 'it does not run',
      )
    }
  }

  /**
   * Runs an ended job again, with all its attempts; one that waits already is left where it is.
   * @throws InvalidStateError while it runs or is scheduled, and once it has finished
   */
  async requeue(options: { readonly atFront?: boolean } = {}): Promise<void> {
    const [status] = await this.#store.requeue(this.queue, [this.id], options.atFront)
    if (status !== 'queued' && status !== 'deferred')
      throw this.#refused('requeue', status!, 'expected failed, stopped or canceled')
    this.#result = undefined
    await this.#runHere?.(this.id)
    await this.refresh()
    // A quick worker may have ended it by now, which the caller has not seen.
    this.#nextEnd = this.#record.requeues
  }

  /** Deletes the job with its result. Its dependents are canceled. @throws InvalidStateError while it runs */
  async delete(): Promise<void> {
    const status = await this.#store.delete(this.queue, this.id)
    if (status !== 'deleted') throw this.#refused('delete', status, 'stop() it first')
  }

  /** How many jobs are ahead of it in its queue; null where it does not wait there. */
  position(): Promise<number | null> {
    return this.#store.position(this.queue, this.id)
  }

  /** The jobs that it waits for or has waited for, with the state of each, and in words why it waits. */
  dependencies(): Promise<Dependency[]> {
    return readDependencies(this.#store, this.queue, this.id)
  }

  /** Jobs that wait for this one, in the order they were enqueued. */
  async dependents(): Promise<Job[]> {
    const refs = (await this.#store.dependents(this.queue, this.id)).map(fromRef)
    const records = await Promise.all(refs.map(({ queue, id }) => this.#store.fetch(queue, [id])))
    return records.flat().flatMap((record) => (record ? [new Job(this.#store, record)] : []))
  }

  #refused(what: string, status: string, hint: string): Error {
    if (status === 'gone') return notFound(this.id)
    return new InvalidStateError(
      `cannot ${what} job ${this.id} (${this.description}): it is ${status}; ${hint}`,
      this.id,
      status,
    )
  }

  [inspect.custom](): string {
    const at = this.enqueuedAt ?? this.createdAt
    return `Job('${this.id}', ${this.func}, ${this.status}, enqueuedAt=${at.toISOString()})`
  }
}

function toDate(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms)
}
