import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SlotClaim } from '../../lib/core/cron-store.ts'
import { Connection } from '../../lib/redis/connection.ts'
import { RedisCronStore } from '../../lib/redis/cron-store.ts'
import { toTarget } from '../../lib/redis/target.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'
import { walk } from '../kit/walker.ts'

const h = harness()
let connection: Connection
let store: RedisCronStore

beforeEach(() => {
  connection = new Connection(toTarget(REDIS_URL))
  store = new RedisCronStore(connection, h.prefix)
})
afterEach(() => connection.close())

const key = (name: string) => `${h.prefix}:{:cron}:${name}`

function definition(rev = 's1.a', name = 'x'): SlotClaim['definition'] {
  return {
    rev,
    name,
    queue: 'q',
    schedule: { everyMs: 1_000 },
    missed: 'once',
    graceMs: 60_000,
    overlap: 'allow',
    job: { func: './tasks#add', args: '[]', options: {} },
  }
}

test('the walker finds what does not add up', async () => {
  await store.set(definition(), 5_000)
  expect(await walk(h.redis, h.prefix)).toEqual([])
  await h.redis.zadd(key('due'), 1, 'ghost')
  await h.redis.sadd(key('paused'), 'x')
  await h.redis.set(key('stray'), 1)
  await h.redis.zadd(key('pending'), 1, 'nonsense')
  expect((await walk(h.redis, h.prefix)).sort()).toEqual([
    'cron: ghost is due, paused or has run, and is no entry',
    'cron: nonsense is pending',
    'cron: stray is a string, expected no such key',
    'cron: x is paused and due',
  ])
  await h.redis.unlink(...(await h.redis.keys(key('*'))))
})
