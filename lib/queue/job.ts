import { checkKnown } from '../core/did-you-mean.ts'
import { WaitTimeoutError } from '../core/errors.ts'
import type { LogLine } from '../core/log-line.ts'
import { checkQueueName } from '../core/names.ts'
import { fromRef, type JobRecord } from '../core/record.ts'
import { decodeResult } from '../core/result.ts'
import { isEnded } from '../core/states.ts'
import type { Ended, Store, Waiter } from '../core/store.ts'
import { allDependents, type Dependency, readDependencies } from './dependency.ts'
import { findRecords } from './find-jobs.ts'
import { type FollowOptions, followLog, followProgress } from './follow.ts'
import { saveMeta, updateMeta } from './job-meta.ts'
import { type JobRun, runThatEnded, toRuns } from './job-run.ts'
import { JobView } from './job-view.ts'
import { move } from './move.ts'
import { type LookupOptions, openJobs } from './open-jobs.ts'
import { returnedBy } from './outcome.ts'
import { ignoreGone, isRequeued, notFound, refused } from './refusal.ts'
import { type WaitOptions, waitAtMost } from './wait-at-most.ts'

export type { Dependency, JobRun }

/** What `job.cancel` may be told. */
export interface CancelOptions {
  /** Kept with the job. */
  readonly reason?: string
  /** Its dependents go on as though it had finished with `undefined`, instead of being canceled with it. @default false */
  readonly enqueueDependents?: boolean
  /** It is no longer listed among the dependents of the jobs that it waited for. @default false */
  readonly removeFromDependencies?: boolean
}

const CANCEL_OPTIONS = ['reason', 'enqueueDependents', 'removeFromDependencies']

/** The queue that a job was made by. */
export interface JobHost extends Waiter {
  /** Of a synchronous queue: runs a job when it is requeued, or released. */
  readonly runHere?: ((queue: string, id: string) => Promise<unknown>) | undefined
}

/**
 * A job in the store. Its plain properties are what the last enqueue, fetch or `refresh()` saw; methods ask the store.
 * It is never thenable itself: await `job.result`.
 */
export class Job<R = unknown> extends JobView {
  readonly #store: Store
  readonly #host: JobHost | undefined
  /** How often it will have been requeued at the next end that this object has not seen. */
  #nextEnd = 0
  #result: Promise<R> | undefined

  /**
   * Made by `enqueue`, `fetch` and their like.
   * @param host the queue that it is awaited through, until that is closed; without one it is awaited while the store is open
   */
  constructor(store: Store, record: JobRecord, host?: JobHost) {
    super(record, store.codec)
    this.#store = store
    this.#host = host
    this.#see(record)
  }

