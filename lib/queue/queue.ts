import { inspect } from 'node:util'
import { nearest } from '../core/did-you-mean.ts'
import type { Duration } from '../core/duration.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { checkQueueName } from '../core/names.ts'
import { checkOptions } from '../core/options.ts'
import { type JobStatus, STATES } from '../core/states.ts'
import type { Page, Store } from '../core/store.ts'
import type { Call, JobsOf } from './call.ts'
import { runsHere, withConfiguration } from './configure.ts'
import { type JobsWhere, type RemoveOptions, removeWhere } from './dequeue.ts'
import { toDurability } from './durability.ts'
import { idOf, type Job } from './job.ts'
import { openJobs } from './open-jobs.ts'
import { DEFAULT_PREFIX } from './open-store.ts'
import { Producer } from './producer.ts'
import {
  type EnqueueCall,
  type EnqueueOptions,
  fromExplicit,
  openQueueStore,
  type QueueOptions,
} from './queue-options.ts'
import { QueueWith } from './queue-with.ts'
import { isRequeued } from './refusal.ts'
import { Registry } from './registry.ts'
import { ReservedJob } from './reserve.ts'
import { type Backing, backing } from './stand-in.ts'
import { type PauseOptions, pauseMs, pauseNote } from './suspend.ts'
import { deleteAll, deleteQueue, purge, type SweepOptions } from './sweep.ts'
import { syncOf } from './sync.ts'
import type { ArgsOf, ResultOf, Runnable } from './task-types.ts'

export type { EnqueueCall, EnqueueOptions, QueueOptions } from './queue-options.ts'
export { QueueWith } from './queue-with.ts'

/** A named line of jobs. Any number of queues, in any number of processes, may have the same name. */
export class Queue {
  readonly name: string
  readonly prefix: string
  readonly async: boolean
  readonly #backing: () => Backing
  readonly #release: () => Promise<void>
  readonly #producer: Producer
  #jobsHere: Queue | undefined
  #closed = false

