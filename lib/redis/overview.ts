import type { Redis } from 'ioredis'
import { readMade } from '../core/record.ts'
import { type JobStatus, STATES } from '../core/states.ts'
import type { Connection } from './connection.ts'
import { queueBase } from './keys.ts'
import { redisNow } from './time.ts'

/** How a queue stands. Times are milliseconds of Redis's clock. */
export interface QueueFacts {
  readonly name: string
  readonly counts: Readonly<Record<JobStatus, number>>
  /** How many jobs have ended so since the queue was made. */
  readonly totals: { readonly finished: number; readonly failed: number }
  /** For how long the job that is next has waited; null where none does. */
  readonly oldestMs: number | null
  readonly isPaused: boolean
}

/** A job that a worker runs. */
export interface RunningFacts {
  readonly id: string
  readonly queue: string
  readonly func: string
  readonly args: string
  readonly forMs: number
}

const SETS = STATES.filter((state) => state !== 'started')

/** All queues in three round trips, whatever their number. @param at Redis's time, where it was asked a moment ago: then in two */
export function readQueueFacts(
  connection: Connection,
  prefix: string,
  queues: readonly string[],
  at?: number,
): Promise<QueueFacts[]> {
  return connection.attempt(async (client) => {
    const now = at ?? (await redisNow(client))
    return Promise.all(queues.map((queue) => readOne(client, queueBase(prefix, queue), queue, now)))
  })
}

async function readOne(client: Redis, base: string, name: string, now: number): Promise<QueueFacts> {
  const [sizes, holders, stats, head, flags] = await Promise.all([
    Promise.all(SETS.map((state) => client.zcard(`${base}${state}`))),
    client.zrange(`${base}workers`, '0', '-1'),
    client.hmget(`${base}stats`, 'finished', 'failed'),
    client.zrange(`${base}queued`, '0', '0'),
    client.hmget(`${base}flags`, 'paused', 'suspended'),
  ])
  const [held, times] = await Promise.all([
    Promise.all(holders.map((worker) => client.hlen(`${base}started:${worker}`))),
    head[0] === undefined ? undefined : client.hmget(`${base}job:${head[0]}`, 'q', 'fn'),
  ])
  const started = held.reduce((sum, n) => sum + n, 0)
  const since = times?.[0] ?? (times?.[1] && readMade(times[1]).createdAt)
  return {
    name,
    counts: {
      ...Object.fromEntries(SETS.map((state, i) => [state, sizes[i]!])),
      started,
    } as QueueFacts['counts'],
    totals: { finished: Number(stats[0] ?? 0), failed: Number(stats[1] ?? 0) },
    oldestMs: since == null ? null : Math.max(0, now - Number(since)),
    isPaused: flags.some((until) => until === 'inf' || Number(until ?? 0) > now),
  }
}

/** One of the jobs that each worker holds. */
export function readRunning(
  connection: Connection,
  prefix: string,
  workers: readonly { readonly name: string; readonly queues: readonly string[] }[],
): Promise<(RunningFacts | null)[]> {
  return connection.attempt(async (client) => {
    const now = await redisNow(client)
    return Promise.all(
      workers.map(async ({ name, queues }) => {
        const ids = await Promise.all(
          queues.map((queue) => client.hrandfield(`${queueBase(prefix, queue)}started:${name}`)),
        )
        const at = ids.findIndex((id) => id !== null)
        const queue = queues[at]
        if (queue === undefined) return null
        const id = String(ids[at])
        const [made, args, on] = await client.hmget(
          `${queueBase(prefix, queue)}job:${id}`,
          'fn',
          'args',
          'on',
        )
        if (made == null) return null
        return {
          id,
          queue,
          func: readMade(made).func,
          args: args ?? '',
          forMs: on == null ? 0 : Math.max(0, now - Number(on)),
        }
      }),
    )
  })
}
