import { unknownOption } from '../core/did-you-mean.ts'
import type { Duration } from '../core/duration.ts'
import { ClosedError, DuplicateJobError, InvalidArgumentError, JobNotFoundError } from '../core/errors.ts'
import { getOrMake } from '../core/get-or-make.ts'
import { checkQueueName } from '../core/names.ts'
import { type CheckedOptions, checkOptions, DEFAULTS, type JobOptions } from '../core/options.ts'
import { checkSize, encode } from '../core/payload.ts'
import { fromRef, type JobRecord } from '../core/record.ts'
import type { JobStatus } from '../core/states.ts'
import type { Enqueued, NewJob, Page, Store } from '../core/store.ts'
import { MemoryStore } from '../memory/store.ts'
import { type Call, functionName, takeFutures } from './call.ts'
import { type DependsOn, missingParent, toParents } from './dependencies.ts'
import { Job } from './job.ts'
import { endedRecord, newRecord, toNewJob } from './new-job.ts'
import { DEFAULT_PREFIX, openStore, type StoreOptions } from './open-store.ts'
import { type PauseOptions, pauseMs } from './suspend.ts'
import { SyncRunner } from './sync.ts'
import type { ArgsOf, ResultOf, Task } from './task-types.ts'

/** What one enqueue may set. */
export interface EnqueueOptions extends JobOptions {
  /** Jobs that must finish first. */
  readonly dependsOn?: DependsOn | readonly DependsOn[]
}

export interface QueueOptions extends StoreOptions {
  /** `false` runs each job in this process as it is enqueued, and needs no Redis unless a connection is given. @default true */
  readonly async?: boolean
  /** Options of every job of this queue that does not set them itself. */
  readonly defaults?: Omit<JobOptions, 'id' | 'at' | 'in'>
}

/** RQ's explicit form: the function, its arguments and the options in one object. */
export interface EnqueueCall<F extends Task | string> extends EnqueueOptions {
  readonly func: F
  readonly args?: ArgsOf<F>
}

const QUEUE_OPTIONS = ['connection', 'prefix', 'commandTimeout', 'async', 'defaults']

/** Synchronous queues without a connection share one store, so that their jobs can depend on each other. */
const memory = new Map<string, MemoryStore>()

/** A named line of jobs. Any number of queues, in any number of processes, may have the same name. */
export class Queue {
  readonly name: string
  readonly async: boolean
  readonly #store: Store
  readonly #release: () => Promise<void>
  readonly #defaults: CheckedOptions
  readonly #sync: SyncRunner | undefined
  #closed = false

  /**
   * @param name without braces, colons, spaces and control characters
   * @throws InvalidArgumentError for a name or an option that cannot be used. Redis is first asked by the first enqueue.
   */
  constructor(name = 'default', options: QueueOptions = {}) {
    this.name = checkQueueName(name)
    for (const option of Object.keys(options))
      if (!QUEUE_OPTIONS.includes(option)) throw unknownOption(option, QUEUE_OPTIONS)
    this.async = options.async ?? true
    this.#defaults = checkOptions(options.defaults ?? {})
    if (!this.async && options.connection === undefined) {
      const prefix = options.prefix ?? DEFAULT_PREFIX
      this.#store = getOrMake(memory, prefix, () => new MemoryStore())
      this.#release = async () => {}
    } else {
      const { store, release } = openStore(options)
      this.#store = store
      this.#release = release
    }
    this.#sync = this.async ? undefined : new SyncRunner(this.#store)
  }

  /**
   * Enqueues a function, or a `path#export`, with its arguments. A Job in place of an argument is a future: the new job waits for
   * it and receives its result. When this resolves, the job is in Redis.
   * @throws UnnamableFunctionError, SerializationError, PayloadTooLargeError, DependencyNotFoundError, RedisUnavailableError
   */
  enqueue<F extends Task | string>(func: F, ...args: ArgsOf<F>): Promise<Job<ResultOf<F>>> {
    return this.#enqueue({}, func, args)
  }

