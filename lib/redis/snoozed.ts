import type { Redis } from 'ioredis'
import type { RedisStore } from './store.ts'
import { redisNow } from './time.ts'

/** Causes of failures that nobody wants to hear of for a while. */

const KEPT = 1_000

const keyOf = (prefix: string) => `${prefix}:snoozed`

/** Until when, by Redis's clock. */
export async function snooze(
  { connection, prefix }: RedisStore,
  fingerprint: string,
  forMs: number,
): Promise<number> {
  return connection.attempt(async (client) => {
    const now = await redisNow(client)
    const key = keyOf(prefix)
    await Promise.all([
      client.zadd(key, now + forMs, fingerprint),
      client.zremrangebyscore(key, '-inf', now),
      client.zremrangebyrank(key, 0, -KEPT - 1),
    ])
    return now + forMs
  })
}

/** Answers whether it was snoozed. */
export async function wake({ connection, prefix }: RedisStore, fingerprint: string): Promise<boolean> {
  return (await connection.attempt((client) => client.zrem(keyOf(prefix), fingerprint))) > 0
}

/** Fingerprint → until when, of those that are snoozed now. */
export async function readSnoozed(client: Redis, prefix: string): Promise<ReadonlyMap<string, number>> {
  const [now, found] = await Promise.all([
    redisNow(client),
    client.zrange(keyOf(prefix), '0', '-1', 'WITHSCORES') as Promise<(string | string[])[]>,
  ])
  // RESP3 pairs what RESP2 lists one after the other.
  const flat = found.flat()
  const all = flat.flatMap((name, i) => (i % 2 === 0 ? [[name, Number(flat[i + 1])] as const] : []))
  return new Map(all.filter(([, until]) => until > now))
}
