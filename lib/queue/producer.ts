import type { Codec } from '../core/codec.ts'
import { coded } from '../core/codec.ts'
import { ClosedError, DuplicateJobError, InvalidArgumentError, JobNotFoundError } from '../core/errors.ts'
import { type CheckedOptions, checkOptions, DEFAULTS } from '../core/options.ts'
import { checkSize, encode } from '../core/payload.ts'
import { fromRef, type JobRecord, toRef } from '../core/record.ts'
import type { Enqueued, NewJob } from '../core/store.ts'
import { RedisStore } from '../redis/store.ts'
import { isPromised, type Transaction } from '../redis/transaction.ts'
import { type Call, faultOf, functionName, type JobsOf, takeFutures } from './call.ts'
import { type CallbackOptions, toStoredCallbacks } from './callback.ts'
import { clientMiddleware, sendThrough, toCall, toOutgoing } from './client-middleware.ts'
import type { PendingCall } from './configure.ts'
import { missingParent, toParents } from './dependencies.ts'
import type { Group } from './group.ts'
import { Job, type JobHost } from './job.ts'
import { endedRecord, FAILURE_HOOK, NONE, newRecord, toNewJob } from './new-job.ts'
import { namesOfPlain, toPlainJobs } from './plain-calls.ts'
import type { EnqueueOptions } from './queue-options.ts'
import { notUnique } from './refusal.ts'
import { isFolded } from './runnable.ts'
import type { Backing } from './stand-in.ts'
import type { SyncRunner } from './sync.ts'
import type { ResultOf, Runnable } from './task-types.ts'

/** Jobs that are made before it is known whether they are accepted. More would keep the next call from going out. */
const MADE_MEANWHILE = 1_000

/** Turns calls into jobs of one queue, and hands them to the store. */
export class Producer {
  readonly #queue: string
  readonly #backing: () => Backing
  readonly #defaults: CheckedOptions
  #closed: ClosedError | undefined
  /** Of a queue some of whose jobs run in this process. */
  #diversion: ((call: PendingCall) => Producer | undefined) | undefined

  /** @param backing where jobs go, asked at each enqueue */
  constructor(queue: string, backing: () => Backing, defaults: CheckedOptions) {
    this.#queue = queue
    this.#backing = backing
    this.#defaults = isEmpty(defaults) ? NONE : defaults
  }

  enqueue<F extends Runnable>(
    options: EnqueueOptions,
    func: F,
    args: readonly unknown[],
  ): Promise<Job<ResultOf<F>>> {
    const other = this.#diversion?.({ queue: this.#queue, func, args, options })
    if (other) return other.enqueue(options, func, args)
    if (clientMiddleware.length === 0 && !isFolded(func)) return this.#send(options, func, args)
    return this.#sendThrough(options, func, args) as Promise<Job<ResultOf<F>>>
  }