  /** The same with options: `q.with({ timeout: '30s', dependsOn: job }).enqueue(fn, ...args)`. */
  with(options: EnqueueOptions): QueueWith {
    return new QueueWith(options, (func, args, more) => this.#enqueue({ ...options, ...more }, func, args))
  }

  /** RQ's explicit form: `q.enqueueCall({ func, args, timeout: 30, dependsOn: job })`. */
  enqueueCall<F extends Task | string>({
    func,
    args,
    ...options
  }: EnqueueCall<F>): Promise<Job<ResultOf<F>>> {
    if (args !== undefined && !Array.isArray(args)) {
      throw new InvalidArgumentError(`args: expected a list of arguments, got ${typeof args}`)
    }
    return this.#enqueue(options, func, args ?? [])
  }

  /** Enqueues for a time, to the millisecond. */
  enqueueAt<F extends Task | string>(
    at: Date | number,
    func: F,
    ...args: ArgsOf<F>
  ): Promise<Job<ResultOf<F>>> {
    return this.#enqueue({ at }, func, args)
  }

  /** Enqueues for when this much time has passed. */
  enqueueIn<F extends Task | string>(
    delay: Duration,
    func: F,
    ...args: ArgsOf<F>
  ): Promise<Job<ResultOf<F>>> {
    return this.#enqueue({ in: delay }, func, args)
  }

  /**
   * Enqueues many in their order, in as few calls as their size allows. All are checked before the first is sent; each call is atomic,
   * all of them together are not.
   */
  async enqueueMany<const C extends readonly Call[]>(
    calls: C,
  ): Promise<{ -readonly [K in keyof C]: C[K] extends Call<infer R> ? Job<R> : never }> {
    const jobs: NewJob[] = []
    for (const { func, args, options } of calls) {
      const job = this.#prepare(options, func, args)
      jobs.push(job instanceof Promise ? await job : job)
    }
    if (this.#sync) {
      const done: Job[] = []
      for (const job of jobs) done.push(await this.#runHere(job))
      return done as never
    }
    const answers = await this.#store.enqueue(this.name, jobs)
    return jobs.map((job, i) => this.#accepted(job, answers[i]!)) as never
  }

  async #enqueue<F extends Task | string>(
    options: EnqueueOptions,
    func: F,
    args: readonly unknown[],
  ): Promise<Job<ResultOf<F>>> {
    const prepared = this.#prepare(options, func, args)
    const job = prepared instanceof Promise ? await prepared : prepared
    if (this.#sync) return (await this.#runHere(job)) as Job<ResultOf<F>>
    const [answer] = await this.#store.enqueue(this.name, [job])
    return this.#accepted(job, answer!) as Job<ResultOf<F>>
  }

  /** Not thrown is what the job throws, only what keeps it from being enqueued. */
  async #runHere(job: NewJob): Promise<Job> {
    const { answer, ending } = await this.#sync!.enqueue(this.name, job)
    const placed = this.#accepted(job, answer)
    return placed.refresh().catch((error) => {
      // Kept for no time at all: the caller has it all the same.
      if (error instanceof JobNotFoundError && ending) return this.#job(endedRecord(this.name, job, ending))
      throw error
    })
  }

  /** Everything that can be wrong with a call is found here, before Redis is asked. A promise only where something must be awaited. */
  #prepare(
    options: EnqueueOptions,
    func: Task | string,
    given: readonly unknown[],
  ): NewJob | Promise<NewJob> {
    if (this.#closed) throw new ClosedError(`queue ${this.name} is closed; make a new Queue to enqueue again`)
    const { dependsOn, ...rest } = options
    const checked = isEmpty(rest) ? this.#defaults : { ...this.#defaults, ...checkOptions(rest) }
    const name = functionName(func)
    const { args, futures } = takeFutures(given)
    const encoded = encode(args, 'args')
    checkSize(encoded, DEFAULTS.payloadLimit, 'arguments')
    const make = (func: string, parents?: NewJob['parents']) =>
      toNewJob(func, encoded, checked, futures, parents)
    if (dependsOn === undefined && !futures)
      return typeof name === 'string' ? make(name) : name.then((known) => make(known))
    return Promise.all([
      name,
      toParents(dependsOn, [...(futures?.values() ?? [])], this.name, this.#store),
    ]).then(([known, parents]) => make(known, parents))
  }

  #job<R = unknown>(record: JobRecord): Job<R> {
    const sync = this.#sync
    return new Job(this.#store, record, sync && ((id) => sync.runById(this.name, id)))
  }

  #accepted(job: NewJob, answer: Enqueued): Job {
    if (answer.ok) return this.#job(newRecord(this.name, job))
    if (answer.code === 'parent') throw missingParent(fromRef(answer.parent).id)
    throw new DuplicateJobError(
      `queue ${this.name} has a job ${job.id} already; delete() it first, choose another id, or leave the id to funq`,
      job.id,
    )
  }

  /** The job of an id in this queue, or null. */
  async fetchJob<R = unknown>(id: string): Promise<Job<R> | null> {
    const [record] = await this.#store.fetch(this.name, [id])
    return record ? this.#job<R>(record) : null
  }

  /** One page of a state's jobs, a hundred by default; queued ones in the order they will run. */
  async jobs(state: JobStatus = 'queued', page: Page = {}): Promise<Job[]> {
    const records = await this.#store.fetch(this.name, await this.#store.list(this.name, state, page))
    return records.flatMap((record) => (record ? [this.#job(record)] : []))
  }

  /** The ids of one page of a state. */
  jobIds(state: JobStatus = 'queued', page: Page = {}): Promise<string[]> {
    return this.#store.list(this.name, state, page)
  }

  /** How many jobs are in a state. */
  async count(state: JobStatus = 'queued'): Promise<number> {
    return (await this.counts())[state]
  }

  counts(): Promise<Record<JobStatus, number>> {
    return this.#store.counts(this.name)
  }

  /** Runs failed, stopped or canceled jobs again; without ids, all that have failed by now. Answers how many wait now. */
  async requeue(ids?: readonly string[]): Promise<number> {
    if (ids) return this.#requeue(ids)
    // Those that fail anew meanwhile come after these.
    const all = await this.count('failed')
    let requeued = 0
    for (let looked = 0; looked < all; ) {
      const limit = Math.min(500, all - looked)
      // What has expired meanwhile, or was requeued by another, stays ahead of the rest.
      const page = await this.#store.list(this.name, 'failed', { offset: looked - requeued, limit })
      if (page.length === 0) break
      looked += page.length
      requeued += await this.#requeue(page)
    }
    return requeued
  }

  async #requeue(ids: readonly string[]): Promise<number> {
    const moved = (await this.#store.requeue(this.name, ids)).filter(isQueued).length
    if (this.#sync) for (const id of ids) await this.#sync.runById(this.name, id)
    return moved
  }

  /** Has this queue hand out no job, from this moment on; `for` a time, or until `resume`. What runs goes on, and more can be enqueued. */
  pause(options: PauseOptions = {}): Promise<void> {
    return this.#store.pause(this.name, 'paused', pauseMs(options))
  }

  /** Ends a pause, and wakes a worker. */
  resume(): Promise<void> {
    return this.#store.resume(this.name, 'paused')
  }

  /** Whether this queue is paused; `isSuspended()` tells of all queues. */
  async isPaused(): Promise<boolean> {
    return (await this.#store.pauses(this.name)).paused !== undefined
  }

  /** Lets go of the connection. What was enqueued stays. Calling it twice is harmless. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#release()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** A queue with options set: what `q.with(options)` gives. */
export class QueueWith {
  readonly #options: EnqueueOptions
  readonly #send: (func: Task | string, args: readonly unknown[], more?: EnqueueOptions) => Promise<Job>

  constructor(
    options: EnqueueOptions,
    send: (func: Task | string, args: readonly unknown[], more?: EnqueueOptions) => Promise<Job>,
  ) {
    this.#options = options
    this.#send = send
  }

  enqueue<F extends Task | string>(func: F, ...args: ArgsOf<F>): Promise<Job<ResultOf<F>>> {
    return this.#send(func, args) as Promise<Job<ResultOf<F>>>
  }

  enqueueAt<F extends Task | string>(
    at: Date | number,
    func: F,
    ...args: ArgsOf<F>
  ): Promise<Job<ResultOf<F>>> {
    return this.#send(func, args, { at }) as Promise<Job<ResultOf<F>>>
  }

  enqueueIn<F extends Task | string>(
    delay: Duration,
    func: F,
    ...args: ArgsOf<F>
  ): Promise<Job<ResultOf<F>>> {
    return this.#send(func, args, { in: delay }) as Promise<Job<ResultOf<F>>>
  }

  /** An entry of `enqueueMany` with these options. */
  call<F extends Task | string>(func: F, ...args: ArgsOf<F>): Call<ResultOf<F>> {
    return { func, args, options: this.#options }
  }
}

function isQueued(status: string): boolean {
  return status === 'queued' || status === 'deferred'
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}
