import { v4 as uuid } from 'uuid'
import { checkKnown } from '../core/did-you-mean.ts'
import type { Duration } from '../core/duration.ts'
import { DuplicateJobError, GroupNotFoundError, GroupSealedError, WaitTimeoutError } from '../core/errors.ts'
import type { GroupProgress, MemberOutcome } from '../core/groups.ts'
import { checkJobId, checkQueueName } from '../core/names.ts'
import { fromRef, type Ref } from '../core/record.ts'
import { isEnded } from '../core/states.ts'
import type { Page, Store } from '../core/store.ts'
import { type Call, faultOf, type JobsOf } from './call.ts'
import { type Callback, toStoredCallback } from './callback.ts'
import { STORE_OPTIONS } from './configure.ts'
import { Job } from './job.ts'
import { type LookupOptions, openJobs } from './open-jobs.ts'
import { checkPage } from './page.ts'
import type { Queue } from './queue.ts'
import type { Backing } from './stand-in.ts'
import type { SyncRunner } from './sync.ts'
import { waitAtMost } from './wait-at-most.ts'

/** What `Group.create` takes: how the group is called, what is called when all have ended, and where it is kept. */
export interface GroupOptions extends LookupOptions {
  /** Letters, digits, `_`, `-`, `.`. @default a random UUID */
  readonly id?: string
  /** Called once, with a GroupProgress, when the group is sealed and all its jobs have ended, however they did. */
  readonly onComplete?: Callback
  /** The queue of that call. @default 'default' */
  readonly queue?: string
}

const OPTIONS = ['id', 'onComplete', 'queue', 'async', ...STORE_OPTIONS]
const PAGE = 500

/** Jobs that are looked at together, in any queues: how far they have come, and what follows when all have ended. */
export class Group {
  readonly id: string
  readonly #store: Store
  /** Runs what it calls back in this process. */
  #sync: SyncRunner | undefined

  /** Made by `create` and `fetch`. */
  constructor(id: string, { store, sync }: Backing) {
    this.id = id
    this.#store = store
    this.#sync = sync
  }

