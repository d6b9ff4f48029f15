import type { Queue } from '../../lib/queue/queue.ts'
import type { Bench, Contender } from '../case.ts'
import { drain } from '../drain.ts'
import { type Producer, QUEUE } from '../libs/library.ts'
import { usedMemory } from '../server-cost.ts'
import { quantile } from '../stats.ts'
import { type Slow, slowCommands } from './slow.ts'

/** What was seen with that many jobs waiting. */
export interface AtSize {
  readonly waiting: number
  /** Bytes of the server a waiting job. */
  readonly memory: number
  /** Jobs/s of the bulk enqueue that brought them there. */
  readonly seeded: number
  /** Jobs/s. */
  readonly enqueueOne: number
  readonly enqueueBulk: number
  readonly workedOff: number
  /** Medians and 99th percentiles of calls made one after another, ms. */
  readonly calls: Readonly<Record<CallName, { readonly p50: number; readonly p99: number }>>
  /** Commands that took the server more than 5 ms meanwhile, the seeding included. */
  readonly slow: readonly Slow[]
}

export const CALL_NAMES = ['enqueue', 'count', 'position', 'list', 'cancel'] as const
export type CallName = (typeof CALL_NAMES)[number]

const CHUNK = 1_000
const IN_FLIGHT = 2
const CALLS = 400
/** So few that no table of the server's grows meanwhile: a million and these fit into 2^20 places. */
const JOBS = 40_000
const PAGE = 100

/** Brings the queue to `waiting` jobs by the library's own enqueue, then measures, with about as many there all the time. */
export async function measureAt(
  contender: Contender,
  bench: Bench,
  producer: Producer,
  waiting: number,
  empty: number,
): Promise<AtSize> {
  const { redis, endpoint } = bench
  // Loaded here, because it needs the compiled build.
  const queue = (await import('../libs/funq.ts')).openQueue(endpoint)
  try {
    const missing = waiting - (await queue.count())
    const seeded = await rateOf(missing, () => fill(producer, missing))
    const memory = ((await usedMemory(redis)) - empty) / waiting
    await settle(redis, waiting)
    const calls = await measureCalls(queue, producer, waiting, bench.count(CALLS))
    const jobs = bench.count(JOBS)
    const enqueueBulk = await rateOf(jobs, () => fill(producer, jobs))
    // As many, and the others stay where they are.
    const { rate: workedOff = Number.NaN } = await drain(contender, bench, { jobs, concurrency: 100 })
    const enqueueOne = 1_000 / calls.enqueue.p50
    return {
      waiting,
      memory,
      seeded,
      enqueueOne,
      enqueueBulk,
      workedOff,
      calls,
      slow: await slowCommands(redis),
    }
  } finally {
    await queue.close()
  }
}

async function fill(producer: Producer, jobs: number): Promise<void> {
  let left = jobs
  const lane = async () => {
    while (left > 0) {
      const count = Math.min(left, CHUNK)
      left -= count
      await producer.enqueueMany!(count)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
}

/**
 * Redis moves a table that has grown to its new place little by little, with each look into it: until it has, everything costs more. Looks
 * for what is not there until both tables of waiting jobs, the keys and the queue, must have moved.
 */
async function settle(redis: Bench['redis'], waiting: number): Promise<void> {
  const base = `funq:{${QUEUE}}:`
  const absent = Array.from({ length: CHUNK }, (_, i) => `absent:${i}`)
  const keys = absent.map((name) => base + name)
  for (let looks = 0; looks < waiting; looks += CHUNK) {
    await Promise.all([redis.zmscore(`${base}queued`, ...absent), redis.exists(...keys)])
  }
}

async function rateOf(jobs: number, work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return jobs / ((performance.now() - start) / 1000)
}

/** In the middle of the queue, where it is deepest. */
async function measureCalls(queue: Queue, producer: Producer, waiting: number, count: number) {
  const middle = Math.floor(waiting / 2)
  const jobs = await queue.jobs('queued', { offset: middle - count / 2, limit: count })
  const work: Record<CallName, (i: number) => Promise<unknown>> = {
    enqueue: () => producer.enqueue(),
    count: () => queue.count(),
    position: (i) => jobs[i]!.position(),
    list: () => queue.jobs('queued', { offset: middle, limit: PAGE }),
    cancel: (i) => jobs[i]!.cancel(),
  }
  const calls: Partial<Record<CallName, { p50: number; p99: number }>> = {}
  for (const name of CALL_NAMES) {
    const times: number[] = []
    // The first of them compile code, and do not count.
    for (let i = 0; i < count; i++) {
      const start = performance.now()
      await work[name](i)
      if (i >= count / 4) times.push(performance.now() - start)
    }
    calls[name] = { p50: quantile(times, 0.5), p99: quantile(times, 0.99) }
  }
  return calls as Record<CallName, { p50: number; p99: number }>
}