  /**
   * @param name without braces, colons, asterisks, exclamation marks, spaces and control characters
   * @throws InvalidArgumentError for a name or an option that cannot be used. Redis is first asked by the first enqueue.
   */
  constructor(name = 'default', given: QueueOptions = {}) {
    this.name = checkQueueName(name)
    const options = withConfiguration(given, name)
    const { store, release } = openQueueStore(options)
    this.prefix = options.prefix ?? DEFAULT_PREFIX
    this.async = options.async ?? true
    this.#release = release
    const sync = this.async ? undefined : syncOf(store)
    const durable = toDurability(options.durability, this.name, store, options)
    this.#backing = backing({ store, sync, durable }, this.prefix, !this.async)
    this.#producer = new Producer(this.name, this.#backing, checkOptions(options.defaults ?? {}))
    const isHere = given.async === undefined ? runsHere() : undefined
    if (!isHere) return
    this.#producer.divert(isHere, () => {
      this.#jobsHere = new Queue(name, { ...given, async: false })
      return this.#jobsHere.#producer
    })
  }

  get #store(): Store {
    return this.#backing().store
  }

  /** Every queue that was ever enqueued to, or that a worker has listened to, and was not deleted since; by their names. */
  static async all(options: QueueOptions = {}): Promise<Queue[]> {
    const { store, release } = openJobs(options)
    try {
      return (await store.queues()).map((name) => new Queue(name, options))
    } finally {
      await release()
    }
  }

  /** By their names, as `sort()` wants it. */
  static compare(a: Queue, b: Queue): number {
    return a.name === b.name ? 0 : a.name < b.name ? -1 : 1
  }

  /** Whether both have the same name under the same prefix; on which server is not compared. */
  equals(other: Queue): boolean {
    return this.name === other.name && this.prefix === other.prefix
  }

  /**
   * Enqueues a function, or a `path#export`, with its arguments. A Job in place of an argument is a future: the new job waits for
   * it and receives its result. When this resolves, the job is in Redis.
   * @throws UnnamableFunctionError, SerializationError, PayloadTooLargeError, DependencyNotFoundError, RedisUnavailableError
   */
  enqueue<F extends Runnable>(func: F, ...args: ArgsOf<F>): Promise<Job<ResultOf<F>>> {
    return this.#producer.enqueue({}, func, args)
  }

  /** The same with options: `q.with({ timeout: '30s', dependsOn: job }).enqueue(fn, ...args)`. */
  with(options: EnqueueOptions): QueueWith {
    return new QueueWith(this.#producer, options)
  }

  /** RQ's explicit form: `q.enqueueCall({ func, args, timeout: 30, dependsOn: job })`. */
  async enqueueCall<F extends Runnable>(call: EnqueueCall<F>): Promise<Job<ResultOf<F>>> {
    const [args, options] = fromExplicit(call)
    return this.#producer.enqueue(options, call.func, args)
  }

  /** Enqueues for a time, to the millisecond. */
  enqueueAt<F extends Runnable>(at: Date | number, func: F, ...args: ArgsOf<F>): Promise<Job<ResultOf<F>>> {
    return this.#producer.enqueue({ at }, func, args)
  }

  /** Enqueues for when this much time has passed. */
  enqueueIn<F extends Runnable>(delay: Duration, func: F, ...args: ArgsOf<F>): Promise<Job<ResultOf<F>>> {
    return this.#producer.enqueue({ in: delay }, func, args)
  }

  /**
   * Enqueues many in their order, in as few calls as their size allows. All are checked before the first is sent; each call is atomic,
   * all of them together are not. One may depend on another that comes before it, by the id that this one is given. Where one is refused, for its
   * id or its unique key, this rejects, and the others are enqueued: those to be found again then need ids of their own.
   * @throws DuplicateJobError
   */
  enqueueMany<const C extends readonly Call[]>(calls: C): Promise<JobsOf<C>> {
    return this.#producer.enqueueMany({}, calls)
  }

  /** The job of an id in this queue, or null. */
  async fetchJob<R = unknown>(id: string): Promise<Job<R> | null> {
    const [record] = await this.#store.fetch(this.name, [id])
    return record ? this.#producer.toJob<R>(record) : null
  }

  /** One page of a state's jobs, a hundred by default; queued ones in the order they will run. */
  async jobs(state: JobStatus = 'queued', page: Page = {}): Promise<Job[]> {
    return this.registry(state).jobs(page)
  }

  /** The ids of one page of a state. */
  async jobIds(state: JobStatus = 'queued', page: Page = {}): Promise<string[]> {
    return this.registry(state).ids(page)
  }

  /** How many jobs are in a state. */
  async count(state: JobStatus = 'queued'): Promise<number> {
    return this.registry(state).count()
  }

  counts(): Promise<Record<JobStatus, number>> {
    return this.#store.counts(this.name)
  }

  /** Whether no job is queued. */
  async isEmpty(): Promise<boolean> {
    return (await this.count()) === 0
  }

  /** How many queued jobs are ahead of a job; null where it is not queued here. */
  async positionOf(job: Job | string): Promise<number | null> {
    return this.#store.position(this.name, idOf(job))
  }

  /** How many milliseconds the job that will run next has been waiting; 0 where none waits. Quick, however long the queue. */
  latencyMs(): Promise<number> {
    return this.#store.latency(this.name)
  }

  /** The jobs of one state. */
  registry(state: JobStatus): Registry {
    if (!STATES.includes(state)) {
      const meant = nearest(String(state), STATES)
      const hint = meant === undefined ? '' : ` Did you mean '${meant}'?`
      throw new InvalidArgumentError(
        `state: expected one of ${STATES.join(', ')}, got ${JSON.stringify(state)}.${hint}`,
      )
    }
    const host = {
      name: this.name,
      store: this.#store,
      toJob: this.#producer.toJob.bind(this.#producer),
      requeue: (ids: readonly string[], atFront: boolean) => this.#requeue(ids, atFront),
    }
    return new Registry(host, state)
  }

  get startedJobRegistry(): Registry {
    return this.registry('started')
  }

  get finishedJobRegistry(): Registry {
    return this.registry('finished')
  }

  get failedJobRegistry(): Registry {
    return this.registry('failed')
  }

  get deferredJobRegistry(): Registry {
    return this.registry('deferred')
  }

  get scheduledJobRegistry(): Registry {
    return this.registry('scheduled')
  }

  get canceledJobRegistry(): Registry {
    return this.registry('canceled')
  }

  get stoppedJobRegistry(): Registry {
    return this.registry('stopped')
  }

  /** Runs failed, stopped or canceled jobs again; without ids, all that have failed by now. Answers how many wait now. */
  async requeue(ids?: readonly string[]): Promise<number> {
    if (ids) return (await this.#requeue(ids, false)).filter(isRequeued).length
    // Those that fail anew meanwhile come after these.
    const all = await this.count('failed')
    let requeued = 0
    for (let looked = 0; looked < all; ) {
      const limit = Math.min(500, all - looked)
      // What has expired meanwhile, or was requeued by another, stays ahead of the rest.
      const page = await this.#store.list(this.name, 'failed', { offset: looked - requeued, limit })
      if (page.length === 0) break
      looked += page.length
      requeued += (await this.#requeue(page, false)).filter(isRequeued).length
    }
    return requeued
  }

  async #requeue(ids: readonly string[], atFront: boolean): Promise<(JobStatus | 'gone')[]> {
    const { store, sync } = this.#backing()
    const answers = await store.requeue(this.name, ids, atFront)
    if (sync) for (const id of ids) await sync.runById(this.name, id)
    return answers
  }

  /**
   * Takes a job that waits out of the queue: it is canceled, so that it can be requeued until its time to live is over. Answers whether it
   * is canceled now; false for one that runs, has ended or is not there.
   */
  async remove(job: Job | string): Promise<boolean> {
    return (await this.#store.cancel(this.name, idOf(job), `removed from queue ${this.name}`)) === 'canceled'
  }

  /**
   * Takes waiting jobs out of the queue as `remove` does: those of a function, with these arguments, with these tags. It looks at each job that
   * waits by now, a hundred a call. Answers how many were removed.
   */
  removeWhere(where: JobsWhere, options: RemoveOptions = {}): Promise<number> {
    return removeWhere(this.#store, this.name, where, options)
  }

  /** Resque's form of it: jobs of a function, with these arguments where any are given. */
  dequeue(func: Runnable, ...args: unknown[]): Promise<number> {
    return this.removeWhere({ func, ...(args.length > 0 && { args }) })
  }

  /** The jobs that will run next, which stay where they are. */
  peek(count = 1, offset = 0): Promise<Job[]> {
    return this.jobs('queued', { offset, limit: count })
  }

  /** How many jobs are queued. */
  size(): Promise<number> {
    return this.count()
  }

  /** Takes the next job, to be done here by hand: `ack`, `fail` or `release` it. Null where none is queued. */
  reserve(): Promise<ReservedJob | null> {
    return ReservedJob.take(this.#store, this.name)
  }

  /** Deletes all jobs that are queued by now, a bounded number a call; their dependents are canceled. Answers how many. */
  empty(options: SweepOptions = {}): Promise<number> {
    return deleteAll(this.#store, this.name, 'queued', options)
  }

  /**
   * Deletes finished, failed, stopped or canceled jobs, a bounded number a call. Answers how many.
   * @param options `olderThan`: only those that ended at least so long ago
   */
  purge(state: JobStatus, options: SweepOptions & { readonly olderThan?: Duration } = {}): Promise<number> {
    return purge(this.#store, this.name, state, options)
  }

  /** Drops ids whose record was lost from outside from among the jobs that wait. Workers pass over them anyhow. Answers how many. */
  async compact(): Promise<number> {
    let dropped = 0
    for (const state of ['queued', 'scheduled', 'deferred'] as const)
      dropped += await this.#store.cleanup(this.name, state)
    return dropped
  }

  /**
   * Deletes every job, whatever its state, and the queue. It comes into being again with the next enqueue.
   * @param options `deleteJobs: false` deletes the queue only if no job is left in it
   * @throws InvalidStateError while a job runs, or where jobs are left; what was deleted by then stays deleted
   */
  delete(options: SweepOptions & { readonly deleteJobs?: boolean } = {}): Promise<void> {
    return deleteQueue(this.#store, this.name, options)
  }

  /** Has this queue hand out no job, from this moment on; `for` a time, or until `resume`. What runs goes on, and more can be enqueued. */
  async pause(options: PauseOptions = {}): Promise<void> {
    return this.#store.pause(this.name, 'paused', pauseMs(options), pauseNote(options))
  }

  /** Ends a pause, and wakes a worker. */
  resume(): Promise<void> {
    return this.#store.resume(this.name, 'paused')
  }

  /** Whether this queue is paused; `isSuspended()` tells of all queues. */
  async isPaused(): Promise<boolean> {
    return (await this.#store.pauses(this.name)).paused !== undefined
  }

  /** Lets go of the connection; what its jobs were awaited for rejects with ClosedError. What was enqueued stays. Calling it twice is harmless. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#producer.close()
    await Promise.all([this.#release(), this.#jobsHere?.close()])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  toString(): string {
    return `Queue('${this.name}')`
  }

  [inspect.custom](): string {
    return this.toString()
  }
}
