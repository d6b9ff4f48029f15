import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JobRecord, Ref } from '../../lib/core/record.ts'
import { STATES } from '../../lib/core/states.ts'
import type { Claimed, EndingKind, NewJob, Store } from '../../lib/core/store.ts'
import { ending, job, StoreKit } from '../kit/stores.ts'

const QUEUES = ['q', 'up'] as const
const WORKERS = ['w1', 'w2'] as const

/** Numbers choose among what is there when the move is made. */
type Move =
  | {
      readonly move: 'enqueue'
      readonly queue: number
      readonly what: Special
      readonly parents: readonly number[]
    }
  | {
      readonly move: 'claim'
      readonly queue: number
      readonly worker: number
      readonly want: number
      readonly begin: boolean
      readonly priorities: { readonly from: number; readonly to: number } | undefined
    }
  | { readonly move: 'begin'; readonly which: number }
  | { readonly move: 'keep'; readonly which: number; readonly stale: boolean }
  | {
      readonly move: 'end'
      readonly which: number
      readonly kind: Kind
      readonly ttl: number
      readonly atFront: boolean
    }
  | {
      readonly move: Single
      readonly which: number
      readonly front: boolean
    }
  | { readonly move: 'die'; readonly queue: number; readonly worker: number }
  | { readonly move: 'elapse' }
  | {
      readonly move: 'pause' | 'resume'
      readonly queue: number
      readonly suspend: boolean
      readonly forMs: number | null
    }

type Single = (typeof SINGLE)[number]

/** What is asked of one job at a time. */
const SINGLE = [
  'cancel',
  'cancelWithFlags',
  'delete',
  'purge',
  'requeue',
  'requeue',
  'take',
  'saveMeta',
  'cleanup',
] as const

type Kind = EndingKind

interface Special {
  readonly priority: number
  readonly atFront: boolean
  readonly delayed: boolean
  readonly allowFailure: boolean
  readonly ttlMs: number | undefined
  readonly failureTtlMs: number | null | undefined
  readonly unique: NewJob['unique']
  readonly limit: NewJob['limit']
  /** It tells a group of its end, one that is not there. */
  readonly grouped: boolean
}

const index = fc.nat(99)
const special: fc.Arbitrary<Special> = fc.record({
  priority: fc.constantFrom(0, 0, -1, 1),
  atFront: fc.boolean(),
  delayed: fc.constantFrom(false, false, true),
  allowFailure: fc.boolean(),
  ttlMs: fc.constantFrom(undefined, undefined, 10_000),
  failureTtlMs: fc.constantFrom(undefined, null, 0, 60_000),
  unique: fc.option(
    fc.record({
      key: fc.constantFrom('a', 'b'),
      onDuplicate: fc.constantFrom('reject' as const, 'existing' as const, 'replace' as const),
    }),
    { nil: undefined, freq: 2 },
  ),
  limit: fc.option(fc.record({ key: fc.constantFrom('a', 'b'), concurrency: fc.constantFrom(1, 2) }), {
    nil: undefined,
    freq: 2,
  }),
  grouped: fc.constantFrom(false, false, false, true),
})
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      move: fc.constant('enqueue' as const),
      queue: index,
      what: special,
      parents: fc.array(index, { maxLength: 2 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      move: fc.constant('claim' as const),
      queue: index,
      worker: index,
      want: fc.integer({ min: 1, max: 3 }),
      begin: fc.boolean(),
      priorities: fc.option(fc.constantFrom({ from: -511, to: 0 }, { from: 1, to: 511 }), {
        nil: undefined,
        freq: 4,
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ move: fc.constant('begin' as const), which: index }) },
  {
    weight: 1,
    arbitrary: fc.record({ move: fc.constant('keep' as const), which: index, stale: fc.boolean() }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      move: fc.constant('end' as const),
      which: index,
      kind: fc.constantFrom<Kind>(
        'finished',
        'finished',
        'failed',
        'stopped',
        'retry',
        'retryAsked',
        'snooze',
        'sleep',
        'cancel',
        'repeat',
        'giveBack',
        'giveBackAlone',
        'giveBackLater',
      ),
      ttl: fc.constantFrom(0, 60_000, -1),
      atFront: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      move: fc.constantFrom(...SINGLE),
      which: index,
      front: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ move: fc.constant('die' as const), queue: index, worker: index }) },
  { weight: 2, arbitrary: fc.constant({ move: 'elapse' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      move: fc.constantFrom('pause' as const, 'resume' as const, 'resume' as const),
      queue: index,
      suspend: fc.boolean(),
      forMs: fc.constantFrom(null, 5_000),
    }),
  },
)

