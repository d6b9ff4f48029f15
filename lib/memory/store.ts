import type { Codec } from '../core/codec.ts'
import { ClosedError } from '../core/errors.ts'
import { followUpsOf } from '../core/follow-ups.ts'
import { getOrMake } from '../core/get-or-make.ts'
import { CHANNELS, tellEnqueued } from '../core/job-events.ts'
import type { JobLog } from '../core/log-line.ts'
import { DEFAULTS } from '../core/options.ts'
import { fromRef, type JobRecord, type Ref, toRef } from '../core/record.ts'
import { isEnded, type JobStatus, STATES } from '../core/states.ts'
import type {
  CancelHow,
  Claimed,
  Ended,
  Enqueued,
  Entry,
  MetaSaved,
  NewJob,
  Page,
  ParentWord,
  PauseKind,
  Pauses,
  Run,
  Step,
  StepReply,
  Store,
  UpdateKind,
  Upkeep,
  Waiter,
} from '../core/store.ts'
import { cancel, deleteJob } from './cancel.ts'
import { take } from './claim.ts'
import type { Owed } from './conclude.ts'
import { deliver, repair } from './dependencies.ts'
import { enqueue, type Holder } from './enqueue.ts'
import { MemoryGroups } from './groups.ts'
import { toRecord } from './job.ts'
import { MemoryQueue } from './memory-queue.ts'
import { promote } from './place.ts'
import { count, entries, entry, latency, list, parentsOf } from './read.ts'
import { requeue } from './requeue.ts'
import { step } from './step.ts'
import { MemorySteps } from './steps.ts'
import { cleanup, expire, recover } from './tend.ts'
import { saveMeta, update } from './update.ts'
import { Waiting } from './waiting.ts'
import type { Watcher } from './watcher.ts'

export interface MemoryStoreOptions {
  /** The store's clock, milliseconds since 1970. @default Date.now */
  readonly now?: () => number
  /** @default 30 s */
  readonly leaseMs?: number
  readonly watcher?: Watcher | undefined
  readonly codec?: Codec | undefined
}

export type StopListener = (worker: string, queue: string, id: string) => void

/**
 * The arrows of redis/lua over Maps: what they mean, in plain TypeScript. It carries the synchronous mode and tests, in one process.
 * There are no timers: what expires does so when it is next looked at.
 */
export class MemoryStore implements Store {
  readonly codec: Codec | undefined
  readonly #now: () => number
  readonly #leaseMs: number
  readonly #watcher: Watcher | undefined
  readonly #queues = new Map<string, MemoryQueue>()
  readonly #known = new Set<string>()
  readonly #stopListeners = new Set<StopListener>()
  readonly #waiting = new Waiting()
  readonly groups = new MemoryGroups({
    now: () => this.#now(),
    enqueue: (queue, job) => void this.#enqueue(this.#queue(queue), job, undefined, []),
    isThere: (ref) => {
      const { id, queue } = fromRef(ref)
      return this.#queue(queue).job(id) !== undefined
    },
  })

