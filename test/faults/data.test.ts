import { describe, expect, test } from 'vitest'
import { Connection } from '../../lib/redis/connection.ts'
import { RedisStore } from '../../lib/redis/store.ts'
import { toTarget } from '../../lib/redis/target.ts'
import { harness, logbook } from '../kit/harness.ts'
import { ownServer } from './kit.ts'

const h = harness()

test('[F31] a queue that something else wrote to keeps no worker from the queues after it', async () => {
  const q = h.queue('sound')
  await h.redis.set(`${h.base('broken')}queued`, 'mine')
  const { logger, text, lines } = logbook()
  const worker = h.worker(['broken', 'sound'], { logger })
  const running = worker.run()
  for (let n = 0; n < 5; n++) expect(await (await q.enqueue('./tasks#add', n, 1)).result).toBe(n + 1)
  expect(text()).toMatch(/WRONGTYPE.*another prefix/)
  expect(lines.filter((line) => line.includes('WRONGTYPE')).length).toBeLessThan(20)
  await h.redis.del(`${h.base('broken')}queued`)
  expect(await (await h.queue('broken').enqueue('./tasks#add', 1, 1)).result).toBe(2)
  await worker.stop()
  await running
})

test('[F31] nor its upkeep: what is due there, and what a dead worker held, comes back', async () => {
  const q = h.queue('sound')
  await h.redis.set(`${h.base('broken')}queued`, 'mine')
  const job = await q.enqueue('./tasks#add', 1, 1)
  await h.redis.zrem(`${h.base('sound')}queued`, job.id)
  await h.redis.zadd(`${h.base('sound')}workers`, 1, 'dead')
  await h.redis.hset(`${h.base('sound')}started:dead`, job.id, '1:1')
  const worker = h.worker(['broken', 'sound'])
  const running = worker.run()
  expect(await job.result).toBe(2)
  await worker.stop()
  await running
  await h.redis.del(`${h.base('broken')}queued`)
})

test('[F32] jobs that are too large to be sent to a worker all at once are run, a few at a time', async () => {
  const { connection } = await ownServer()
  const q = h.queue('q', { connection })
  const text = 'x'.repeat(900_000)
  const jobs = []
  for (let n = 0; n < 50; n++) jobs.push(await q.enqueue('./tasks#lengthOf', text))
  const worker = h.worker('q', { connection, concurrency: 50 })
  const running = worker.run()
  for (const job of jobs) expect(await job.result).toBe(text.length)
  await worker.stop()
  expect(await running).toMatchObject({ finished: 50 })
})

const plain = (id: string) => ({ id, func: './tasks#nothing', args: '[]', options: {} })

describe('[F33] a hundred thousand jobs', () => {
  /** A script that went through all of them would take far longer; one that does not may still be kept from its core for a while. */
  /** Twice what a server may have to wait for a core where all are busy; a script over all of the jobs takes several times as long. */
  const LONG_US = 200_000

  test('[F33] are enqueued, run, requeued, canceled and deleted by scripts that never block Redis for long', async () => {
    const { admin, connection } = await ownServer('--slowlog-log-slower-than', String(LONG_US))
    const q = h.queue('q', { connection })
    const store = new RedisStore(new Connection(toTarget(connection)), h.prefix)
    for (let batch = 0; batch < 10; batch++) {
      const ids = Array.from({ length: 10_000 }, (_, n) => `j${batch}-${n}`)
      await store.enqueue(
        'q',
        ids.map((id) => plain(id)),
      )
    }
    expect(await q.count()).toBe(100_000)
    const parent = await q.with({ atFront: true }).enqueue('./tasks#nothing')
    const parents = [{ ref: `${parent.id}@q` as const, allowFailure: false }]
    await store.enqueue(
      'q',
      Array.from({ length: 2_000 }, (_, n) => ({ ...plain(`child-${n}`), parents })),
    )
    await h.worker('q', { connection, concurrency: 50, maxJobs: 5_000 }).run()
    expect(await store.counts('q')).toMatchObject({ finished: 5_000, deferred: 0 })
    await store.cancel('q', 'j9-9999', 'enough')
    await store.requeue('q', ['j9-9999'], true)
    expect(await store.position('q', 'j9-9998')).toBeGreaterThan(90_000)
    await q.empty()
    expect(await q.count()).toBe(0)
    const slow = (await admin.slowlog('GET', 10)) as [number, number, number, string[]][]
    expect(slow.map(([, , us, command]) => `${us} us: ${command[0]}`)).toEqual([])
    await store.close()
  })
})