interface Held {
  readonly worker: string
  readonly claimed: Claimed
}

/** One of the two stores, with what its workers believe they hold. */
class Side {
  readonly kit: StoreKit
  readonly held: Held[] = []
  readonly refs: Ref[] = []
  #delay = 24_000

  constructor(kit: StoreKit) {
    this.kit = kit
  }

  get #store(): Store {
    return this.kit.store
  }

  /** Makes a move and answers what the store said, without what may differ: tokens and times. */
  async make(move: Move): Promise<unknown> {
    switch (move.move) {
      case 'enqueue': {
        const queue = pick(QUEUES, move.queue)
        const id = `j${String(this.refs.length).padStart(3, '0')}`
        const answers = await this.#store.enqueue(queue, [this.#newJob(id, move)])
        await this.#store.idle()
        this.refs.push(`${id}@${queue}`)
        return answers
      }
      case 'claim': {
        const [queue, worker] = [pick(QUEUES, move.queue), pick(WORKERS, move.worker)]
        const held = this.held.filter((each) => each.worker === worker).length
        const { want, begin, priorities } = move
        const reply = await this.kit.step({ want, begin, held, priorities }, { queue, worker })
        await this.#store.idle()
        this.held.push(...reply.jobs.map((claimed) => ({ worker, claimed })))
        const jobs = reply.jobs.map(({ token, waitedMs, ...rest }) => rest)
        return { ...reply, jobs, dueIn: reply.dueIn !== null, pausedFor: reply.pausedFor !== null }
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
        const reply = await this.kit.step({ endings }, { queue: claimed.queue, worker })
        await this.#store.idle()
        return reply
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

  /** How many of a chain of lost jobs the tick itself finds, and how many hear of it from another, hangs on the order of a scan. */
  async #tend(queue: string): Promise<unknown> {
    const { repaired, ...rest } = await this.#store.tend(queue)
    return rest
  }

  #newJob(id: string, { what, parents }: Move & { move: 'enqueue' }): NewJob {
    const { priority, atFront, delayed, allowFailure, ttlMs, failureTtlMs, unique, limit, grouped } = what
    const refs = new Set(this.refs.length === 0 ? [] : parents.map((parent) => pick(this.refs, parent)))
    return job(id, {
      priority,
      atFront,
      options: { ...(failureTtlMs !== undefined && { failureTtlMs }), ...(grouped && { group: 'none' }) },
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
        return claimed && { ...claimed, token: '', waitedMs: 0 }
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
    const [records, parents, dependents, runs, steps] = await Promise.all([
      this.#store.fetch(queue, [id]),
      this.#store.parents(queue, id),
      this.#store.dependents(queue, id),
      this.#store.runs(queue, id),
      this.#store.steps.kept(queue, id),
    ])
    const outcomes = runs.map(({ startedAt, endedAt, ...run }) => run)
    return {
      record: withoutTimes(records[0]),
      parents: [...parents].sort(),
      dependents,
      runs: outcomes,
      steps,
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

function pick<T>(list: readonly T[], which: number): T {
  return list[which % list.length]!
}

test('whatever is asked of them, the two stores answer and hold the same', { timeout: 120_000 }, async () => {
  const property = fc.asyncProperty(
    fc.array(move, { minLength: 10, maxLength: 40, size: 'max' }),
    async (moves) => {
      const sides = [new Side(new StoreKit('redis')), new Side(new StoreKit('memory'))] as const
      for (const { kit } of sides) kit.open()
      try {
        for (const move of moves) {
          const [redis, memory] = await Promise.all(sides.map((side) => side.make(move)))
          expect(redis).toEqual(memory)
          const [held, specified] = await Promise.all(sides.map((side) => side.see()))
          expect(held).toEqual(specified)
        }
      } finally {
        for (const { kit } of sides) await kit.close()
      }
    },
  )
  await fc.assert(property, { numRuns: 60 })
})
