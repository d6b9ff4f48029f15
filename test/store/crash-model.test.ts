import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openCell } from '../../lib/core/metric-cell.ts'
import { fromRef } from '../../lib/core/record.ts'
import { addMetrics } from '../../lib/redis/metrics.ts'
import { moveToFront, reschedule } from '../../lib/redis/places.ts'
import { redisNow } from '../../lib/redis/time.ts'
import { pick, QUEUES, Side, WORKERS } from '../kit/model-side.ts'
import { index, type Move, move } from '../kit/moves.ts'
import { ending, StoreKit } from '../kit/stores.ts'
import { walk } from '../kit/walker.ts'

/** More of them by hand: `FUNQ_MODEL_RUNS=10000 npx vitest run test/store/crash-model.test.ts`. */
const RUNS = Number(process.env.FUNQ_MODEL_RUNS ?? 25)
const ROUNDS = 20

/** What the memory store has none of, and what becomes of a process that dies between two scripts. */
type Rough =
  | Move
  | { readonly move: 'front' | 'reschedule' | 'meter'; readonly which: number; readonly inMs: number }
  | { readonly move: 'crash'; readonly during: Move; readonly after: number }

const rough: fc.Arbitrary<Rough> = fc.oneof(
  { weight: 6, arbitrary: move },
  {
    weight: 4,
    arbitrary: fc.record({ move: fc.constant('crash' as const), during: move, after: fc.nat(3) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      move: fc.constantFrom('front' as const, 'reschedule' as const, 'meter' as const),
      which: index,
      inMs: fc.constantFrom(-1, 5_000),
    }),
  },
)

/** The process dies once so many of its scripts and commands were done: what it would have done next never comes. */
async function crash(side: Side, during: Move, after: number): Promise<void> {
  const { kit } = side
  const alive = kit.store
  const dying = kit.another()
  const { connection } = dying
  let left = after + 1
  const unlessDead = <F extends (...args: never[]) => Promise<unknown>>(call: F) =>
    ((...args) => (left-- > 0 ? call(...args) : Promise.reject(new Error('dead')))) as F
  connection.run = unlessDead(connection.run.bind(connection)) as typeof connection.run
  connection.attempt = unlessDead(connection.attempt.bind(connection)) as typeof connection.attempt
  kit.store = dying
  try {
    await side.make(during)
  } catch (error) {
    if (!(error instanceof Error) || error.message !== 'dead') throw error
  } finally {
    kit.store = alive
    await dying.idle()
    await dying.close()
  }
}

async function play(side: Side, rough: Rough): Promise<void> {
  const { kit } = side
  const store = kit.another()
  try {
    switch (rough.move) {
      case 'crash':
        return await crash(side, rough.during, rough.after)
      case 'meter': {
        const cells = new Map([['', { ...openCell(), finished: 1 }]])
        return await addMetrics(store, pick(QUEUES, rough.which), 'w1', randomUUID(), cells)
      }
      case 'front':
      case 'reschedule': {
        if (side.refs.length === 0) return
        const { id, queue } = fromRef(pick(side.refs, rough.which))
        if (rough.move === 'front') await moveToFront(store, queue, id)
        else await reschedule(store, queue, id, (await redisNow(kit.redis)) + rough.inMs)
        return
      }
      default:
        await side.make(rough)
    }
  } finally {
    await store.close()
  }
}

/** All workers die, nothing is paused any more, and one worker does what there is to do. Answers what it could not. */
async function settle({ kit }: Side): Promise<string[]> {
  const { store } = kit
  let left: string[] = []
  for (const queue of QUEUES)
    for (const kind of ['paused', 'suspended'] as const) await store.resume(queue, kind)
  for (let round = 0; round < ROUNDS; round++) {
    await kit.elapse(31_000)
    for (const queue of QUEUES) {
      for (const worker of WORKERS) await store.leave(queue, worker)
      await store.tend(queue)
    }
    for (const queue of QUEUES)
      for (;;) {
        const { jobs } = await kit.step({ want: 50 }, { queue, worker: 'last' })
        if (jobs.length === 0) break
        await kit.step({ endings: jobs.map((job) => ending(job)) }, { queue, worker: 'last' })
        await store.idle()
      }
    left = await unsettled(kit)
    if (left.length === 0) return []
  }
  return left
}

async function unsettled(kit: StoreKit): Promise<string[]> {
  const { store, redis } = kit
  const left: string[] = []
  for (const queue of QUEUES) {
    const counts = await store.counts(queue)
    for (const state of ['queued', 'scheduled', 'limited', 'started'] as const)
      if (counts[state] > 0) left.push(`${queue} ${state} ${await store.list(queue, state)}`)
    const owed = await redis.zrange(kit.key('outbox', queue), '0', '-1')
    if (owed.length > 0) left.push(`${queue} owes ${owed}`)
  }
  return left
}

test('whatever is asked of Redis, and wherever a process dies between two scripts, all adds up, and every job comes to an end', {
  timeout: 120_000 + RUNS * 2_000,
}, async () => {
  const property = fc.asyncProperty(
    fc.array(rough, { minLength: 10, maxLength: 40, size: 'max' }),
    async (moves) => {
      const side = new Side(new StoreKit('redis'))
      side.kit.open()
      await side.listen()
      try {
        for (const each of moves) await play(side, each)
        expect(await walk(side.kit.redis, side.kit.prefix)).toEqual([])
        expect(await settle(side)).toEqual([])
      } finally {
        await side.close()
      }
    },
  )
  await fc.assert(property, {
    numRuns: RUNS,
    // One that hangs is told as any other that fails.
    timeout: 15_000,
    interruptAfterTimeLimit: 100_000 + RUNS * 2_000,
    markInterruptAsFailure: true,
  })
})
