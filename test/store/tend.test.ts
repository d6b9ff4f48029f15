import { expect, test } from 'vitest'
import type { Ending } from '../../lib/core/store.ts'
import { child, describeStore, describeStores, job } from '../kit/stores.ts'

const IDLE = { promoted: 0, expired: 0, recovered: 0, abandoned: 0, delivered: 0, repaired: 0 }

describeStores('tend', (t) => {
  test('does nothing where there is nothing to do', async () => {
    expect(await t.tend()).toEqual(IDLE)
    await t.enqueue(job('a'), job('b', { inMs: 60_000 }))
    await t.run()
    expect(await t.tend()).toEqual(IDLE)
  })

  test('queues what has come due', async () => {
    await t.enqueue(job('b', { inMs: 2_000 }), job('a', { inMs: 1_000 }), job('c', { inMs: 60_000 }))
    await t.elapse(3_000)
    expect(await t.tend()).toEqual({ ...IDLE, promoted: 2 })
    expect(await t.queued()).toEqual(['a', 'b'])
    expect(await t.record('a')).toMatchObject({ status: 'queued', scheduledFor: undefined })
    expect((await t.record('a'))!.enqueuedAt).toBeGreaterThanOrEqual((await t.record('a'))!.createdAt)
  })

  test('queues a job that was due long ago, and leaves those of the future where they are [rq 118]', async () => {
    await t.enqueue(job('future', { dueMs: Date.now() + 3_600_000 }), job('soon', { inMs: 1 }))
    await t.elapse(86_400)
    expect(await t.tend()).toMatchObject({ promoted: 1 })
    expect(await t.queued()).toEqual(['soon'])
    expect(await t.store.list('q', 'scheduled')).toEqual(['future'])
    await t.elapse(3_600_000)
    expect(await t.tend()).toMatchObject({ promoted: 1 })
    expect(await t.store.list('q', 'scheduled')).toEqual([])
  })

  test('puts a scheduled job at the front where it was enqueued so [rq 118]', async () => {
    await t.enqueue(job('a', { inMs: 1_000, atFront: true }), job('b'))
    await t.elapse(2_000)
    await t.tend()
    expect(await t.queued()).toEqual(['a', 'b'])
  })

  test('queues hundreds in one go', async () => {
    const ids = Array.from({ length: 350 }, (_, i) => `j${String(i).padStart(3, '0')}`)
    await t.enqueue(...ids.map((id, i) => job(id, { inMs: 1_000 + i })))
    await t.elapse(5_000)
    expect(await t.tend()).toMatchObject({ promoted: 350 })
    expect(await t.queued()).toEqual(ids)
  })

  test('forgets ended jobs whose time is over, hundreds in one go', async () => {
    await t.enqueue(...Array.from({ length: 350 }, (_, i) => job(`j${i}`)))
    for (const claimed of await t.claim(350)) await t.end(claimed, { ttl: 10_000 })
    await t.elapse(11_000)
    expect(await t.tend()).toMatchObject({ expired: 350 })
    expect(await t.store.counts('q')).toMatchObject({ finished: 0 })
  })

  test('cancels those that wait for a failed job whose time is over', async () => {
    await t.enqueue(job('a'), child('b', ['a']))
    await t.run({ kind: 'failed', ttl: 10_000 })
    await t.elapse(11_000)
    expect(await t.tend()).toMatchObject({ expired: 1, delivered: 1 })
    expect(await t.record('b')).toMatchObject({
      status: 'canceled',
      reason: 'its dependency a@q was deleted or has expired',
    })
  })
})

describeStores('an id that is free again', (t) => {
  const nightly = job('a', { ownId: true })

  /** The job that had it is over, and no tick has been by since. */
  const runOut = async (more: Partial<Ending> = {}) => {
    await t.enqueue(nightly)
    await t.run({ ttl: 2_000, ...more })
    await t.elapse(3_000)
    expect(await t.status('a')).toBe('gone')
  }

  test('is the next job’s, which a tick leaves alone while it waits and while it runs', async () => {
    await runOut()
    expect(await t.enqueue(nightly)).toEqual([{ ok: true }])
    expect(await t.store.counts('q')).toMatchObject({ queued: 1, finished: 0 })
    expect(await t.tend()).toEqual(IDLE)
    const claimed = await t.claimOne()
    expect(await t.tend()).toEqual(IDLE)
    expect(await t.status('a')).toBe('started')
    expect(await t.end(claimed)).toBe(true)
    expect(await t.status('a')).toBe('finished')
  })

  test('is the next job’s for as long as that one is kept', async () => {
    await runOut()
    await t.enqueue(nightly)
    await t.run({ kind: 'failed', ttl: 500_000 })
    expect(await t.tend()).toEqual(IDLE)
    expect(await t.status('a')).toBe('failed')
    await t.elapse(501_000)
    expect(await t.tend()).toMatchObject({ expired: 1 })
  })

  test.each([
    ['with nothing special', {}],
    ['with a limit', { limit: { key: 'k', concurrency: 1 } }],
  ])('has those that waited for it hear of the next job %s', async (_, more) => {
    await t.enqueue(nightly, child('b', ['a']))
    await t.run({ kind: 'failed', ttl: 2_000 })
    await t.elapse(3_000)
    await t.enqueue({ ...nightly, ...more })
    expect(await t.tend()).toEqual(IDLE)
    await t.run()
    expect(await t.queued()).toEqual(['b'])
  })
})

