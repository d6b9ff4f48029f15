import type { Redis } from 'ioredis'
import { KEYS } from '../../lib/redis/keys.ts'
import { mastersOf } from './plain-client.ts'

/** One key as it stands. `expiresAt` is -1 for one that stays. */
export interface Key {
  readonly name: string
  readonly type: string
  readonly expiresAt: number
  readonly value: unknown
}

/** What a queue's keys hold, by their names without the queue's prefix. */
export interface QueueSpace {
  readonly name: string
  readonly keys: ReadonlyMap<string, Key>
}

export interface Keyspace {
  readonly now: number
  readonly global: ReadonlyMap<string, Key>
  readonly queues: readonly QueueSpace[]
}

/** Every key under a prefix, by SCAN alone: what no set or registry knows of is found too. */
export async function readKeyspace(redis: Redis, prefix: string): Promise<Keyspace> {
  const global = new Map<string, Key>()
  const queues = new Map<string, Map<string, Key>>()
  for (const key of await readKeys(redis, await scan(redis, prefix))) {
    const { name } = key
    const rest = name.slice(prefix.length + 1)
    const inQueue = /^\{([^}]+)\}:(.*)$/s.exec(rest)
    if (!inQueue) {
      global.set(rest, key)
      continue
    }
    const [, queue = '', short = ''] = inQueue
    const keys = queues.get(queue) ?? new Map<string, Key>()
    queues.set(queue, keys.set(short, key))
  }
  const [seconds, micros] = await redis.time()
  const now = Number(seconds) * 1000 + Number(micros) / 1000
  return { now, global, queues: [...queues].map(([name, keys]) => ({ name, keys })) }
}

export async function scan(redis: Redis, prefix: string): Promise<string[]> {
  const names = new Set<string>()
  const pattern = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}:*`
  for (const master of await mastersOf(redis)) {
    let cursor = '0'
    do {
      const [next, page] = await master.scan(cursor, 'MATCH', pattern, 'COUNT', 1000)
      for (const name of page) names.add(name)
      cursor = next
    } while (cursor !== '0')
  }
  return [...names].sort()
}

/** Leaves nothing under a prefix: each key that stays makes every later look at the server's keys longer. */
export async function wipe(redis: Redis, prefix: string): Promise<void> {
  await Promise.all((await scan(redis, prefix)).map((key) => redis.unlink(key)))
}

/** As many keys are asked for at once. */
const AT_ONCE = 500

async function readKeys(redis: Redis, names: readonly string[]): Promise<Key[]> {
  const keys: Key[] = []
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const some = names.slice(from, from + AT_ONCE)
    for (const key of await Promise.all(some.map((name) => readKey(redis, name)))) if (key) keys.push(key)
  }
  return keys
}

async function readKey(redis: Redis, name: string): Promise<Key | undefined> {
  const [type, expiresAt] = await Promise.all([redis.type(name), redis.pexpiretime(name)])
  const value = await readValue(redis, name, type)
  return expiresAt === -2 ? undefined : { name, type, expiresAt, value }
}

async function readValue(redis: Redis, name: string, type: string): Promise<unknown> {
  switch (type) {
    case 'hash':
      return new Map(Object.entries(await redis.hgetall(name)))
    case 'zset': {
      const pairs = await redis.zrange(name, '0', '-1', 'WITHSCORES')
      const scores = new Map<string, number>()
      for (let i = 0; i < pairs.length; i += 2) scores.set(pairs[i]!, toScore(pairs[i + 1]!))
      return scores
    }
    case 'list':
      return redis.lrange(name, 0, -1)
    case 'string':
      return redis.get(name)
    case 'set':
      return new Set(await redis.smembers(name))
    default:
      return undefined
  }
}

function toScore(text: string): number {
  return text === 'inf' ? Number.POSITIVE_INFINITY : Number(text)
}

/** Which entry of keys.ts a queue's key is, and whose it is where it belongs to one job or worker. */
export function classify(short: string): { kind: keyof typeof KEYS; owner: string | undefined } | undefined {
  if (short in KEYS) return { kind: short as keyof typeof KEYS, owner: undefined }
  const colon = short.indexOf(':')
  const kind = Object.keys(KEYS).find((name) => name.startsWith(`${short.slice(0, colon)}:<`))
  return kind === undefined ? undefined : { kind: kind as keyof typeof KEYS, owner: short.slice(colon + 1) }
}
