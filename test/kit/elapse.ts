import type { Redis } from 'ioredis'
import { scan } from './keyspace.ts'

const TIMES = [
  'scheduled',
  'finished',
  'failed',
  'stopped',
  'canceled',
  'workers',
  'outbox',
  'deferred',
  'pending',
]
const FIELDS = ['fn', 'st', 'due', 'x', 'q', 'on', 'end']

/** As though so much time had passed: every time that is stored moves into the past, instead of a test that sleeps. */
export async function elapse(redis: Redis, prefix: string, ms: number): Promise<void> {
  for (const key of await scan(redis, prefix)) {
    const name = key.slice(key.indexOf('}:') + 2)
    if (name.startsWith('job:')) await shiftFields(redis, key, ms)
    else if (TIMES.includes(name)) await shiftScores(redis, key, ms)
    else if (name.startsWith('steps:')) await shiftSleeps(redis, key, ms)
    else if (name === 'flags') await shiftFlags(redis, key, ms)
    // What it tells producers about counts by their clocks.
    if (name === 'flags') continue
    const expiresAt = await redis.pexpiretime(key)
    if (expiresAt >= 0) await redis.pexpireat(key, expiresAt - ms)
  }
}

/** As though a job had been created, queued, begun and ended so much earlier. */
export async function shiftFields(redis: Redis, key: string, ms: number): Promise<void> {
  const values = await redis.hmget(key, ...FIELDS)
  for (const [i, value] of values.entries())
    if (value !== null)
      await redis.hset(
        key,
        FIELDS[i]!,
        value.replace(/^([a-z]+ )?(\d+)/, (_, state = '', at) => `${state}${Number(at) - ms}`),
      )
}

async function shiftScores(redis: Redis, key: string, ms: number): Promise<void> {
  for (const member of await redis.zrange(key, '0', '-1')) await redis.zincrby(key, -ms, member)
}

async function shiftSleeps(redis: Redis, key: string, ms: number): Promise<void> {
  for (const [step, until] of Object.entries(await redis.hgetall(key)))
    if (step.startsWith(':sleep:')) await redis.hset(key, step, Number(until) - ms)
}

async function shiftFlags(redis: Redis, key: string, ms: number): Promise<void> {
  for (const [flag, until] of Object.entries(await redis.hgetall(key)))
    if (until !== 'inf' && flag !== 'forgotten') await redis.hset(key, flag, Math.max(0, Number(until) - ms))
}