  async #send<F extends Runnable>(
    options: EnqueueOptions,
    func: F,
    args: readonly unknown[],
    hearsFailure?: boolean,
  ): Promise<Job<ResultOf<F>>> {
    const backing = this.#backing()
    const prepared = this.#prepare(backing, options, func, args, undefined, hearsFailure)
    const job = prepared instanceof Promise ? await prepared : prepared
    const { transaction, group } = options
    if (backing.sync) return (await this.#runHere(backing, job, group)) as Job<ResultOf<F>>
    if (group) await this.#join([group], [job])
    if (transaction) return (await this.#append(backing, transaction, [job]))[0] as Job<ResultOf<F>>
    const answers = await backing.store.enqueue(this.#queue, [job])
    if (group) await this.#leave([group], [job], answers)
    if (answers[0]!.ok) await backing.durable?.([job])
    return this.#accepted(backing, job, answers[0]!) as Job<ResultOf<F>>
  }

  enqueueMany<const C extends readonly Call[]>(common: EnqueueOptions, calls: C): Promise<JobsOf<C>> {
    const fault = faultOf(calls)
    if (fault) return Promise.reject(fault)
    if (this.#diversion) return this.#oneByOne(common, calls) as Promise<JobsOf<C>>
    const isPlain = clientMiddleware.length === 0 && !calls.some(({ func }) => isFolded(func))
    if (isPlain) return this.#sendMany(common, calls)
    return this.#sendManyThrough(common, calls) as Promise<JobsOf<C>>
  }

  async #sendThrough(options: EnqueueOptions, func: Runnable, args: readonly unknown[]): Promise<Job> {
    const call = await toOutgoing({ func, args, options }, this.#queue, this.#defaults)
    const send = async () => {
      const { func, args, options, hearsFailure } = toCall(call)
      return [await this.#send(options, func, args, hearsFailure)]
    }
    return (await sendThrough([call], send))[0]!
  }

  async #sendManyThrough(common: EnqueueOptions, calls: readonly Call[]): Promise<Job[]> {
    const batch = { size: calls.length }
    const outgoing = await Promise.all(
      calls.map(({ func, args, options }) =>
        toOutgoing({ func, args, options: { ...common, ...options } }, this.#queue, this.#defaults, batch),
      ),
    )
    const { transaction } = common
    return sendThrough(outgoing, () =>
      this.#sendMany(transaction ? { transaction } : {}, outgoing.map(toCall)),
    )
  }

  async #sendMany<const C extends readonly Call[]>(common: EnqueueOptions, calls: C): Promise<JobsOf<C>> {
    const { transaction } = common
    const backing = this.#backing()
    const jobs: NewJob[] = []
    const isBare = isEmpty(common) && !this.#closed && !backing.sync && !backing.store.codec
    const names = isBare ? namesOfPlain(calls) : undefined
    if (names) {
      const each = toPlainJobs(calls, names, this.#defaults, jobs)
      return this.#finish(backing, jobs, backing.store.enqueueEach(this.#queue, each))
    }
    const ids = new Set<string>()
    for (const { func, args, options, hearsFailure } of calls) {
      if (options.transaction !== undefined && options.transaction !== transaction) {
        throw new InvalidArgumentError(
          'transaction: expected with({ transaction }).enqueueMany(calls), got it with one of the calls',
        )
      }
      const all = isEmpty(common) ? options : { ...common, ...options }
      const prepared = this.#prepare(backing, all, func, args, ids, hearsFailure)
      const job = prepared instanceof Promise ? await prepared : prepared
      jobs.push(job)
      // Only by an id of its own can a later call of this batch name it.
      if (job.ownId) ids.add(job.id)
    }
    if (backing.sync) {
      const done: Job[] = []
      for (const [i, job] of jobs.entries())
        done.push(await this.#runHere(backing, job, calls[i]!.options.group ?? common.group))
      return done as never
    }
    const groups = calls.map(({ options }) => options.group ?? common.group)
    if (groups.some(Boolean)) await this.#join(groups, jobs)
    if (transaction) return (await this.#append(backing, transaction, jobs)) as never
    const sending = backing.store.enqueue(this.#queue, jobs)
    return this.#finish(backing, jobs, sending, groups.some(Boolean) ? groups : undefined)
  }

  async #finish<C extends readonly Call[]>(
    backing: Backing,
    jobs: readonly NewJob[],
    sending: Promise<Enqueued[]>,
    groups?: readonly (Group | undefined)[],
  ): Promise<JobsOf<C>> {
    // They go out after this turn of the microtasks. What is made meanwhile is made while Redis stores them, and nearly all are accepted.
    await null
    const made = jobs.slice(0, MADE_MEANWHILE).map((job) => this.#made(backing, job))
    const answers = await sending
    if (groups) await this.#leave(groups, jobs, answers)
    await backing.durable?.(jobs.filter((_, i) => answers[i]!.ok))
    const accepted = jobs.map((job, i) => {
      const answer = answers[i]!
      return answer.ok && answer.existing === undefined && made[i]
        ? made[i]
        : this.#accepted(backing, job, answer)
    })
    return (accepted.some((job) => job instanceof Promise) ? Promise.all(accepted) : accepted) as never
  }

  /** Has those jobs for which `isHere` says so enqueued by another producer, which is made for the first of them. */
  divert(isHere: (call: PendingCall) => boolean, make: () => Producer): void {
    let made: Producer | undefined
    this.#diversion = (call) => {
      if (!isHere(call)) return undefined
      made ??= make()
      return made
    }
  }

  /** Each may go another way, and those that run here are over before the next is enqueued. */
  async #oneByOne(common: EnqueueOptions, calls: readonly Call[]): Promise<Job[]> {
    const jobs: Job[] = []
    for (const { func, args, options } of calls)
      jobs.push(await this.enqueue({ ...common, ...options }, func, args))
    return jobs
  }

  /** Before they are enqueued: one that ends at once must be a member by then. */
  async #join(groups: readonly (Group | undefined)[], jobs: readonly NewJob[]): Promise<void> {
    for (const group of new Set(groups)) {
      const members = jobs.filter((_, i) => groups[i] === group).map(({ id }) => toRef(id, this.#queue))
      await group?.admit(members, this.#backing().sync)
    }
  }

  /** Those that were refused are not waited for. */
  async #leave(
    groups: readonly (Group | undefined)[],
    jobs: readonly NewJob[],
    answers: readonly Enqueued[],
  ): Promise<void> {
    for (const [i, answer] of answers.entries()) {
      const refused = !answer.ok || answer.existing !== undefined
      if (refused) await groups[i]?.refused(toRef(jobs[i]!.id, this.#queue))
    }
  }

  /** A job of this queue, which runs here again if it is requeued on a synchronous one. */
  toJob<R = unknown>(record: JobRecord, { store, sync } = this.#backing()): Job<R> {
    return new Job(store, record, sync ? this.#hostOf(sync) : this)
  }

  #hostOf(sync: SyncRunner): JobHost {
    const closed = () => this.#closed
    return {
      get closed() {
        return closed()
      },
      runHere: (queue, id) => sync.runById(queue, id),
    }
  }

  get closed(): ClosedError | undefined {
    return this.#closed
  }

  /** From now on nothing is enqueued, and no job of this queue awaited. */
  close(): void {
    this.#closed ??= new ClosedError(
      `queue ${this.#queue} was closed while a job of it was awaited; the job goes on: await it through a new Queue`,
    )
    // What a test has in the place of its store; its own is told by its release.
    this.#backing().store.dropWaits()
  }

  /** Nothing is known yet of whether they will be accepted: that is in the answer of the caller's `exec()`. */
  async #append(backing: Backing, transaction: Transaction, jobs: readonly NewJob[]): Promise<Job[]> {
    const missing = await (backing.store as RedisStore).enqueueInto(transaction, this.#queue, jobs)
    if (missing) throw missingParent(fromRef(missing).id)
    return jobs.map((job) => this.toJob(newRecord(this.#queue, job), backing))
  }

  /** Not thrown is what the job throws, only what keeps it from being enqueued. */
  async #runHere(backing: Backing, job: NewJob, group: Group | undefined): Promise<Job> {
    await this.#join([group], [job])
    const { answer, ending } = await backing.sync!.enqueue(this.#queue, job)
    await this.#leave([group], [job], [answer])
    const placed = await this.#accepted(backing, job, answer)
    return placed.refresh().catch((error) => {
      // Kept for no time at all: the caller has it all the same.
      if (error instanceof JobNotFoundError && ending)
        return this.toJob(endedRecord(this.#queue, job, ending), backing)
      throw error
    })
  }

  /** Everything that can be wrong with a call is found here, before Redis is asked. A promise only where something must be awaited. */
  #prepare(
    backing: Backing,
    options: EnqueueOptions,
    func: Runnable,
    given: readonly unknown[],
    ahead?: ReadonlySet<string>,
    hearsFailure?: boolean,
  ): NewJob | Promise<NewJob> {
    if (this.#closed)
      throw new ClosedError(`queue ${this.#queue} is closed; make a new Queue to enqueue again`)
    const name = functionName(func)
    const { args, futures } = takeFutures(given)
    const encoded = encode(args, 'args')
    const { codec } = backing.store
    // A codec may make it smaller.
    if (!codec) checkSize(encoded, DEFAULTS.payloadLimit, 'arguments')
    // Most jobs have no options: taking apart what is not there would be the dearest part of their enqueue.
    if (isEmpty(options) && !futures && !hearsFailure && typeof name === 'string')
      return withCodec(codec, toNewJob(name, encoded, this.#defaults))
    const { dependsOn, transaction, group, onSuccess, onFailure, onStopped, ...rest } = options
    if (transaction !== undefined) checkCanAppend(backing)
    const checked = isEmpty(rest) ? this.#defaults : { ...this.#defaults, ...checkOptions(rest) }
    const callbacks =
      onSuccess !== undefined || onFailure !== undefined || onStopped !== undefined
        ? toStoredCallbacks({ onSuccess, onFailure, onStopped } as CallbackOptions)
        : undefined
    const make = (func: string, parents?: NewJob['parents'], callbacks?: object) => {
      const more =
        group || hearsFailure
          ? { ...callbacks, ...(group && { group: group.id }), ...(hearsFailure && FAILURE_HOOK) }
          : callbacks
      return withCodec(codec, toNewJob(func, encoded, checked, futures, parents, more))
    }
    if (dependsOn === undefined && !futures && !callbacks)
      return typeof name === 'string' ? make(name) : name.then((known) => make(known))
    const isComing = (id: string) =>
      ahead?.has(id) === true ||
      (transaction !== undefined && isPromised(transaction, toRef(id, this.#queue)))
    const parents =
      dependsOn === undefined && !futures
        ? undefined
        : toParents(dependsOn, [...(futures?.values() ?? [])], this.#queue, backing.store, isComing)
    return Promise.all([name, parents, callbacks]).then((known) => make(...known))
  }

  #made(backing: Backing, job: NewJob): Job {
    return this.toJob(newRecord(this.#queue, job, backing.now?.()), backing)
  }

  /** A promise only where there is something to ask: a thousand of them cost as much as all else. */
  #accepted(backing: Backing, job: NewJob, answer: Enqueued): Job | Promise<Job> {
    if (answer.ok && answer.existing !== undefined) return this.#existing(backing, answer.existing)
    if (answer.ok) return this.#made(backing, job)
    if (answer.code === 'parent') throw missingParent(fromRef(answer.parent).id)
    if (answer.by !== undefined) throw notUnique(this.#queue, answer.by)
    throw new DuplicateJobError(
      `queue ${this.#queue} has a job ${job.id} already; delete() it first, choose another id, or leave the id to funq`,
      job.id,
    )
  }

  async #existing(backing: Backing, id: string): Promise<Job> {
    const [record] = await backing.store.fetch(this.#queue, [id])
    // It has ended, and its result was not kept for a moment.
    if (!record) throw notUnique(this.#queue, id)
    return this.toJob(record, backing)
  }
}

function checkCanAppend({ store, sync }: Backing): void {
  if (store instanceof RedisStore && !sync) return
  throw new InvalidArgumentError(
    'transaction: expected a queue whose jobs are run by workers over Redis, got one whose jobs are run or kept in this process, before any exec()',
  )
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false
  return true
}

function withCodec(codec: Codec | undefined, job: NewJob): NewJob {
  if (!codec) return job
  const args = coded(codec, job.args, 'args', job.id)
  checkSize(args, DEFAULTS.payloadLimit, 'arguments')
  return { ...job, args }
}
