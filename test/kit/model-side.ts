import type { Redis } from 'ioredis'
import { fromRef, type JobRecord, type Ref } from '../../lib/core/record.ts'
import { STATES } from '../../lib/core/states.ts'
import type { Claimed, NewJob, Store } from '../../lib/core/store.ts'
import { readHanded } from '../../lib/redis/claimed.ts'
import { controlChannel } from '../../lib/redis/keys.ts'
import type { Move, Single } from './moves.ts'
import { plainClient } from './plain-client.ts'
import { ending, job, REDIS_URL, type StoreKit } from './stores.ts'
import { until } from './until.ts'

export const QUEUES = ['q', 'up'] as const
export const WORKERS = ['w1', 'w2'] as const

type Queue = (typeof QUEUES)[number]

export interface Held {
  readonly worker: string
  readonly claimed: Claimed
}

/** One of the two stores, with what its workers believe they hold. */
export class Side {
  readonly kit: StoreKit
  readonly held: Held[] = []
  readonly refs: Ref[] = []
  #delay = 24_000
  #ear: Redis | undefined
  /** What was handed over, by id. */
  readonly #heard = new Map<string, Held>()

  constructor(kit: StoreKit) {
    this.kit = kit
  }

  /** What its workers hear. */
  async listen(): Promise<void> {
    if (this.kit.kind === 'memory') return
    this.#ear = plainClient(REDIS_URL)
    this.#ear.on('message', (channel, message) => {
      const [, queue = '', text = ''] = /^job (\S+) (.*)$/s.exec(message) ?? []
      const claimed = readHanded(queue, text)
      if (claimed) this.#heard.set(claimed.id, { worker: channel.split(':').at(-1)!, claimed })
    })
    await this.#ear.subscribe(...WORKERS.map((worker) => controlChannel(this.kit.prefix, worker)))
  }

  async close(): Promise<void> {
    this.#ear?.disconnect()
    await this.kit.close()
  }

  get #store(): Store {
    return this.kit.store
  }

  /** Makes a move and answers what the store said, without what may differ: tokens and times. */
  async make(move: Move): Promise<unknown> {
    switch (move.move) {
      case 'enqueue': {
        const queue = pick(QUEUES, move.queue)
        const old = this.refs.filter((ref) => ref.endsWith(`@${queue}`))
        const isOld = move.again !== undefined && old.length > 0
        const id = isOld ? fromRef(pick(old, move.again)).id : this.#newId(queue)
        const answers = await this.#store.enqueue(queue, [{ ...this.#newJob(id, move), ownId: isOld }])
        await this.#store.idle()
        return answers
      }
      case 'claim':
        return this.#claim(move)
      case 'handOver':
        return this.#handOver(pick(QUEUES, move.queue), pick(WORKERS, move.worker))
      case 'heartbeat':
        return (await this.#store.heartbeat(pick(QUEUES, move.queue), pick(WORKERS, move.worker))).sort()
      case 'forget':
        return this.#forget(pick(QUEUES, move.queue))
      case 'giveBackForgotten': {
        if (this.held.length === 0) return 'nothing held'
        const [{ worker, claimed }] = this.held.splice(move.which % this.held.length, 1) as [Held]
        const { id, queue, token } = claimed
        const lost = { ...ending(claimed, { kind: 'giveBack', ttl: 0 }), id }
        // Whatever its token: a worker that does not know of a job knows none. The memory store loses no reply, and has no such word.
        const isRedis = this.kit.kind === 'redis'
        return this.kit.step({ endings: [{ ...lost, token: isRedis ? '*' : token }] }, { queue, worker })
      }
      case 'update': {
        if (this.held.length === 0) return 'nothing held'
        const { worker, claimed } = pick(this.held, move.which)
        const { id, queue, token } = claimed
        const value = move.kind === 'log' ? 'a line' : '{"m":2}'
        return this.#store.update(queue, worker, id, move.stale ? '7:7' : token, move.kind, value)
      }
      case 'begin': {
        if (this.held.length === 0) return 'nothing held'
        const { worker, claimed } = pick(this.held, move.which)
        const { id, token, attempt, queue } = claimed
        return this.kit.step({ beginnings: [{ id, token, beganAgo: 0, attempt }] }, { queue, worker })
      }
      case 'keep': {
        if (this.held.length === 0) return 'nothing held'
        const { worker, claimed } = pick(this.held, move.which)
        const { id, queue, token } = claimed
        return this.#store.steps.keep(queue, { worker, id, token: move.stale ? '7:7' : token }, 's', '1')
      }
      case 'end': {
        if (this.held.length === 0) return 'nothing held'
        const [{ worker, claimed }] = this.held.splice(move.which % this.held.length, 1) as [Held]
        const { kind } = move
        const runsAgain = ['retry', 'retryAsked', 'snooze', 'sleep', 'repeat', 'giveBackLater'].includes(kind)
        const ttl = runsAgain && move.ttl !== 0 ? this.#nextDelay() : move.ttl
        const atFront = move.atFront && ['retry', 'retryAsked', 'snooze'].includes(kind)
        const endings = [ending(claimed, { kind, ttl, atFront })]
        const first = await this.kit.step({ endings }, { queue: claimed.queue, worker })
        await this.#store.idle()
        return [first, move.twice && (await this.kit.step({ endings }, { queue: claimed.queue, worker }))]
      }
      case 'die': {
        const [queue, worker] = [pick(QUEUES, move.queue), pick(WORKERS, move.worker)]
        await this.#store.leave(queue, worker)
        return this.#tend(queue)
      }
      case 'pause':
      case 'resume': {
        const [queue, kind] = [pick(QUEUES, move.queue), move.suspend ? 'suspended' : 'paused'] as const
        if (move.move === 'pause') return this.#store.pause(queue, kind, move.forMs)
        return this.#store.resume(queue, kind)
      }
      case 'elapse':
        await this.kit.elapse(7_000)
        return [await this.#tend('q'), await this.#tend('up'), await this.#tend('q')]
      default:
        return this.refs.length === 0
          ? 'nothing there'
          : this.#ask(move.move, pick(this.refs, move.which), move.front)
    }
  }

  async #claim(
    { queue: q, worker: w, want, begin, priorities }: Omit<Move & { move: 'claim' }, 'move'>,
    mayBeIdle = false,
  ) {
    const [queue, worker] = [pick(QUEUES, q), pick(WORKERS, w)]
    const held = this.held.filter((each) => each.worker === worker).length
    const idle = mayBeIdle && this.kit.kind === 'redis' ? 'may' : 'no'
    const reply = await this.kit.step({ want, begin, held, idle, priorities }, { queue, worker })
    await this.#store.idle()
    this.held.push(...reply.jobs.map((claimed) => ({ worker, claimed })))
    const jobs = reply.jobs.map(({ token, waitedMs, aux, ...rest }) => rest)
    return { ...reply, jobs, dueIn: reply.dueIn !== null, pausedFor: reply.pausedFor !== null }
  }

  /** An idle worker is handed the next job; to the specification that is a claim right behind the enqueue. */
  async #handOver(queue: Queue, worker: string): Promise<unknown> {
    const before = this.held.length
    const where = {
      queue: QUEUES.indexOf(queue),
      worker: WORKERS.indexOf(worker as 'w1'),
      begin: false,
      want: 1,
      priorities: undefined,
    }
    // A step that takes jobs out which are over, or over a limit, has found something and is not idle: the last one finds nothing.
    for (let waiting = Number.POSITIVE_INFINITY; waiting > 0; ) {
      waiting = (await this.#store.counts(queue)).queued
      const { left, alone, pausedFor } = await this.#claim(where)
      // One that must run alone may be all that waits, and stays: this worker holds others.
      if (this.held.length > before || left || alone || pausedFor) return { left, alone, pausedFor }
    }
    const found = await this.#claim(where, true)
    if (this.held.length > before) return found
    const id = this.#newId(queue)
    await this.#store.enqueue(queue, [job(id)])
    if (this.kit.kind === 'memory') return [found, (await this.#claim(where)).jobs]
    await until('the job that is handed over', async () => this.#heard.has(id))
    const handed = this.#heard.get(id)!
    this.held.push(handed)
    const { token, waitedMs, aux, ...rest } = handed.claimed
    return [found, [rest]]
  }

  /** Of a queue that is empty: what else has a say in it, such as its outbox, the memory store does not have. */
  async #forget(queue: Queue): Promise<unknown> {
    const counts = await this.#store.counts(queue)
    const isEmpty = Object.values(counts).every((count) => count === 0)
    const answer = await this.#store.forget(queue)
    return isEmpty ? 'empty' : typeof answer
  }

  #newId(queue: Queue): string {
    const id = `j${String(this.refs.length).padStart(3, '0')}`
    this.refs.push(`${id}@${queue}`)
    return id
  }

  /** How many of a chain of lost jobs the tick itself finds, and how many hear of it from another, hangs on the order of a scan. */
  async #tend(queue: string): Promise<unknown> {
    const { repaired, ...rest } = await this.#store.tend(queue)
    return rest
  }

  #newJob(id: string, { what, parents }: Move & { move: 'enqueue' }): NewJob {
    const { priority, atFront, delayed, allowFailure, ttlMs, failureTtlMs, unique, limit, grouped, tags } =
      what
    const others = this.refs.filter((ref) => fromRef(ref).id !== id)
    const refs = new Set(others.length === 0 ? [] : parents.map((parent) => pick(others, parent)))
    return job(id, {
      priority,
      atFront,
      options: {
        ...(failureTtlMs !== undefined && { failureTtlMs }),
        ...(grouped && { group: 'none' }),
        ...(tags.length > 0 && { tags }),
      },
      parents: [...refs].map((ref) => ({ ref, allowFailure })),
      ...(delayed && { inMs: this.#nextDelay() }),
      ...(ttlMs !== undefined && { ttlMs }),
      ...(unique && { unique }),
      ...(limit && { limit }),
    })
  }

  /** Each longer than the one before, so that the order does not hang on how fast the moves are made. */
  #nextDelay(): number {
    this.#delay += 20
    return this.#delay
  }

  async #ask(what: Single, ref: Ref, front: boolean): Promise<unknown> {
    const [id, queue] = ref.split('@') as [string, string]
    switch (what) {
      case 'cancel':
        return this.#store.cancel(queue, id, 'not needed')
      case 'cancelWithFlags':
        return this.#store.cancel(queue, id, 'not needed', { releaseDependents: front, leaveParents: !front })
      case 'delete':
        return this.#store.delete(queue, id)
      case 'purge':
        return this.#store.purge(queue, front ? 'failed' : 'deferred', [id], front ? 5_000 : undefined)
      case 'saveMeta':
        return this.#store.saveMeta(queue, id, '{"m":1}', front ? '' : undefined)
      case 'cleanup':
        return this.#store.cleanup(queue, front ? 'canceled' : 'started')
      case 'requeue':
        return this.#store.requeue(queue, [id], front)
      case 'take': {
        const claimed = await this.#store.take(queue, 'w1', id)
        if (claimed) this.held.push({ worker: 'w1', claimed })
        return claimed && { ...claimed, token: '', waitedMs: 0, aux: false }
      }
    }
  }

  /** All that can be seen from outside. */
  async see(): Promise<unknown> {
    const states = QUEUES.flatMap((queue) => STATES.map((state) => ({ queue, state })))
    const lists = await Promise.all(
      states.map(async ({ queue, state }) => {
        const ids = await this.#store.list(queue, state, { limit: 1_000 })
        // The others are ordered by times, which differ by what the moves took.
        return [queue, state, state === 'queued' || state === 'scheduled' ? ids : ids.sort()]
      }),
    )
    const jobs = await Promise.all(this.refs.map((ref) => this.#seeJob(ref)))
    const pauses = await Promise.all(
      QUEUES.map(async (queue) => Object.keys(await this.#store.pauses(queue)).sort()),
    )
    return { lists, jobs, pauses }
  }

  async #seeJob(ref: Ref): Promise<unknown> {
    const [id, queue] = ref.split('@') as [string, string]
    const [records, parents, dependents, runs, steps, log] = await Promise.all([
      this.#store.fetch(queue, [id]),
      this.#store.parents(queue, id),
      this.#store.dependents(queue, id),
      this.#store.runs(queue, id),
      this.#store.steps.kept(queue, id),
      this.#store.log(queue, id),
    ])
    const outcomes = runs.map(({ startedAt, endedAt, ...run }) => run)
    return {
      record: withoutTimes(records[0]),
      parents: [...parents].sort(),
      dependents,
      runs: outcomes,
      steps,
      log: log.added,
    }
  }
}

function withoutTimes(record: JobRecord | undefined): unknown {
  if (!record) return 'gone'
  const { createdAt, enqueuedAt, scheduledFor, waitsUntil, startedAt, endedAt, ...rest } = record
  // Which of several parents is named, and for what, depends on whose word came first.
  const reason = record.reason?.replace(/^its dependency .*/, 'a dependency')
  const has = [enqueuedAt, scheduledFor, waitsUntil, startedAt, endedAt].map((time) => time !== undefined)
  return { ...rest, reason, has }
}

export function pick<T>(list: readonly T[], which: number): T {
  return list[which % list.length]!
}
