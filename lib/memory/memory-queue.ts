import { getOrMake } from '../core/get-or-make.ts'
import type { Ref } from '../core/record.ts'
import type { EndedStatus } from '../core/states.ts'
import type { Ended, PauseKind, Pauses } from '../core/store.ts'
import type { MemoryJob } from './job.ts'
import type { Limit } from './limits.ts'
import { SortedSet } from './sorted-set.ts'
import type { Lock } from './unique.ts'
import { type Watcher, watch } from './watcher.ts'

/** What a worker shows to end a job, and where the job stood in the queue. */
export interface Claim {
  readonly token: string
  readonly score: number
}

export type Waiter = (ended: Ended) => void

/** The data of one queue: each field is a key of redis/keys.ts. */
export class MemoryQueue {
  readonly name: string
  readonly #now: () => number
  readonly #jobs = new Map<string, MemoryJob>()
  readonly queued = new SortedSet()
  readonly scheduled = new SortedSet()
  readonly deferred = new SortedSet()
  readonly limited = new SortedSet()
  readonly ended: Readonly<Record<EndedStatus, SortedSet>> = {
    finished: new SortedSet(),
    failed: new SortedSet(),
    stopped: new SortedSet(),
    canceled: new SortedSet(),
  }
  /** Worker → end of its lease. */
  readonly workers = new SortedSet()
  readonly #held = new Map<string, Map<string, Claim>>()
  readonly dependents = new Map<string, Set<Ref>>()
  readonly unique = new Map<string, Lock>()
  readonly limits = new Map<string, Limit>()
  readonly waiters = new Map<string, Set<Waiter>>()
  readonly #pauses = new Map<PauseKind, number>()
  /** When ended jobs were last looked at. */
  tendedAt: number
  #seq = 0
  #claims = 0

  readonly #watcher: Watcher | undefined
  /** Also when its record is gone by now: of one canceled at once that is not kept. */
  lastStored: MemoryJob | undefined

  constructor(name: string, now: () => number, watcher?: Watcher) {
    this.name = name
    this.#now = now
    this.tendedAt = now()
    this.#watcher = watcher
  }

  get now(): number {
    return this.#now()
  }

  nextSeq(): number {
    return ++this.#seq
  }

  nextClaim(): number {
    return ++this.#claims
  }

  /** The record of an id, unless its time to live is over. */
  job(id: string): MemoryJob | undefined {
    const job = this.#jobs.get(id)
    if (job?.expiresAt === undefined || job.expiresAt > this.now) return job
    this.#jobs.delete(id)
    return undefined
  }

  store(job: MemoryJob): void {
    if (this.#watcher) watch(job, this.#watcher)
    this.lastStored = job
    this.#jobs.set(job.id, job)
  }

  forget(id: string): void {
    this.#jobs.delete(id)
  }

  heldBy(worker: string): ReadonlyMap<string, Claim> {
    return this.#held.get(worker) ?? new Map()
  }

  hold(worker: string, id: string, claim: Claim): void {
    getOrMake(this.#held, worker, () => new Map()).set(id, claim)
  }

  /** Ends a worker's claim on a job. */
  drop(worker: string, id: string): void {
    const held = this.#held.get(worker)
    if (held?.delete(id) && held.size === 0) this.#held.delete(worker)
  }

  /** @param forMs null for until it is resumed */
  pause(kind: PauseKind, forMs: number | null): void {
    this.#pauses.set(kind, forMs === null ? Number.POSITIVE_INFINITY : this.now + forMs)
  }

  resume(kind: PauseKind): void {
    this.#pauses.delete(kind)
  }

  get pauses(): Pauses {
    return Object.fromEntries([...this.#pauses].filter(([, until]) => until > this.now))
  }

  /** Milliseconds until it hands out jobs again; null while it does. */
  get pausedFor(): number | null {
    const untils = Object.values(this.pauses)
    return untils.length === 0 ? null : Math.max(...untils) - this.now
  }

  /** A lease is never shortened by this. */
  lease(worker: string, leaseMs: number): void {
    this.workers.add(worker, Math.max(this.now + leaseMs, this.workers.scoreOf(worker) ?? 0))
  }
}
