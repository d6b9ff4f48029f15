import { ClosedError } from '../core/errors.ts'
import { getOrMake } from '../core/get-or-make.ts'
import { DEFAULTS } from '../core/options.ts'
import { fromRef, type JobRecord, type Ref, readRecord, toRef } from '../core/record.ts'
import { type JobStatus, STATES } from '../core/states.ts'
import type {
  Claimed,
  Ended,
  Enqueued,
  NewJob,
  Page,
  ParentWord,
  PauseKind,
  Pauses,
  Run,
  Step,
  StepReply,
  Store,
  Upkeep,
} from '../core/store.ts'
import type { Connection } from './connection.ts'
import { Enqueuer } from './enqueuer.ts'
import { broadcastChannel, controlChannel, queueBase } from './keys.ts'
import { tend } from './maintenance.ts'
import { Outbox } from './outbox.ts'
import { readPage, readParents, readPauses } from './read.ts'
import { isPlain, type RawStep, readClaimed, readStep, stepArgs } from './scripts.ts'
import { Waiting } from './waiting.ts'

const KNOWN_FOR_MS = 60_000

/** The store on Redis: each arrow is one script of lua/, each read one or two plain commands. */
export class RedisStore implements Store {
  readonly prefix: string
  readonly connection: Connection
  readonly #leaseMs: number
  readonly #waiting: Waiting
  readonly #outbox: Outbox
  readonly #enqueuers = new Map<string, Enqueuer>()
  readonly #known = new Map<string, number>()
  readonly #deliveries = new Set<Promise<void>>()

  constructor(connection: Connection, prefix: string, leaseMs: number = DEFAULTS.leaseMs) {
    this.connection = connection
    this.prefix = prefix
    this.#leaseMs = leaseMs
    this.#waiting = new Waiting(connection, prefix)
    this.#outbox = new Outbox(connection, prefix)
  }

