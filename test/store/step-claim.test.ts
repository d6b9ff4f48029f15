import { expect, test } from 'vitest'
import type { StoredOptions } from '../../lib/core/record.ts'
import { describeStore, describeStores, ERROR, job } from '../kit/stores.ts'

describeStores('step claims', (t) => {
  test('the first jobs of the queue, and begins them', async () => {
    await t.enqueue(
      job('a', { args: '["x"]', options: { timeoutMs: 9 }, meta: '{"m":1}' }),
      job('b'),
      job('c'),
    )
    const reply = await t.step({ want: 2 })
    expect(reply).toMatchObject({ stale: [], dueIn: null, left: true, alone: false })
    expect(reply.jobs).toMatchObject([
      {
        id: 'a',
        queue: 'q',
        func: './tasks#add',
        args: '["x"]',
        options: '{"timeoutMs":9}',
        attempt: 1,
        recoveries: 0,
        meta: '{"m":1}',
        aux: false,
        alone: false,
      },
      { id: 'b', options: null, meta: null },
    ])
    expect(await t.record('a')).toMatchObject({ status: 'started', worker: 'w', attempt: 1 })
    expect(await t.queued()).toEqual(['c'])
    expect(await t.store.heartbeat('q', 'w')).toEqual(['a', 'b'])
  })

  test('[rq 25] nothing from an empty queue', async () => {
    expect(await t.step({ want: 5 })).toEqual({
      stale: [],
      jobs: [],
      dueIn: null,
      left: false,
      alone: false,
      pausedFor: null,
    })
  })

  test('only jobs of some priorities, with those at the front of them, and says whether only others are left', async () => {
    await t.enqueue(
      job('later', { priority: 6 }),
      job('last', { priority: 5 }),
      job('first', { priority: -5 }),
      job('front', { priority: -5, atFront: true }),
      job('sooner', { priority: -6, atFront: true }),
      job('plain'),
    )
    const priorities = { from: -5, to: 5 }
    const ids = ({ jobs }: { jobs: readonly { id: string }[] }) => jobs.map(({ id }) => id)
    const one = await t.step({ want: 1, priorities })
    expect([ids(one), one.left, one.others]).toEqual([['front'], true, undefined])
    const two = await t.step({ want: 9, priorities })
    expect([ids(two), two.left, two.others]).toEqual([['first', 'plain', 'last'], false, true])
    const none = await t.step({ want: 9, priorities })
    expect([ids(none), none.left, none.others]).toEqual([[], false, true])
    expect(ids(await t.step({ want: 9, priorities: { from: -511, to: -6 } }))).toEqual(['sooner'])
    const rest = await t.step({ want: 9, priorities: { from: 6, to: 511 } })
    expect([ids(rest), rest.left, rest.others]).toEqual([['later'], false, undefined])
  })

  test('under a token that no other claim has', async () => {
    await t.enqueue(job('a'))
    const first = await t.claimOne()
    await t.end(first, { kind: 'giveBack' })
    expect((await t.claimOne()).token).not.toBe(first.token)
  })

  test('ahead of need without beginning, until the worker says so', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne({ begin: false })
    expect(await t.record('a')).toMatchObject({ status: 'queued', attempt: 0, startedAt: undefined })
    expect(await t.store.counts('q')).toMatchObject({ queued: 0, started: 1 })
    const beginning = { id: 'a', token: claimed.token, beganAgo: 250, attempt: 1 }
    expect((await t.step({ beginnings: [beginning] })).stale).toEqual([])
    const { status, worker, attempt, startedAt, createdAt } = (await t.record('a'))!
    expect({ status, worker, attempt }).toEqual({ status: 'started', worker: 'w', attempt: 1 })
    expect(startedAt).toBeLessThanOrEqual(createdAt + 2_000)
  })

  test('and refuses a beginning whose claim does not stand', async () => {
    await t.enqueue(job('a'))
    const { token } = await t.claimOne({ begin: false })
    const begin = (it: string, worker = 'w') =>
      t.step({ beginnings: [{ id: 'a', token: it, beganAgo: 0, attempt: 1 }] }, { worker })
    expect((await begin('9:9')).stale).toEqual(['a'])
    expect((await begin(token, 'another')).stale).toEqual(['a'])
    expect(await t.status('a')).toBe('queued')
  })

  test('what has come due, after what waits already', async () => {
    await t.enqueue(job('due', { inMs: 10_000 }), job('later', { inMs: 50_000 }), job('a'))
    expect(await t.step({ want: 0 })).toMatchObject({ jobs: [], dueIn: null })
    await t.elapse(20_000)
    const reply = await t.step({ want: 5 })
    expect(reply.jobs.map(({ id }) => id)).toEqual(['a', 'due'])
    expect(reply.dueIn).toBeGreaterThan(25_000)
    expect(reply.dueIn).toBeLessThanOrEqual(30_000)
    expect(await t.record('due')).toMatchObject({ status: 'started', scheduledFor: undefined })
  })

  test('a due job ahead of others where it was enqueued for the front', async () => {
    await t.enqueue(
      job('due', { inMs: 10_000, atFront: true }),
      job('urgent', { inMs: 10_000, priority: -1 }),
      job('a'),
    )
    await t.elapse(20_000)
    expect((await t.claim(5)).map(({ id }) => id)).toEqual(['urgent', 'due', 'a'])
  })

  test('no job whose time to wait is over: that one is canceled', async () => {
    await t.enqueue(job('stale', { ttlMs: 1_000 }), job('fresh', { ttlMs: 60_000 }))
    await t.elapse(2_000)
    expect((await t.claim(5)).map(({ id }) => id)).toEqual(['fresh'])
    expect(await t.record('stale')).toMatchObject({
      status: 'canceled',
      reason: 'its time to wait in the queue (ttl) was over',
    })
  })

  test('a retried job with the number of its attempt', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'retry', ttl: 0 })
    expect(await t.claimOne()).toMatchObject({ attempt: 2, aux: true })
    expect(await t.record('a')).toMatchObject({ attempt: 2 })
  })

  test('thousands in their order', async () => {
    const ids = Array.from({ length: 3_000 }, (_, i) => `j${i}`)
    await t.enqueue(...ids.map((id) => job(id)))
    expect((await t.claim(3_000)).map(({ id }) => id)).toEqual(ids)
  })
})

