import { ClosedError, DuplicateJobError, InvalidArgumentError, JobNotFoundError } from '../core/errors.ts'
import { type CheckedOptions, checkOptions, DEFAULTS } from '../core/options.ts'
import { checkSize, encode } from '../core/payload.ts'
import { fromRef, type JobRecord, toRef } from '../core/record.ts'
import type { Enqueued, NewJob, Store } from '../core/store.ts'
import { RedisStore } from '../redis/store.ts'
import { isPromised, type Transaction } from '../redis/transaction.ts'
import { type Call, functionName, type JobsOf, takeFutures } from './call.ts'
import { missingParent, toParents } from './dependencies.ts'
import { Job } from './job.ts'
import { endedRecord, newRecord, toNewJob } from './new-job.ts'
import type { EnqueueOptions } from './queue-options.ts'
import type { SyncRunner } from './sync.ts'
import type { ResultOf, Task } from './task-types.ts'

/** Turns calls into jobs of one queue, and hands them to the store. */
export class Producer {
  readonly #queue: string
  readonly #store: Store
  readonly #defaults: CheckedOptions
  readonly #sync: SyncRunner | undefined
  #closed = false

  /** @param sync runs each job as it is enqueued: of a synchronous queue */
  constructor(queue: string, store: Store, defaults: CheckedOptions, sync: SyncRunner | undefined) {
    this.#queue = queue
    this.#store = store
    this.#defaults = defaults
    this.#sync = sync
  }

  async enqueue<F extends Task | string>(
    options: EnqueueOptions,
    func: F,
    args: readonly unknown[],
  ): Promise<Job<ResultOf<F>>> {
    const prepared = this.#prepare(options, func, args)
    const job = prepared instanceof Promise ? await prepared : prepared
    if (this.#sync) return (await this.#runHere(job)) as Job<ResultOf<F>>
    if (options.transaction) return (await this.#append(options.transaction, [job]))[0] as Job<ResultOf<F>>
    const [answer] = await this.#store.enqueue(this.#queue, [job])
    return this.#accepted(job, answer!) as Job<ResultOf<F>>
  }

  async enqueueMany<const C extends readonly Call[]>(common: EnqueueOptions, calls: C): Promise<JobsOf<C>> {
    const { transaction } = common
    const jobs: NewJob[] = []
    const ids = new Set<string>()
    for (const { func, args, options } of calls) {
      if (options.transaction !== undefined && options.transaction !== transaction) {
        throw new InvalidArgumentError(
          'transaction: expected with({ transaction }).enqueueMany(calls), got it with one of the calls',
        )
      }
      const prepared = this.#prepare({ ...common, ...options }, func, args, ids)
      const job = prepared instanceof Promise ? await prepared : prepared
      jobs.push(job)
      ids.add(job.id)
    }
    if (this.#sync) {
      const done: Job[] = []
      for (const job of jobs) done.push(await this.#runHere(job))
      return done as never
    }
    if (transaction) return (await this.#append(transaction, jobs)) as never
    const answers = await this.#store.enqueue(this.#queue, jobs)
    return jobs.map((job, i) => this.#accepted(job, answers[i]!)) as never
  }

  /** A job of this queue, which runs here again if it is requeued on a synchronous one. */
  toJob<R = unknown>(record: JobRecord): Job<R> {
    const sync = this.#sync
    return new Job(this.#store, record, sync && ((queue, id) => sync.runById(queue, id)))
  }

  close(): void {
    this.#closed = true
  }

  /** Nothing is known yet of whether they will be accepted: that is in the answer of the caller's `exec()`. */
  async #append(transaction: Transaction, jobs: readonly NewJob[]): Promise<Job[]> {
    const missing = await (this.#store as RedisStore).enqueueInto(transaction, this.#queue, jobs)
    if (missing) throw missingParent(fromRef(missing).id)
    return jobs.map((job) => this.toJob(newRecord(this.#queue, job)))
  }

  /** Not thrown is what the job throws, only what keeps it from being enqueued. */
  async #runHere(job: NewJob): Promise<Job> {
    const { answer, ending } = await this.#sync!.enqueue(this.#queue, job)
    const placed = this.#accepted(job, answer)
    return placed.refresh().catch((error) => {
      // Kept for no time at all: the caller has it all the same.
      if (error instanceof JobNotFoundError && ending)
        return this.toJob(endedRecord(this.#queue, job, ending))
      throw error
    })
  }

  /** Everything that can be wrong with a call is found here, before Redis is asked. A promise only where something must be awaited. */
  #prepare(
    options: EnqueueOptions,
    func: Task | string,
    given: readonly unknown[],
    ahead?: ReadonlySet<string>,
  ): NewJob | Promise<NewJob> {
    if (this.#closed)
      throw new ClosedError(`queue ${this.#queue} is closed; make a new Queue to enqueue again`)
    const { dependsOn, transaction, ...rest } = options
    if (transaction !== undefined) this.#checkCanAppend()
    const checked = isEmpty(rest) ? this.#defaults : { ...this.#defaults, ...checkOptions(rest) }
    const name = functionName(func)
    const { args, futures } = takeFutures(given)
    const encoded = encode(args, 'args')
    checkSize(encoded, DEFAULTS.payloadLimit, 'arguments')
    const make = (func: string, parents?: NewJob['parents']) =>
      toNewJob(func, encoded, checked, futures, parents)
    if (dependsOn === undefined && !futures)
      return typeof name === 'string' ? make(name) : name.then((known) => make(known))
    const isComing = (id: string) =>
      ahead?.has(id) === true ||
      (transaction !== undefined && isPromised(transaction, toRef(id, this.#queue)))
    const parents = toParents(dependsOn, [...(futures?.values() ?? [])], this.#queue, this.#store, isComing)
    return Promise.all([name, parents]).then(([known, parents]) => make(known, parents))
  }

  #checkCanAppend(): void {
    if (this.#store instanceof RedisStore && !this.#sync) return
    throw new InvalidArgumentError(
      'transaction: expected a queue whose jobs are run by workers, got a synchronous one, which runs a job before any exec()',
    )
  }

  #accepted(job: NewJob, answer: Enqueued): Job {
    if (answer.ok) return this.toJob(newRecord(this.#queue, job))
    if (answer.code === 'parent') throw missingParent(fromRef(answer.parent).id)
    throw new DuplicateJobError(
      `queue ${this.#queue} has a job ${job.id} already; delete() it first, choose another id, or leave the id to funq`,
      job.id,
    )
  }
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}
