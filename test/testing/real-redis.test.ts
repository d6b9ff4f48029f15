import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { Queue, Worker } from '../../lib/index.ts'
import { realRedis, withTesting } from '../../lib/testing/index.ts'
import { FIXTURES, REDIS_URL } from '../kit/harness.ts'

test('each has a prefix of its own on a server that they share, and the last one ends it', async () => {
  const one = await realRedis()
  const two = await realRedis()
  expect([two.url, two.prefix === one.prefix]).toEqual([one.url, false])
  const q = new Queue('q', one.options)
  const job = await q.enqueue('./tasks#add', 1, 2)
  await new Worker('q', { ...one.options, burst: true, isolation: 'none', paths: [FIXTURES] }).run()
  expect(await job.result).toBe(3)
  expect(await new Queue('q', two.options).count()).toBe(0)
  await q.close()
  await one.close()
  await one.close()
  const client = new Redis(two.url)
  expect(await client.keys(`${one.prefix}:*`)).toEqual([])
  client.disconnect()
  await two.close()
  const three = await realRedis()
  expect(three.url).not.toBe(two.url)
  await three.close()
})

test('on a given server it leaves nothing behind, whatever mode the test is in', async () => {
  const client = new Redis(REDIS_URL)
  let prefix = ''
  await withTesting('off', async () => {
    await using redis = await realRedis({ url: REDIS_URL })
    prefix = redis.prefix
    const q = new Queue('q', redis.options)
    await q.enqueueMany(
      Array.from({ length: 600 }, () => ({ func: './tasks#nothing', args: [], options: {} })),
    )
    await q.close()
    expect((await client.keys(`${prefix}:*`)).length).toBeGreaterThan(600)
  })
  expect(await client.keys(`${prefix}:*`)).toEqual([])
  client.disconnect()
})
