import { expect, test } from 'vitest'
import { FIELDS } from '../../lib/core/record.ts'
import { GLOBAL_KEYS, KEYS } from '../../lib/redis/keys.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

/** The key as the tables have it: `job:<id>` of `job:12ab…`. */
function tabled(short: string, table: object): string | undefined {
  const isMeant = (known: string) =>
    known.includes('<') ? short.startsWith(known.slice(0, known.indexOf('<'))) : short === known
  return Object.keys(table).find(isMeant)
}

test('[P12] [P13] redis-cli shows the queues, and what waits in one, in its order', async () => {
  const q = h.queue('default')
  const jobs = [await q.enqueue('./tasks#add', 1, 2), await q.enqueue('./tasks#add', 3, 4)]
  const first = await q.with({ atFront: true }).enqueue('./tasks#add', 5, 6)
  const { redis, prefix } = h
  expect(await redis.type(`${prefix}:queues`)).toBe('set')
  expect(await redis.smembers(`${prefix}:queues`)).toEqual(['default'])
  expect(await redis.type(`${prefix}:{default}:queued`)).toBe('zset')
  expect(await redis.zrange(`${prefix}:{default}:queued`, '0', '-1')).toEqual(
    [first, ...jobs].map(({ id }) => id),
  )
})

test('[P11] [P20] a job is a hash that a person can read: function, arguments, state and times', async () => {
  const q = h.queue()
  const { id } = await q.enqueue('./tasks#echo', { time: 1, array: { test: 'test' } })
  const key = `${h.base('q')}job:${id}`
  expect(await h.redis.type(key)).toBe('hash')
  const waiting = await h.redis.hgetall(key)
  expect(waiting).toEqual({
    fn: expect.stringMatching(/^\d{13} \.\/tasks#echo$/),
    args: '[{"time":1,"array":{"test":"test"}}]',
  })
  const worker = h.worker('q', { burst: true })
  await worker.run()
  const ended = await h.redis.hgetall(key)
  expect(ended).toMatchObject({
    ...waiting,
    st: expect.stringMatching(new RegExp(`^finished \\d{13} \\d+ ${worker.name}$`)),
    res: '{"time":1,"array":{"test":"test"}}',
  })
  expect(await h.redis.zrange(`${h.base('q')}finished`, '0', '-1')).toEqual([id])
  for (const field of Object.keys(ended)) expect(FIELDS).toHaveProperty(field)
})

test('[P14] every key that jobs and a worker leave is in the tables, with its type', async () => {
  const q = h.queue()
  await q.with({ tags: ['a'], unique: { key: 'u' } }).enqueue('./tasks#add', 1, 2)
  await q.enqueueIn('1h', './tasks#nothing')
  await q.with({ dependsOn: await q.enqueue('./tasks#fail') }).enqueue('./tasks#nothing')
  const worker = h.worker('q')
  const running = worker.run()
  await expect.poll(async () => (await q.failedJobRegistry.ids()).length).toBe(1)
  const keys = await h.redis.keys(`${h.prefix}:*`)
  for (const key of keys) {
    const [table, short] = key.startsWith(h.base('q'))
      ? [KEYS, key.slice(h.base('q').length)]
      : [GLOBAL_KEYS, key.slice(h.prefix.length + 1)]
    const known = tabled(short, table)
    const type = await h.redis.type(key)
    // The bell is rung, and heard.
    if (type === 'none') continue
    expect({ key, type }).toEqual({
      key,
      type: (table as Record<string, readonly [string, string]>)[known ?? '']?.[0],
    })
  }
  expect(keys.length).toBeGreaterThan(10)
  await worker.stop()
  await running
})