  /** @throws DuplicateJobError where a group of this id is there */
  static async create(options: GroupOptions = {}): Promise<Group> {
    checkKnown(options, OPTIONS)
    const { id, onComplete, queue, ...where } = options
    const group = new Group(id === undefined ? uuid() : checkJobId(id), openJobs(where))
    const callback =
      onComplete === undefined
        ? undefined
        : {
            ...(await toStoredCallback(onComplete, 'onComplete')),
            queue: checkQueueName(queue ?? 'default'),
          }
    if (await group.#store.groups.create(group.id, callback)) return group
    throw new DuplicateJobError(
      `there is a group ${group.id} already; choose another id, or delete() that one`,
      group.id,
    )
  }

  /** @throws GroupNotFoundError */
  static async fetch(id: string, options: LookupOptions = {}): Promise<Group> {
    const group = new Group(id, openJobs(options))
    await group.progress()
    return group
  }

  /** Every group that is kept: sealed ones for a week from when all have ended. */
  static async all(options: LookupOptions = {}): Promise<Group[]> {
    const backing = openJobs(options)
    return (await backing.store.groups.all()).map((id) => new Group(id, backing))
  }

  /** Enqueues calls as members of this group; `q.with({ group })` does the same for one. No calls are no error. */
  async enqueueMany<const C extends readonly Call[]>(queue: Queue, calls: C): Promise<JobsOf<C>> {
    const fault = faultOf(calls)
    if (fault) throw fault
    const members = calls.map((call) => ({ ...call, options: { ...call.options, group: this } }))
    return queue.enqueueMany(members) as Promise<JobsOf<C>>
  }

  /**
   * Counts jobs in that are about to be enqueued. @throws GroupSealedError, GroupNotFoundError
   * @param sync runs them in this process, and then what the group calls back as well
   */
  async admit(refs: readonly Ref[], sync?: SyncRunner): Promise<void> {
    this.#sync ??= sync
    const answer = await this.#store.groups.add(this.id, refs)
    if (answer === 'gone') throw notFound(this.id)
    if (answer === 'sealed') {
      throw new GroupSealedError(
        `group ${this.id} is sealed: no job may join it any more; enqueue before seal(), or make a new group`,
        this.id,
      )
    }
  }

  /** Tells the group of a job that was counted in and then refused: it never ends, unless its id is that of a member which is there. */
  async refused(ref: Ref): Promise<void> {
    const { id, queue } = fromRef(ref)
    const [record] = await this.#store.fetch(queue, [id])
    const status = record?.options.group === this.id ? record.status : 'lost'
    // That one tells of its end by itself.
    if (status !== 'lost' && !isEnded(status)) return
    await this.#store.groups.settleFirst(this.id, ref, status)
  }

  /** No more jobs come: `onComplete` is called when all have ended, at once if they have. Calling it twice is harmless. */
  async seal(): Promise<void> {
    if ((await this.#store.groups.seal(this.id)) === 'gone') throw notFound(this.id)
    await this.#sync?.runCallbackOf(this.id)
  }

  /** @throws GroupNotFoundError */
  async progress(): Promise<GroupProgress> {
    const progress = await this.#store.groups.progress(this.id)
    if (progress) return progress
    throw notFound(this.id)
  }

  /** One page of its jobs in the order they were added, a hundred by default; those whose records are gone are left out. */
  async jobs(page: Page = {}): Promise<Job[]> {
    const refs = (await this.#store.groups.members(this.id, checkPage(page))).map(fromRef)
    const records = await Promise.all(refs.map(({ id, queue }) => this.#store.fetch(queue, [id])))
    return records
      .flat()
      .flatMap((record) => (record ? [new Job(this.#store, record, this.#sync?.host)] : []))
  }

  /** Waits until all jobs that it has by now have ended. @throws WaitTimeoutError */
  async wait({ timeout }: { readonly timeout?: Duration } = {}): Promise<GroupProgress> {
    const outcomes = await waitAtMost(
      { ...(timeout !== undefined && { timeout }) },
      (signal) => this.#outcomes(signal),
      () => {
        throw new WaitTimeoutError(`group ${this.id} has not ended within ${timeout}`, this.id)
      },
    )
    const progress = await this.progress()
    if (progress.ended === progress.total) return progress
    // The words of some may still be on their way.
    for (const [ref, outcome] of outcomes) await this.#store.groups.settleFirst(this.id, ref, outcome)
    await this.#store.idle()
    return this.progress()
  }

  async #outcomes(signal: AbortSignal | undefined): Promise<Map<Ref, MemberOutcome>> {
    const outcomes = new Map<Ref, MemberOutcome>()
    await this.#eachRef(async (ref) => {
      const { id, queue } = fromRef(ref)
      const { status } = await this.#store.waitFor(queue, id, signal)
      outcomes.set(ref, status === 'deleted' || status === 'gone' ? 'lost' : status)
    })
    return outcomes
  }

  /** Cancels those that wait, stops those that run. Answers how many of each. */
  async cancel(reason = `group ${this.id} was canceled`): Promise<{ canceled: number; stopped: number }> {
    const counts = { canceled: 0, stopped: 0 }
    await this.#eachRef(async (ref) => {
      const { id, queue } = fromRef(ref)
      const status = await this.#store.cancel(queue, id, reason)
      if (status === 'canceled') counts.canceled++
      else if (status === 'started' && (await this.#store.stop(queue, id)) === 'asked') counts.stopped++
    })
    return counts
  }

  /** Forgets the group; its jobs stay. */
  async delete(): Promise<void> {
    await this.#store.groups.delete(this.id)
  }

  async #eachRef(visit: (ref: Ref) => Promise<unknown>): Promise<void> {
    for (let offset = 0; ; offset += PAGE) {
      const refs = await this.#store.groups.members(this.id, { offset, limit: PAGE })
      await Promise.all(refs.map(visit))
      if (refs.length < PAGE) return
    }
  }
}

function notFound(id: string): GroupNotFoundError {
  return new GroupNotFoundError(
    `group ${id} is not there: it was never created, was deleted, or its time is over`,
    id,
  )
}