describeStore('step claims from a store that something else wrote to', 'redis', (t) => {
  test('what lost its function, for the worker to fail', async () => {
    await t.enqueue(job('a'))
    await t.redis.hdel(t.key('job:a'), 'fn')
    const claimed = await t.claimOne()
    expect(claimed).toMatchObject({ id: 'a', func: null, args: '[1,2]' })
    expect(await t.end(claimed, { kind: 'failed' })).toBe(true)
    expect(await t.store.list('q', 'failed')).toEqual(['a'])
  })

  test('options that are no JSON, for the worker to fail', async () => {
    await t.enqueue(job('a'))
    await t.redis.hset(t.key('job:a'), 'opts', '{"timeoutMs":')
    expect(await t.claimOne()).toMatchObject({ options: '{"timeoutMs":' })
    await expect(t.record('a')).rejects.toThrow('job a: its options are no JSON object')
  })

  test('no more than one reply should carry, and leaves the rest where it stood', async () => {
    const args = JSON.stringify(['x'.repeat(1_500_000)])
    await t.enqueue(...['a', 'b', 'c', 'd', 'e'].map((id) => job(id, { args })))
    const { jobs, left, alone } = await t.step({ want: 5 })
    expect([jobs.map(({ id }) => id), left, alone]).toEqual([['a', 'b', 'c'], true, false])
    expect(await t.queued()).toEqual(['d', 'e'])
    expect(await t.redis.llen(t.key('bell'))).toBe(1)
    expect((await t.step({ want: 5 })).jobs.map(({ id }) => id)).toEqual(['d', 'e'])
  })

  test('nor of many that came one after the other', async () => {
    const args = JSON.stringify(['x'.repeat(300_000)])
    const ids = Array.from({ length: 20 }, (_, i) => `j${i}`)
    await t.enqueue(...ids.map((id) => job(id, { args })))
    expect((await t.step({ want: 20, begin: false })).jobs.map(({ id }) => id)).toEqual(ids.slice(0, 14))
    expect(await t.queued()).toEqual(ids.slice(14))
    expect((await t.step({ want: 20, begin: false })).jobs.map(({ id }) => id)).toEqual(ids.slice(14))
  })

  test('many, each with its own function and arguments, however its record is kept', async () => {
    const unlike: Record<string, { func?: string; args?: string; options?: StoredOptions }> = {
      j3: { func: './other#task' },
      // A hash table, whose fields have no order.
      j5: { args: JSON.stringify(['x'.repeat(100)]) },
      j6: { func: `./${'long'.repeat(30)}#task` },
      // As a codec writes them.
      j8: { args: '~codec:123' },
      j10: { options: { timeoutMs: 5_000 } },
      j12: { func: './other#task' },
    }
    const ids = Array.from({ length: 40 }, (_, i) => `j${i}`)
    for (const from of ['j0', 'j7', 'j9', 'j11', 'j20']) {
      const rest = ids.slice(ids.indexOf(from))
      await t.enqueue(
        ...rest.map((id) => job(`${from}-${id}`, { func: './tasks#run', args: '[1]', ...unlike[id] })),
      )
      // As a hash table may have them, too: which way round its fields come depends on the server's seed.
      const other = t.key(`job:${from}-j20`)
      const { fn, args } = await t.redis.hgetall(other)
      await t.redis.del(other)
      await t.redis.hset(other, 'args', args!, 'fn', fn!)
      const claimed = await t.claim(rest.length, { begin: false })
      expect(claimed.map(({ id, func, args, options }) => ({ id, func, args, options }))).toEqual(
        rest.map((id) => {
          const { func = './tasks#run', args = '[1]', options } = unlike[id] ?? {}
          return { id: `${from}-${id}`, func, args, options: options ? JSON.stringify(options) : null }
        }),
      )
      expect(new Set(claimed.map(({ token }) => token)).size).toBe(rest.length)
      for (const each of claimed.filter((_, i) => i % 7 === 0))
        expect(await t.end(each, { kind: 'finished' })).toBe(true)
    }
  })

  test('many, of which some lost their records or parts of them', async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `j${i}`)
    await t.enqueue(...ids.map((id) => job(id)))
    await t.redis.del(t.key('job:j4'))
    await t.redis.hdel(t.key('job:j7'), 'fn')
    await t.redis.hset(t.key('job:j7'), 'n', 2)
    await t.redis.hdel(t.key('job:j9'), 'args')
    await t.redis.del(t.key('job:j11'))
    await t.redis.set(t.key('job:j11'), 'a string')
    const claimed = await t.claim(20, { begin: false })
    await t.enqueue(...ids.map((id) => job(`second-${id}`)))
    await t.redis.del(t.key('job:second-j19'))
    expect(await t.claim(20, { begin: false })).toHaveLength(19)
    expect(claimed.map(({ id }) => id)).toEqual(ids.filter((id) => id !== 'j4' && id !== 'j11'))
    expect(claimed.find(({ id }) => id === 'j7')).toMatchObject({ func: null, args: '[1,2]', attempt: 3 })
    expect(claimed.find(({ id }) => id === 'j9')).toMatchObject({ args: null })
  })

  test('all but a record that is gone', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.redis.del(t.key('job:a'))
    expect((await t.claim(2)).map(({ id }) => id)).toEqual(['b'])
    expect(await t.redis.hget(t.key('stats'), 'lost')).toBe('1')
  })

  test('all but a record of the wrong type, which is dropped', async () => {
    await t.enqueue(job('a'), job('b'), job('c', { inMs: 10_000 }))
    for (const id of ['a', 'c']) {
      await t.redis.del(t.key(`job:${id}`))
      await t.redis.set(t.key(`job:${id}`), 'something else')
    }
    await t.redis.zadd(t.key('scheduled'), 0, 'c')
    expect((await t.claim(3)).map(({ id }) => id)).toEqual(['b'])
    await t.redis.del(t.key('job:c'))
  })

  test.each(['finished', 'failed', 'stopped', 'retry', 'giveBack', 'giveBackAlone'] as const)(
    'and ends the others of a step where the record of one that was %s is of the wrong type',
    async (kind) => {
      await t.enqueue(job('a'), job('b'))
      const [a, b] = await t.claim(2)
      await t.redis.del(t.key('job:a'))
      await t.redis.set(t.key('job:a'), 'something else')
      const endings = [a!, b!].map(({ id, token }, i) => {
        const how = i === 0 ? kind : ('finished' as const)
        return {
          id,
          token,
          kind: how,
          endedAgo: 0,
          ranMs: 1,
          attempt: 1,
          payload: ERROR,
          ttl: 1_000,
          aux: false,
        }
      })
      expect((await t.step({ endings })).stale).toEqual([])
      expect(await t.status('b')).toBe('finished')
      expect(await t.store.heartbeat('q', 'w')).toEqual([])
    },
  )
})

describeStore('a job whose function was emptied from outside', 'redis', (t) => {
  test('is not taken for one of the function before it', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.redis.hset(t.key('job:b'), 'fn', '')
    const { jobs } = await t.step({ want: 2 })
    expect(jobs.map(({ id, func }) => [id, func || null])).toEqual([
      ['a', './tasks#add'],
      ['b', null],
    ])
  })
})
