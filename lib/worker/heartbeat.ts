import { randomUUID } from 'node:crypto'
import { RedisFullError, WorkerNameTakenError } from '../core/errors.ts'
import type { RedisStore } from '../redis/store.ts'
import type { Suspension } from '../redis/suspension.ts'
import type { WorkerRegistry } from '../redis/worker-registry.ts'
import { EventLoopLag, type LagFacts } from './event-loop-lag.ts'
import type { Executor } from './executor.ts'
import type { Logger } from './logger.ts'
import type { QueueSet } from './queue-set.ts'

/** As many forgotten jobs go back by one call; a pass claims more. */
const MOST_A_CALL = 250

export interface HeartbeatOptions {
  readonly worker: string
  readonly queues: QueueSet
  readonly store: RedisStore
  readonly registry: WorkerRegistry
  readonly executor: Executor
  readonly suspension: Suspension
  readonly leaseMs: number
  readonly everyMs: number
  readonly facts: () => Readonly<Record<string, string | number>>
  readonly log: Logger
  /** All workers were suspended, or are not any more. */
  readonly onSuspended: (suspended: boolean) => void
}

/** Keeps the worker's lease, and its view of what it holds in line with the store's. */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  #last = Number.NEGATIVE_INFINITY
  #kept = performance.now()
  #watchdog: NodeJS.Timeout | undefined
  /** Tells this worker from any other that has, or had, its name. */
  readonly #instance = randomUUID()
  #hasName = false
  readonly #lag = new EventLoopLag()
  #lagFacts: LagFacts = { p99Ms: 0, maxMs: 0 }
  /** Whether jobs have come since the last beat. */
  #hadJobs = false
  #isIntroduced = false
  #suspended = false

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** Whether its name is its own. */
  get hasName(): boolean {
    return this.#hasName
  }

  /**
   * Whether what is handed to it now is its own for sure. What comes sooner may be meant for a dead worker of its name, what comes
   * later, to one that was frozen, may be another's by now: the next beat tells.
   */
  get holdsLease(): boolean {
    return this.#isIntroduced && performance.now() - this.#kept < this.#options.leaseMs
  }

  /** Whether all workers were suspended, when it was last looked at. */
  get suspended(): boolean {
    return this.#suspended
  }

  /** How long Redis has not heard of it; null before the first time. */
  get ageMs(): number | null {
    return this.#hasName ? performance.now() - this.#kept : null
  }

  get dueAt(): number {
    return this.#last + this.#options.everyMs
  }

  get isDue(): boolean {
    return performance.now() >= this.dueAt
  }

  /** From now on a lease that could not be kept in time is given up here as well: another worker may have the jobs by then. */
  start(): void {
    this.#kept = performance.now()
    this.#watchdog ??= setInterval(() => {
      const { executor, log, leaseMs } = this.#options
      if (executor.held === 0 || performance.now() - this.#kept < leaseMs) return
      log.error(
        'Lost the lease on all jobs: Redis could not be reached in time. Their results will be refused.',
      )
      executor.loseLease([...this.#options.queues.names.flatMap((queue) => [...executor.idsOf(queue)])])
    }, 1_000)
  }

  /** There are jobs, which may keep the event loop from turning. */
  busy(): void {
    this.#hadJobs = true
    this.#lag.start()
  }

  /** A reply may have been lost, and with it what the worker holds: the next beat is due now. */
  hurry(): void {
    this.#last = Number.NEGATIVE_INFINITY
  }

  /**
   * The first word of this worker. What a dead one of its name still holds, with a lease that a heartbeat would prolong, is taken back.
   * @throws WorkerNameTakenError
   */
  async introduce(): Promise<void> {
    const { queues, store, worker } = this.#options
    await this.#list(await this.#tell())
    for (const queue of queues.names) {
      if ((await store.heartbeat(queue, worker)).length === 0) continue
      await store.leave(queue, worker)
      await store.tend(queue)
    }
    this.#isIntroduced = true
    await this.beat()
  }

  /** Not while a claim is under way, whose jobs would look forgotten. @throws WorkerNameTakenError */
  async beat(): Promise<void> {
    const { queues, suspension } = this.#options
    const sent = performance.now()
    this.#takeLag()
    // The name first: under another's, all that follows would be done to that one's jobs.
    const now = await this.#tell()
    const [followed] = await allOf([
      unlessFull(suspension.follow(queues.names)),
      this.#list(now),
      ...queues.names.map((queue) => this.#renew(queue)),
    ])
    const suspended = followed ?? this.#suspended
    if (suspended !== this.#suspended) {
      this.#suspended = suspended
      this.#options.onSuspended(suspended)
      await this.#tell()
    }
    this.#last = sent
    this.#kept = sent
  }

  /** It is measured while there are jobs: its timer would cost each of a thousand idle workers more than all else that they do. */
  #takeLag(): void {
    const isIdle = !this.#hadJobs && this.#options.executor.held === 0
    this.#hadJobs = false
    if (isIdle) this.#lag.stop()
    this.#lagFacts = isIdle ? { p99Ms: 0, maxMs: 0 } : (this.#lag.take() ?? this.#lagFacts)
  }

  /** @returns Redis's time, nothing where it is full */
  async #tell(): Promise<number | null> {
    const { queues, registry, worker, facts, leaseMs } = this.#options
    const { p99Ms: lagP99Ms, maxMs: lagMaxMs } = this.#lagFacts
    const told = { ...facts(), lagP99Ms, lagMaxMs }
    const now = await unlessFull(registry.tell(worker, this.#instance, queues.names, told, leaseMs))
    this.#hasName = now !== undefined
    if (now !== undefined) return now
    throw new WorkerNameTakenError(
      `a living worker is called ${worker}; choose another name, or wait until that one has ended (one that crashed is forgotten after ${leaseMs / 1000} s)`,
      worker,
    )
  }

  async #list(now: number | null): Promise<void> {
    const { registry, worker, queues } = this.#options
    if (now !== null) await unlessFull(registry.list(worker, queues.named, now))
  }

  /** The last word of this worker, after whatever else it has to say: its leases are over, and its name is free. */
  async leave(flush: () => Promise<unknown>): Promise<void> {
    if (!this.#hasName) return
    const { queues, store, worker, registry, log } = this.#options
    try {
      await store.idle()
      await flush()
      for (const queue of queues.names) await store.leave(queue, worker)
      await registry.forget(worker, this.#instance)
    } catch (error) {
      log.debug(`leaving: ${(error as Error).message}`)
    }
  }

  async #renew(queue: string): Promise<void> {
    const { store, worker, executor, log } = this.#options
    const before = executor.idsOf(queue)
    const inStore = new Set(await store.heartbeat(queue, worker))
    const after = executor.idsOf(queue)
    const lost = [...before].filter((id) => !inStore.has(id) && after.has(id))
    if (lost.length > 0) {
      log.warn(`${queue}: the claim on ${lost.join(', ')} does not stand any more; stopping the run`)
      executor.loseLease(lost)
    }
    // Claimed by a call whose reply was lost: nobody runs it, and this heartbeat keeps it from all others.
    const forgotten = [...inStore].filter((id) => !before.has(id) && !after.has(id))
    while (forgotten.length > 0)
      await store.giveBackForgotten(queue, worker, forgotten.splice(0, MOST_A_CALL))
  }

  stop(): void {
    this.#lag.stop()
    clearInterval(this.#watchdog)
    this.#watchdog = undefined
  }
}

/** Null where Redis is full. It serves whoever looks, no more: a full Redis must not keep the worker from emptying it. */
async function unlessFull<T>(told: Promise<T>): Promise<T | null> {
  try {
    return await told
  } catch (error) {
    if (error instanceof RedisFullError) return null
    throw error
  }
}

/** Sent together. None is still under way when one has failed: what it does later would be done during a pass. */
async function allOf<T extends readonly Promise<unknown>[]>(calls: [...T]) {
  await Promise.allSettled(calls)
  return Promise.all(calls)
}