describeStore('an id that something else has freed', 'redis', (t) => {
  const limit = { key: 'k', concurrency: 1 }

  test.each([
    ['queued', job('a')],
    ['scheduled', job('a', { inMs: 1_000 })],
    ['limited', job('a', { limit })],
    ['deferred', child('a', ['parent@up'])],
  ] as const)('is not taken for the %s job whose record was lost', async (state, lost) => {
    await t.store.enqueue('up', [job('parent')])
    await t.enqueue(job('holder', { limit, priority: -1 }), lost)
    const [holder] = await t.claim(state === 'limited' ? 2 : 1)
    expect(await t.status('a')).toBe(state)
    await t.redis.del(t.key('job:a'), t.key('parents:a'))
    await t.enqueue(job('a', { ownId: true }))
    const a = await t.claimOne()
    await t.elapse(2_000)
    await t.tend()
    await t.end(holder!)
    expect(await t.claim()).toEqual([])
    expect(await t.end(a)).toBe(true)
    await t.run({}, 'up')
    expect(await t.status('a')).toBe('finished')
  })

  test.each(['scheduled', 'limited', 'finished'])(
    'is left alone where it also stands among the %s',
    async (state) => {
      await t.enqueue(job('a'), job('b'))
      const [a] = await t.claim()
      await t.redis.zadd(t.key(state), 1, 'a')
      await t.tend()
      expect(await t.status('a')).toBe('started')
      expect(await t.queued()).toEqual(['b'])
      expect(await t.redis.exists(t.key(state))).toBe(0)
      expect(await t.end(a!)).toBe(true)
    },
  )
})

describeStore('tend after a crash', 'redis', (t) => {
  test('delivers the end of a job that its worker did not deliver', async () => {
    await t.enqueue(job('a'), child('b', ['a']), child('c', ['b']))
    await t.claim()
    // As step.lua leaves it when the worker dies before it reads the reply.
    await t.redis
      .multi()
      .hset(t.key('job:a'), 'st', 'finished', 'res', '"A"', 'end', Date.now())
      .hdel(t.key('started:w'), 'a')
      .hdel(t.key('watched'), 'a')
      .zadd(t.key('finished'), Date.now() + 60_000, 'a')
      .zadd(t.key('outbox'), 0, 'deps:a')
      .exec()
    expect(await t.tend()).toEqual({ ...IDLE, delivered: 1 })
    expect(await t.queued()).toEqual(['b'])
    expect((await t.store.parents('q', 'b')).get('a@q')).toEqual({ state: 'finished', result: '"A"' })
    expect(await t.redis.pttl(t.key('job:a'))).toBeGreaterThan(0)
    expect(await t.tend()).toEqual(IDLE)
  })

  test.each(['waiting', 'failed'])('cancels a job whose %s parent was lost from outside', async (state) => {
    await t.enqueue(job('a'), child('b', ['a']))
    if (state === 'failed') await t.run({ kind: 'failed' })
    await t.redis.del(t.key('job:a'))
    expect(await t.tend()).toMatchObject({ repaired: 1 })
    expect(await t.record('b')).toMatchObject({
      status: 'canceled',
      reason: 'its dependency a@q was deleted or has expired',
    })
    // What is left of a job that was lost goes with its turn and its time.
    if (state === 'failed') {
      await t.redis.zadd(t.key('failed'), 1, 'a')
      await t.store.cleanup('q', 'failed')
    }
    await t.claim()
    await t.redis.del(t.key('dependents:a'))
  })

  test('strikes off what is owed for a job that has been requeued', async () => {
    await t.enqueue(job('a'), child('b', ['a']))
    await t.redis.zadd(t.key('outbox'), 0, 'deps:a')
    expect(await t.tend()).toMatchObject({ delivered: 1 })
    expect(await t.redis.exists(t.key('outbox'))).toBe(0)
    expect(await t.status('b')).toBe('deferred')
  })

  test('drops from the schedule what has no record, with what stood beside that, and counts it as lost', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'retry', ttl: 1_000 })
    await t.redis.del(t.key('job:a'))
    await t.elapse(2_000)
    await t.tend()
    expect(await t.store.counts('q')).toMatchObject({ scheduled: 0, queued: 0 })
    expect(await t.redis.exists(t.key('runs:a'))).toBe(0)
    expect(await t.redis.hget(t.key('stats'), 'lost')).toBe('1')
  })
})