  readonly steps = new MemorySteps((queue) => this.#queue(queue))

  constructor({ now = Date.now, leaseMs = DEFAULTS.leaseMs, watcher, codec }: MemoryStoreOptions = {}) {
    this.codec = codec
    this.#now = now
    this.#leaseMs = leaseMs
    this.#watcher = watcher
  }

  readonly #queue = (name: string): MemoryQueue => {
    return getOrMake(this.#queues, name, () => new MemoryQueue(name, this.#now, this.#watcher))
  }

  /** Runs one arrow, then tells the dependents of what it ended. */
  #arrow<T>(name: string, run: (queue: MemoryQueue, owed: Owed) => T): T {
    const owed: Owed = []
    const answer = run(this.#queue(name), owed)
    deliver(this.#queue, owed, (queue, id) => this.#followUp(queue, id, owed))
    return answer
  }

  #enqueue(queue: MemoryQueue, job: NewJob, holder: Holder | undefined, owed: Owed): Enqueued {
    this.#known.add(queue.name)
    const answer = enqueue(this.#queue, queue, job, holder, owed)
    if (this.#watcher && answer.ok && answer.existing === undefined)
      this.#watcher.onStored(queue.name, queue.lastStored!, job)
    return answer
  }

  #followUp(queue: MemoryQueue, id: string, owed: Owed): void {
    const job = queue.job(id)
    if (!job || !isEnded(job.status)) return
    for (const next of followUpsOf(toRecord(job, queue.name))) this.#enqueue(queue, next, undefined, owed)
    const { group } = job.options
    if (group !== undefined) this.groups.settleNow(group, toRef(id, queue.name), job.status)
  }

  async enqueueEach(name: string, jobs: Iterable<NewJob>): Promise<Enqueued[]> {
    return this.enqueue(name, [...jobs])
  }

  async enqueue(name: string, jobs: readonly NewJob[], worker?: string): Promise<Enqueued[]> {
    this.#known.add(name)
    const holder = worker === undefined ? undefined : { worker, leaseMs: this.#leaseMs }
    const answers = this.#arrow(name, (queue, owed) => {
      // Nobody tends a synchronous queue: what has had its time goes when something new comes, as often as a worker would.
      if (queue.now - queue.tendedAt >= DEFAULTS.maintenanceMs) expire(queue, owed)
      return jobs.map((job) => this.#enqueue(queue, job, holder, owed))
    })
    return CHANNELS.enqueue.hasSubscribers ? tellEnqueued(name, jobs, answers) : answers
  }

  async step(name: string, worker: string, turn: Step): Promise<StepReply> {
    return this.#arrow(name, (queue, owed) => step(queue, worker, this.#leaseMs, turn, owed))
  }

  async take(name: string, worker: string, id: string): Promise<Claimed | undefined> {
    const taker = { worker, leaseMs: this.#leaseMs, begin: true, held: 0 }
    return this.#arrow(name, (queue, owed) => take(queue, id, taker, owed))
  }

  async update(
    name: string,
    worker: string,
    id: string,
    token: string,
    kind: UpdateKind,
    value: string,
  ): Promise<boolean> {
    return update(this.#queue(name), worker, id, token, kind, value)
  }

  async heartbeat(name: string, worker: string): Promise<string[]> {
    const queue = this.#queue(name)
    queue.workers.add(worker, queue.now + this.#leaseMs)
    return [...queue.heldBy(worker).keys()]
  }

  /** No reply is lost here. */
  async giveBackForgotten(): Promise<void> {}

  async pause(name: string, kind: PauseKind, forMs: number | null): Promise<void> {
    this.#known.add(name)
    this.#queue(name).pause(kind, forMs)
  }

  async resume(name: string, kind: PauseKind): Promise<void> {
    this.#queue(name).resume(kind)
  }

  async pauses(name: string): Promise<Pauses> {
    return this.#queue(name).pauses
  }

  async leave(name: string, worker: string): Promise<void> {
    const queue = this.#queue(name)
    if (queue.heldBy(worker).size > 0) queue.workers.add(worker, 0)
    else queue.workers.delete(worker)
  }

  async cancel(name: string, id: string, reason: string, how: CancelHow = {}): Promise<JobStatus | 'gone'> {
    return this.#arrow(name, (queue, owed) => cancel(this.#queue, queue, id, reason, how, owed))
  }

  async requeue(name: string, ids: readonly string[], atFront = false): Promise<(JobStatus | 'gone')[]> {
    return this.#arrow(name, (queue, owed) => ids.map((id) => requeue(this.#queue, queue, id, atFront, owed)))
  }

  async delete(name: string, id: string): Promise<'deleted' | JobStatus | 'gone'> {
    return this.#arrow(name, (queue, owed) => deleteJob(queue, id, owed))
  }

  async purge(
    name: string,
    state: JobStatus,
    ids: readonly string[],
    endedAgoMs?: number,
  ): Promise<('deleted' | JobStatus | 'gone')[]> {
    const only = { state, endedAgoMs }
    return this.#arrow(name, (queue, owed) => ids.map((id) => deleteJob(queue, id, owed, only)))
  }

  async forget(name: string): Promise<'forgotten' | { state: string; id: string }> {
    for (const state of STATES) {
      const [id] = list(this.#queue(name), state, { limit: 1 })
      if (id !== undefined) return { state, id }
    }
    this.#known.delete(name)
    return 'forgotten'
  }

  async saveMeta(name: string, id: string, meta: string, was?: string): Promise<MetaSaved> {
    return saveMeta(this.#queue(name), id, meta, was)
  }

  async stop(name: string, id: string): Promise<'asked' | JobStatus | 'gone'> {
    const job = this.#queue(name).job(id)
    if (job?.status !== 'started') return job?.status ?? 'gone'
    for (const listener of this.#stopListeners) listener(job.worker!, name, id)
    return 'asked'
  }

  /** Hears which worker is asked to stop which job: what Redis's control channels carry. Answers how to end that. */
  onStop(listener: StopListener): () => void {
    this.#stopListeners.add(listener)
    return () => this.#stopListeners.delete(listener)
  }

  waitFor(
    name: string,
    id: string,
    signal?: AbortSignal,
    requeues?: number,
    waiter?: Waiter,
  ): Promise<Ended> {
    return this.#waiting.waitFor(this.#queue(name), id, signal, requeues, waiter)
  }

  dropWaits(): void {
    this.#waiting.dropClosed()
  }

  async fetch(name: string, ids: readonly string[]): Promise<(JobRecord | undefined)[]> {
    const queue = this.#queue(name)
    return ids.map((id) => {
      const job = queue.job(id)
      return job && toRecord(job, name)
    })
  }

  async find(id: string): Promise<string | undefined> {
    return (await this.queues()).find((name) => this.#queue(name).job(id))
  }

  async findMany(ids: readonly string[]): Promise<(string | undefined)[]> {
    return Promise.all(ids.map((id) => this.find(id)))
  }

  async list(name: string, state: JobStatus, page: Page = {}): Promise<string[]> {
    return list(this.#queue(name), state, page)
  }

  async entries(name: string, state: JobStatus, page: Page = {}): Promise<Entry[]> {
    return entries(this.#queue(name), state, page)
  }

  async entry(name: string, state: JobStatus, id: string): Promise<Entry | undefined> {
    return entry(this.#queue(name), state, id)
  }

  /** When the next scheduled job of all queues is due. */
  get nextDue(): number | undefined {
    const firsts = [...this.#queues.values()].flatMap(({ scheduled }) => scheduled.first?.score ?? [])
    return firsts.length === 0 ? undefined : Math.min(...firsts)
  }

  async latency(name: string): Promise<number> {
    return latency(this.#queue(name))
  }

  async counts(name: string): Promise<Record<JobStatus, number>> {
    return count(this.#queue(name))
  }

  async position(name: string, id: string): Promise<number | null> {
    return this.#queue(name).queued.rankOf(id)
  }

  async runs(name: string, id: string): Promise<Run[]> {
    return [...(this.#queue(name).job(id)?.runs ?? [])]
  }

  async history(name: string, id: string): Promise<{ record: JobRecord; runs: Run[] } | undefined> {
    const job = this.#queue(name).job(id)
    return job && { record: toRecord(job, name), runs: [...job.runs] }
  }

  async log(name: string, id: string): Promise<JobLog> {
    const job = this.#queue(name).job(id)
    return { added: job?.logged ?? 0, lines: [...(job?.log ?? [])] }
  }

  async parents(name: string, id: string): Promise<Map<Ref, ParentWord>> {
    return parentsOf(this.#queue(name).job(id))
  }

  async dependents(name: string, id: string): Promise<Ref[]> {
    return [...(this.#queue(name).dependents.get(id) ?? [])]
  }

  async queues(): Promise<string[]> {
    return [...this.#known].sort()
  }

  /** Every arrow delivers before it answers. */
  async idle(): Promise<void> {}

  async tend(name: string): Promise<Upkeep> {
    const upkeep = this.#arrow(name, (queue, owed) => {
      const promoted = promote(queue)
      const expired = expire(queue, owed)
      return { promoted, expired, ...recover(queue, owed), delivered: owed.length }
    })
    const repaired = this.#arrow(name, (queue, owed) => repair(this.#queue, queue, owed))
    return { ...upkeep, repaired }
  }

  async cleanup(name: string, state: JobStatus): Promise<number> {
    return this.#arrow(name, (queue, owed) => cleanup(queue, state, owed))
  }

  async close(): Promise<void> {
    this.#waiting.close(new ClosedError('the queue was closed while this job was awaited'))
  }
}