  #see(record: JobRecord): void {
    this.seen = record
    this.#nextEnd = record.requeues + (isEnded(record.status) ? 1 : 0)
  }

  /** The job of an id, whichever queue it is in. @throws JobNotFoundError */
  static async fetch<R = unknown>(id: string, options: LookupOptions = {}): Promise<Job<R>> {
    const [job] = await Job.fetchMany<R>([id], options)
    if (!job) throw notFound(id)
    return job
  }

  /** The jobs of ids, whichever queues they are in, in the order of the ids; null where there is none. */
  static async fetchMany<R = unknown>(
    ids: readonly string[],
    options: LookupOptions = {},
  ): Promise<(Job<R> | null)[]> {
    // The jobs go on using the store, so it is never released; idle, it costs a socket that holds nothing open.
    const { store, sync } = openJobs(options)
    const records = await findRecords(store, ids)
    return records.map((record) => (record ? new Job<R>(store, record, sync?.host) : null))
  }

  /** Whether there is a job of this id in any queue. */
  static async exists(id: string, options: LookupOptions = {}): Promise<boolean> {
    const { store, release } = openJobs(options)
    try {
      return (await store.find(id)) !== undefined
    } finally {
      await release()
    }
  }

  /**
   * What the job returns, whenever that is: a promise made on first access. It outlives lost connections and restarts of
   * Redis, and holds the process open while it is pending.
   * @throws JobFailedError, whose `cause` is the job's own error; JobCanceledError; JobNotFoundError; ClosedError once its queue was closed
   */
  get result(): Promise<R> {
    this.#result ??= this.wait()
    return this.#result
  }

  /** As `result`, asked anew, and with a limit: WaitTimeoutError when it is over. */
  async wait(options: WaitOptions = {}): Promise<R> {
    const ended = await waitAtMost(
      options,
      (signal) => this.#store.waitFor(this.queue, this.id, signal, undefined, this.#host),
      (ms) => {
        const message = `job ${this.id} (${this.description}) has not ended within ${ms / 1000} s; it goes on, and can be awaited again`
        throw new WaitTimeoutError(message, this.id)
      },
    )
    this.#nextEnd = Math.max(this.#nextEnd, this.seen.requeues + 1)
    return this.#value(ended)
  }

  #value(ended: Ended): R {
    return returnedBy(ended, this.seen, this.#store.codec) as R
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
    const { status, result } = this.seen
    return status === 'finished' ? (decodeResult(result ?? '', this.#store.codec, this.id) as R) : undefined
  }

  /** Every run so far, the oldest first; of more than ten only the last ten. @throws JobNotFoundError */
  async runs(): Promise<JobRun<R>[]> {
    const history = await this.#store.history(this.queue, this.id)
    if (!history) throw notFound(this.id)
    this.#see(history.record)
    return toRuns(history.runs, history.record, this.#store.codec)
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
    if (this.seen.requeues >= next && isEnded(this.status) && this.status !== 'canceled')
      return runs.at(-1) ?? null
    this.#nextEnd = next
    const ended = await waitAtMost(
      options,
      (signal) => this.#store.waitFor(this.queue, this.id, signal, next, this.#host),
      () => null,
    )
    if (ended === null) return null
    if (ended.status === 'gone') throw notFound(this.id)
    if (ended.status === 'canceled' || ended.status === 'deleted') this.#value(ended)
    const known = await this.runs().catch(ignoreGone)
    return runThatEnded(known ?? [], ended, this.seen, this.#store.codec)
  }

  /** The lines of `currentJob().log()`, and of what it printed where its worker captures that: the last thousand. */
  async log(): Promise<string[]> {
    return (await this.logLines()).map(({ text }) => text)
  }

  /** The same with their times, and where each came from. */
  async logLines(): Promise<readonly LogLine[]> {
    return (await this.#store.log(this.queue, this.id)).lines
  }

  /** The lines that are there and those to come, until the job has ended: `for await (const { text } of job.followLog())`. */
  followLog(options: FollowOptions = {}): AsyncGenerator<LogLine, void> {
    return followLog(this.#store, this.queue, this.id, options, this.#host)
  }

  /** What the job gives to `progress()`, as it is now and each time it has changed, until the job has ended. Looks four times a second. */
  followProgress(options: FollowOptions = {}): AsyncGenerator<unknown, void> {
    return followProgress(this.#store, this.queue, this.id, options, this.#host)
  }

  /** Replaces its meta. A running job's own `saveMeta()` overwrites it. @throws JobNotFoundError if it is gone, and it stays so */
  async saveMeta(meta: Readonly<Record<string, unknown>>): Promise<void> {
    this.#setMeta(await saveMeta(this.#store, this.queue, this.id, meta))
  }

  /** Merges into its meta as it is by now, so that nothing is lost that another sets at once; `undefined` takes a name out. */
  async updateMeta(patch: Readonly<Record<string, unknown>>): Promise<void> {
    this.#setMeta(await updateMeta(this.#store, this.queue, this.id, patch, this.seen.meta))
  }

  #setMeta(meta: string): void {
    this.seen = { ...this.seen, meta }
  }

  /**
   * Takes the job out of the queue. Its dependents are canceled too, unless told otherwise. Of a job that is canceled already nothing changes.
   * @param how the reason, or options @throws InvalidStateError once it runs or has ended otherwise
   */
  async cancel(how: string | CancelOptions = {}): Promise<void> {
    const options: CancelOptions = typeof how === 'string' ? { reason: how } : how
    checkKnown(options, CANCEL_OPTIONS)
    const { reason = 'canceled by job.cancel()', enqueueDependents = false } = options
    const dependents = this.#host?.runHere && enqueueDependents ? await this.dependents() : []
    const status = await this.#store.cancel(this.queue, this.id, reason, {
      releaseDependents: enqueueDependents,
      leaveParents: options.removeFromDependencies ?? false,
    })
    if (status !== 'canceled') {
      const hint = status === 'started' ? 'use stop() for a job that runs' : 'it has ended'
      throw refused(this, 'cancel', status, hint)
    }
    for (const { queue, id } of dependents) await this.#host?.runHere?.(queue, id)
    await this.refresh().catch(ignoreGone)
  }

  /** Asks its worker to stop the run: its signal is aborted, after a grace it is killed. @throws InvalidStateError if it does not run */
  async stop(): Promise<void> {
    const answer = await this.#store.stop(this.queue, this.id)
    if (answer === 'asked') return
    throw refused(
      this,
      'stop',
      answer,
      answer === 'queued' ? 'use cancel() for a job that waits' : 'it does not run',
    )
  }

  /**
   * Runs an ended job again, with all its attempts; one that waits already is left where it is.
   * @throws InvalidStateError while it runs or is scheduled, and once it has finished
   */
  async requeue(options: { readonly atFront?: boolean } = {}): Promise<void> {
    const [status] = await this.#store.requeue(this.queue, [this.id], options.atFront)
    if (!isRequeued(status!)) throw refused(this, 'requeue', status!, 'expected failed, stopped or canceled')
    this.#result = undefined
    await this.#host?.runHere?.(this.queue, this.id)
    await this.refresh()
    // A quick worker may have ended it by now, which the caller has not seen.
    this.#nextEnd = this.seen.requeues
  }

  /**
   * Deletes the job with its result. Jobs that wait for it are canceled, and those that wait for them, and so on; with `deleteDependents` all
   * these are deleted too. @throws InvalidStateError while it runs
   */
  async delete({ deleteDependents = false }: { readonly deleteDependents?: boolean } = {}): Promise<void> {
    const theirs = deleteDependents ? await allDependents(this.#store, this.queue, this.id) : []
    const status = await this.#store.delete(this.queue, this.id)
    if (status !== 'deleted') throw refused(this, 'delete', status, 'stop() it first')
    for (const { queue, id } of theirs) await this.#store.delete(queue, id)
  }

  /** Moves a job that waits into another queue, at its end, where its attempts start anew. Answers it as it is there. @throws InvalidStateError */
  async moveTo(queue: string): Promise<Job<R>> {
    checkQueueName(queue)
    await this.refresh()
    await move(this.#store, { ...this.seen, description: this.description }, queue)
    const [record] = await this.#store.fetch(queue, [this.id])
    if (!record) throw notFound(this.id)
    return new Job<R>(this.#store, record, this.#host)
  }

  /** How many jobs are ahead of it in its queue; null where it does not wait there. */
  position(): Promise<number | null> {
    return this.#store.position(this.queue, this.id)
  }

  /** The jobs that it waits for or has waited for, with the state of each, and in words why it waits. */
  dependencies(): Promise<Dependency[]> {
    return readDependencies(this.#store, this.queue, this.id)
  }

  /** The ids of these jobs. */
  async dependencyIds(): Promise<string[]> {
    return [...(await this.#store.parents(this.queue, this.id)).keys()].map((ref) => fromRef(ref).id)
  }

  /** Jobs that wait for this one, in the order they were enqueued. */
  async dependents(): Promise<Job[]> {
    const refs = (await this.#store.dependents(this.queue, this.id)).map(fromRef)
    const records = await Promise.all(refs.map(({ queue, id }) => this.#store.fetch(queue, [id])))
    return records.flat().flatMap((record) => (record ? [new Job(this.#store, record, this.#host)] : []))
  }
}

export function idOf(job: Job | string): string {
  return typeof job === 'string' ? job : job.id
}