describeStore('upkeep on Redis', 'redis', (t) => {
  const ids = (n: number) => Array.from({ length: n }, (_, i) => `e${i}`)

  test('keeps up with thousands of jobs that are over', async () => {
    await t.redis.zadd(t.key('finished'), ...ids(12_000).flatMap((id) => [1, id]))
    expect(await t.tend()).toMatchObject({ expired: 12_000 })
    expect(await t.redis.exists(t.key('finished'))).toBe(0)
  })

  test('forgets what is over behind many that still owe word of their end', async () => {
    const owing = ids(150)
    await t.redis.zadd(t.key('finished'), ...owing.flatMap((id) => [1, id]), 2, 'over')
    await t.redis.zadd(t.key('outbox'), ...owing.flatMap((id) => [Date.now() + 60_000, `fx:${id}`]))
    expect(await t.tend()).toMatchObject({ expired: 1, delivered: 0 })
    expect(await t.redis.zcard(t.key('finished'))).toBe(150)
  })

  test('takes what is kept beside a record with it', async () => {
    await t.enqueue(job('a', { options: { tags: ['red'] } }), job('b'))
    for (const id of ['a', 'b']) await t.redis.rpush(t.key(`runs:${id}`), '{}')
    await t.claim(2)
    await t.redis.del(t.key('job:a'), t.key('job:b'), t.key('started:w'))
    await t.redis.zadd(t.key('failed'), 1, 'a')
    await t.redis.zadd(t.key('finished'), 1, 'b')
    expect(await t.tend()).toMatchObject({ expired: 2 })
    expect(await t.redis.exists(t.key('tag:red'), t.key('runs:a'), t.key('runs:b'), t.key('indexed'))).toBe(0)
  })

  test('[F31] what cannot be delivered to a damaged queue keeps nothing else back', async () => {
    const parents = ids(120)
    await t.store.enqueue('up', [...parents.map((id) => job(id)), job('fine'), job('lost')])
    await t.enqueue(...parents.map((id) => child(`of-${id}`, [`${id}@up`])))
    await t.store.enqueue('other', [child('waits', ['fine@up'])])
    await t.store.enqueue('up', [child('orphan', ['lost@up'])])
    await t.redis.del(t.key('job:lost', 'up'))
    await t.redis.zrem(t.key('queued', 'up'), 'lost')
    // As a worker leaves them that dies before it delivers their ends.
    for (const id of [...parents, 'fine'])
      await t.redis
        .multi()
        .hset(t.key(`job:${id}`, 'up'), 'st', 'finished', 'res', '1')
        .hdel(t.key('watched', 'up'), id)
        .zrem(t.key('queued', 'up'), id)
        .zadd(t.key('finished', 'up'), Date.now() + 60_000, id)
        .zadd(t.key('outbox', 'up'), id === 'fine' ? 2 : 1, `deps:${id}`)
        .exec()
    await t.redis.del(t.key('queued'))
    await t.redis.set(t.key('queued'), 'mine')
    await expect(t.tend('up')).rejects.toThrow(/WRONGTYPE/)
    expect(await t.status('waits', 'other')).toBe('queued')
    expect(await t.status('orphan', 'up')).toBe('canceled')
    await t.redis.del(t.key('queued'))
    await t.redis.zadd(t.key('outbox', 'up'), ...parents.flatMap((id) => [1, `deps:${id}`]))
    expect(await t.tend('up')).toMatchObject({ delivered: 120 })
    expect(await t.store.counts('q')).toMatchObject({ queued: 120, deferred: 0 })
    await t.redis.del(t.key('dependents:lost', 'up'))
    await t.redis.hdel(t.key('watched', 'up'), 'lost')
  })

  test('rings where jobs wait whose token was lost, but not where the queue hands out nothing', async () => {
    const bell = () => t.redis.llen(t.key('bell'))
    await t.tend()
    expect(await bell()).toBe(0)
    await t.enqueue(job('a'))
    await t.redis.del(t.key('bell'))
    await t.store.pause('q', 'paused', null)
    await t.tend()
    expect(await bell()).toBe(0)
    await t.store.resume('q', 'paused')
    await t.redis.del(t.key('bell'))
    await t.tend()
    await t.tend()
    expect(await bell()).toBe(1)
  })
})