  #base(queue: string): string {
    return queueBase(this.prefix, queue)
  }

  async enqueue(queue: string, jobs: readonly NewJob[], holder?: string): Promise<Enqueued[]> {
    const enqueuer = getOrMake(
      this.#enqueuers,
      queue,
      () => new Enqueuer(this.connection, queue, this.#base(queue)),
    )
    // Nearly always, and then without a promise more than the call itself.
    const direct = holder === undefined && !jobs.some((job) => job.parents)
    if (direct && this.#isKnown(queue)) return this.#enqueuePlain(enqueuer, queue, jobs)
    const missing = await this.#missingParents(queue, jobs)
    const accepted = missing ? jobs.filter((job) => !missing.has(job)) : jobs
    const sent =
      holder === undefined
        ? enqueuer.add(accepted)
        : enqueuer.sendNow(accepted, { worker: holder, leaseMs: this.#leaseMs })
    const [answers] = await Promise.all([sent, this.#makeKnown(queue)])
    for (const [i, job] of accepted.entries()) {
      if (answers[i]!.ok && job.parents?.some(({ ref }) => fromRef(ref).queue !== queue)) {
        // It is stored. Should its parents' queues be away now, the reminder in the outbox stands for the next tick.
        await this.#outbox.register(queue, job.id).catch(() => {})
      }
    }
    if (!missing) return answers
    let next = 0
    return jobs.map((job) => {
      const parent = missing.get(job)
      return parent ? { ok: false, code: 'parent', parent } : answers[next++]!
    })
  }

  #enqueuePlain(enqueuer: Enqueuer, queue: string, jobs: readonly NewJob[]): Promise<Enqueued[]> {
    const [job] = jobs
    if (jobs.length !== 1 || !job || !isPlain(job)) return enqueuer.add(jobs)
    const ref = toRef(job.id, queue)
    const channel = this.#waiting.channelFor(ref)
    return channel === undefined
      ? enqueuer.add(jobs)
      : enqueuer.add(jobs, channel, () => this.#waiting.notNoted(ref))
  }

  /** Parents in this queue are judged by the script; those elsewhere are looked up first, so that a mistake is told at once. */
  async #missingParents(queue: string, jobs: readonly NewJob[]): Promise<Map<NewJob, Ref> | undefined> {
    let missing: Map<NewJob, Ref> | undefined
    for (const job of jobs) {
      for (const { ref } of job.parents ?? []) {
        const { id, queue: where } = fromRef(ref)
        if (where === queue || (await this.#exists(where, id))) continue
        missing ??= new Map()
        missing.set(job, ref)
        break
      }
    }
    return missing
  }

  async #exists(queue: string, id: string): Promise<boolean> {
    return (await this.connection.attempt((client) => client.exists(`${this.#base(queue)}job:${id}`))) === 1
  }

  #isKnown(queue: string): boolean {
    return performance.now() - (this.#known.get(queue) ?? Number.NEGATIVE_INFINITY) < KNOWN_FOR_MS
  }

  async #makeKnown(queue: string): Promise<void> {
    if (this.#isKnown(queue)) return
    this.#known.set(queue, performance.now())
    try {
      await this.connection.attempt((client) => client.sadd(`${this.prefix}:queues`, queue))
    } catch (error) {
      this.#known.delete(queue)
      throw error
    }
  }

  async step(queue: string, worker: string, step: Step): Promise<StepReply> {
    let again = false
    const raw = await this.connection.run<RawStep>(
      'step',
      this.#base(queue),
      stepArgs(worker, this.#leaseMs, DEFAULTS.failureTtlMs, step),
      () => {
        again = true
      },
    )
    this.#deliver(queue, raw[4])
    const reply = readStep(queue, raw)
    // Sent twice, what the lost reply had accepted looks stale. Jobs that it had claimed are found by the heartbeat.
    return again ? { ...reply, stale: [] } : reply
  }

  /** At once, by whoever caused it; what fails here is in the outbox for the next tick. */
  #deliver(queue: string, owed: readonly string[]): void {
    for (const id of owed) {
      const delivery = this.#outbox.release(queue, id).catch(() => {})
      this.#deliveries.add(delivery)
      void delivery.then(() => this.#deliveries.delete(delivery))
    }
  }

  async idle(): Promise<void> {
    await Promise.all(this.#deliveries)
  }

  /** Jobs that a worker holds without knowing: claimed by a call whose reply was lost. They go back to where they stood. */
  async giveBackForgotten(queue: string, worker: string, ids: readonly string[]): Promise<void> {
    const endings = ids.slice(0, 250).map((id) => {
      return {
        id,
        token: '*',
        kind: 'giveBack' as const,
        endedAgo: 0,
        ranMs: 0,
        attempt: 1,
        payload: '',
        ttl: 0,
        aux: false,
      }
    })
    await this.step(queue, worker, { endings, beginnings: [], want: 0, begin: false, held: 0 })
  }

  async take(queue: string, worker: string, id: string): Promise<Claimed | undefined> {
    const args = [worker, this.#leaseMs, id, DEFAULTS.failureTtlMs]
    const [values, owed] = await this.connection.run<[string, string[]]>('take', this.#base(queue), args)
    for (const owing of owed) await this.#outbox.release(queue, owing)
    return readClaimed(queue, values)[0]
  }

  async update(
    queue: string,
    worker: string,
    id: string,
    token: string,
    kind: string,
    value: string,
  ): Promise<boolean> {
    return (
      (await this.connection.run('update', this.#base(queue), [
        worker,
        id,
        token,
        kind,
        value,
        DEFAULTS.keptLogLines,
      ])) === 1
    )
  }

  async heartbeat(queue: string, worker: string): Promise<string[]> {
    return this.connection.run('heartbeat', this.#base(queue), [worker, this.#leaseMs])
  }

  async pause(queue: string, kind: PauseKind, forMs: number | null): Promise<void> {
    const args = [kind, forMs ?? -1, broadcastChannel(this.prefix), queue]
    await Promise.all([this.connection.run('pause', this.#base(queue), args), this.#makeKnown(queue)])
  }

  async resume(queue: string, kind: PauseKind): Promise<void> {
    await this.connection.run('resume', this.#base(queue), [kind, broadcastChannel(this.prefix), queue])
  }

  pauses(queue: string): Promise<Pauses> {
    return this.connection.attempt((client) => readPauses(client, this.#base(queue)))
  }

  async leave(queue: string, worker: string): Promise<void> {
    await this.connection.run('leave', this.#base(queue), [worker])
  }

  async cancel(queue: string, id: string, reason: string): Promise<JobStatus | 'gone'> {
    const args = [id, reason, DEFAULTS.failureTtlMs, queue, controlChannel(this.prefix, '')]
    const [status, owed] = await this.connection.run<[JobStatus | 'gone', string[]?]>(
      'cancel',
      this.#base(queue),
      args,
    )
    for (const owing of owed ?? []) await this.#outbox.release(queue, owing)
    return status
  }

  async requeue(queue: string, ids: readonly string[], atFront = false): Promise<(JobStatus | 'gone')[]> {
    const answers: (JobStatus | 'gone')[] = []
    for (let i = 0; i < ids.length; i += 100) {
      const args = [atFront ? 1 : 0, ...ids.slice(i, i + 100)]
      answers.push(...(await this.connection.run<JobStatus[]>('requeue', this.#base(queue), args)))
    }
    for (const [i, answer] of answers.entries()) {
      if (answer === 'deferred') await this.#outbox.register(queue, ids[i]!)
    }
    return answers
  }

  async delete(queue: string, id: string): Promise<'deleted' | JobStatus | 'gone'> {
    const [status, owed] = await this.connection.run<['deleted' | 'started' | 'gone', string[]?]>(
      'delete',
      this.#base(queue),
      [id],
    )
    for (const owing of owed ?? []) await this.#outbox.release(queue, owing)
    return status
  }

  async stop(queue: string, id: string): Promise<'asked' | JobStatus | 'gone'> {
    const [status] = await this.connection.run<['asked' | JobStatus | 'gone']>('stop', this.#base(queue), [
      id,
      queue,
      controlChannel(this.prefix, ''),
    ])
    return status
  }

  waitFor(queue: string, id: string, signal?: AbortSignal): Promise<Ended> {
    return this.#waiting.waitFor(queue, id, signal)
  }

  async fetch(queue: string, ids: readonly string[]): Promise<(JobRecord | undefined)[]> {
    const hashes = await this.connection.attempt((client) =>
      Promise.all(ids.map((id) => client.hgetall(`${this.#base(queue)}job:${id}`))),
    )
    return hashes.map((hash, i) =>
      Object.keys(hash).length === 0 ? undefined : readRecord(ids[i]!, queue, hash),
    )
  }

  async find(id: string): Promise<string | undefined> {
    for (const queue of await this.queues()) if (await this.#exists(queue, id)) return queue
    return undefined
  }

  list(queue: string, state: JobStatus, page: Page = {}): Promise<string[]> {
    return this.connection.attempt((client) => readPage(client, this.#base(queue), state, page))
  }

  async counts(queue: string): Promise<Record<JobStatus, number>> {
    const base = this.#base(queue)
    return this.connection.attempt(async (client) => {
      const sets = STATES.filter((state) => state !== 'started')
      const [workers, ...sizes] = await Promise.all([
        client.zrange(`${base}workers`, '0', '-1'),
        ...sets.map((state) => client.zcard(`${base}${state}`)),
      ])
      const held = await Promise.all(workers.map((worker) => client.hlen(`${base}started:${worker}`)))
      const counts = Object.fromEntries(sets.map((state, i) => [state, sizes[i]!]))
      return { ...counts, started: held.reduce((sum, n) => sum + n, 0) } as Record<JobStatus, number>
    })
  }

  position(queue: string, id: string): Promise<number | null> {
    return this.connection.attempt((client) => client.zrank(`${this.#base(queue)}queued`, id))
  }

  async runs(queue: string, id: string): Promise<Run[]> {
    const lines = await this.connection.attempt((client) =>
      client.lrange(`${this.#base(queue)}runs:${id}`, 0, -1),
    )
    return lines.map((line) => JSON.parse(line) as Run)
  }

  log(queue: string, id: string): Promise<string[]> {
    return this.connection.attempt((client) => client.lrange(`${this.#base(queue)}log:${id}`, 0, -1))
  }

  async parents(queue: string, id: string): Promise<Map<Ref, ParentWord>> {
    return readParents(
      await this.connection.attempt((client) => client.hgetall(`${this.#base(queue)}parents:${id}`)),
    )
  }

  async dependents(queue: string, id: string): Promise<Ref[]> {
    const refs = await this.connection.attempt((client) =>
      client.zrange(`${this.#base(queue)}dependents:${id}`, '0', '-1'),
    )
    return refs as Ref[]
  }

  async queues(): Promise<string[]> {
    return (await this.connection.attempt((client) => client.smembers(`${this.prefix}:queues`))).sort()
  }

  tend(queue: string): Promise<Upkeep> {
    return tend(this.connection, this.#base(queue), queue, this.#outbox)
  }

  async close(): Promise<void> {
    this.#waiting.close(new ClosedError('the queue was closed while this job was awaited'))
    await this.connection.close()
  }
}
