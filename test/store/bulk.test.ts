import { expect, test, vi } from 'vitest'
import { Outbox } from '../../lib/redis/outbox.ts'
import { stepArgs } from '../../lib/redis/scripts.ts'
import { scan } from '../kit/keyspace.ts'
import { child, describeStore, describeStores, ending, job } from '../kit/stores.ts'

describeStores('purge', (t) => {
  test('deletes of a list those that are in that state, and says what became of each', async () => {
    await t.enqueue(job('a'), job('b'), job('s', { inMs: 60_000 }))
    await t.run()
    expect(await t.store.purge('q', 'queued', ['a', 'b', 's', 'nobody'])).toEqual([
      'finished',
      'deleted',
      'scheduled',
      'gone',
    ])
    expect([await t.queued(), await t.status('a'), await t.status('s')]).toEqual([
      [],
      'finished',
      'scheduled',
    ])
  })

  test('leaves what has not ended long enough ago', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.run()
    await t.elapse(10_000)
    await t.run()
    expect(await t.store.purge('q', 'finished', ['a', 'b'], 5_000)).toEqual(['deleted', 'finished'])
    expect(await t.store.purge('q', 'finished', ['b'], 0)).toEqual(['deleted'])
  })

  test('leaves what a worker has claimed, begun or not', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.claim(1)
    await t.claim(1, { begin: false })
    expect(await t.store.purge('q', 'queued', ['a', 'b'])).toEqual(['started', 'started'])
    expect(await t.store.purge('q', 'started', ['a', 'b'])).toEqual(['started', 'queued'])
    expect(await t.store.list('q', 'started')).toEqual(['a', 'b'])
  })

  test('cancels those that wait, here and elsewhere', async () => {
    await t.enqueue(job('a'), child('b', ['a']))
    await t.store.enqueue('up', [child('c', ['a@q'])])
    await t.store.purge('q', 'queued', ['a'])
    await t.store.idle()
    expect([await t.status('b'), await t.status('c', 'up')]).toEqual(['canceled', 'canceled'])
  })
})

describeStores('entries', (t) => {
  test('go with their times, and one alone with its own', async () => {
    await t.enqueue(job('a', { options: { failureTtlMs: null } }), job('b'), job('c'))
    await t.run({ ttl: 60_000 })
    await t.store.cancel('q', 'b', 'no')
    await t.claim(1)
    const { endedAt } = (await t.record('a'))!
    const [a] = await t.store.entries('q', 'finished')
    expect(a!.id).toBe('a')
    expect(Math.abs(a!.time! - endedAt! - 60_000)).toBeLessThan(1_000)
    expect(await t.store.entry('q', 'finished', 'a')).toEqual(a)
    expect(await t.store.entry('q', 'finished', 'b')).toBeUndefined()
    const [c] = await t.store.entries('q', 'started')
    expect(c).toEqual(await t.store.entry('q', 'started', 'c'))
    expect(c!.time! - (await t.record('c'))!.startedAt!).toBeGreaterThan(29_000)
    expect(await t.store.entry('q', 'started', 'b')).toBeUndefined()
    expect(await t.store.entries('q', 'queued')).toEqual([])
  })

  test('that are kept for ever have no end', async () => {
    await t.enqueue(job('a'))
    await t.run({ ttl: -1 })
    expect(await t.store.entries('q', 'finished')).toEqual([{ id: 'a', time: Number.POSITIVE_INFINITY }])
    expect(await t.store.entry('q', 'finished', 'a')).toEqual({ id: 'a', time: Number.POSITIVE_INFINITY })
  })

  test('come in pages', async () => {
    await t.enqueue(...['a', 'b', 'c'].map((id) => job(id)))
    const page = await t.store.entries('q', 'queued', { offset: 1, limit: 1 })
    expect(page).toEqual([{ id: 'b', time: null }])
    expect(await t.store.entries('q', 'queued', { limit: 0 })).toEqual([])
  })
})

describeStores('cleanup', (t) => {
  test('forgets what has expired in one state, and cancels those that wait for it', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.run({ kind: 'failed', ttl: 10_000 })
    await t.run({ ttl: 10_000 })
    await t.enqueue(child('c', ['a']))
    await t.elapse(11_000)
    expect(await t.store.cleanup('q', 'failed')).toBe(1)
    expect(await t.store.list('q', 'finished')).toEqual(['b'])
    expect(await t.status('c')).toBe('canceled')
  })

  test('takes back what a dead worker held', async () => {
    await t.enqueue(job('a'))
    await t.claim(1)
    expect(await t.store.cleanup('q', 'started')).toBe(0)
    await t.elapse(31_000)
    expect(await t.store.cleanup('q', 'started')).toBe(1)
    expect(await t.queued()).toEqual(['a'])
  })

  test('finds nothing to do where all is well', async () => {
    await t.enqueue(job('a'), job('s', { inMs: 5_000 }), child('d', ['a']))
    for (const state of ['queued', 'scheduled', 'deferred', 'canceled'] as const)
      expect(await t.store.cleanup('q', state)).toBe(0)
  })
})

describeStores('forget', (t) => {
  test('refuses while a job is left, wherever it is', async () => {
    await t.enqueue(job('a'))
    expect(await t.store.forget('q')).toEqual({ state: 'queued', id: 'a' })
    const claimed = await t.claimOne()
    expect(await t.store.forget('q')).toEqual({ state: 'started', id: 'a' })
    await t.end(claimed, { ttl: 0 })
    expect(await t.store.forget('q')).toBe('forgotten')
    expect(await t.store.queues()).toEqual([])
    expect(await t.store.forget('q')).toBe('forgotten')
    await t.enqueue(job('a'))
    expect(await t.store.queues()).toEqual(['q'])
  })
})

describeStores('latency', (t) => {
  test('is what the next job has been waiting since it was queued', async () => {
    expect(await t.store.latency('q')).toBe(0)
    await t.enqueue(job('a'), job('s', { inMs: 8_000 }))
    await t.elapse(10_000)
    expect(await t.store.latency('q')).toBeGreaterThanOrEqual(10_000)
    await t.run()
    await t.tend()
    expect(await t.store.latency('q')).toBeLessThan(5_000)
  })
})

describeStores('saveMeta', (t) => {
  test('writes whatever the state, and refuses where it has changed since it was read', async () => {
    await t.enqueue(job('a'))
    expect(await t.store.saveMeta('q', 'a', '{"m":1}', '')).toBe('saved')
    expect(await t.store.saveMeta('q', 'a', '{"m":2}', '')).toEqual({ changed: '{"m":1}' })
    await t.run()
    expect(await t.store.saveMeta('q', 'a', '{"m":3}', '{"m":1}')).toBe('saved')
    expect(await t.record('a')).toMatchObject({ status: 'finished', meta: '{"m":3}' })
    expect(await t.store.saveMeta('q', 'nobody', '{}')).toBe('gone')
    expect(await t.status('nobody')).toBe('gone')
  })
})

describeStores('find', (t) => {
  test('names the queue of each id', async () => {
    await t.enqueue(job('a'))
    await t.store.enqueue('up', [job('b')])
    expect(await t.store.findMany(['b', 'nobody', 'a'])).toEqual(['up', undefined, 'q'])
    expect(await t.store.findMany([])).toEqual([])
  })
})

describeStore('a bulk delete', 'redis', (t) => {
  test('does not take away a finished job whose dependents have not heard of it', async () => {
    await t.enqueue(job('p'), child('c', ['p']))
    const endings = [ending(await t.claimOne())]
    const dead = t.another()
    const step = { endings, beginnings: [], want: 0, begin: false, held: 0 }
    await dead.connection.run('step', t.key(''), stepArgs('w', 30_000, 1_000, step))
    await dead.close()
    expect(await t.store.purge('q', 'finished', ['p'])).toEqual(['finished'])
    await t.tend()
    expect(await t.store.purge('q', 'finished', ['p'])).toEqual(['deleted'])
    expect(await t.queued()).toEqual(['c'])
  })

  test('and a worker that still has a lease keep the sequence numbers when a queue is forgotten', async () => {
    await t.enqueue(job('a'))
    await t.run({ ttl: 0 })
    expect(await t.store.forget('q')).toBe('forgotten')
    expect(await t.redis.exists(t.key('stats'))).toBe(1)
    await t.store.leave('q', 'w')
    await t.store.forget('q')
    expect(await scan(t.redis, t.prefix)).toEqual([t.key('flags')])
    // What producers hear of it goes by itself.
    expect(await t.redis.pttl(t.key('flags'))).toBeGreaterThan(0)
  })
})

describeStore('the name of a queue that is forgotten', 'redis', (t) => {
  test('is told again by a producer that holds it for known, once', async () => {
    const producer = t.another()
    await producer.enqueue('q', [job('a')])
    await t.run({ ttl: 0 })
    await t.store.leave('q', 'w')
    for (const id of ['b', 'c']) {
      expect(await t.store.forget('q')).toBe('forgotten')
      expect(await t.store.queues()).toEqual([])
      const told = vi.spyOn(producer.connection, 'attempt')
      await producer.enqueue('q', [job(id)])
      expect(await t.store.queues()).toEqual(['q'])
      await producer.enqueue('q', [job(`${id}2`)])
      await producer.enqueue('q', [job(`${id}3`)])
      expect(told).toHaveBeenCalledTimes(1)
      told.mockRestore()
      await t.run({ ttl: 0 })
      await t.run({ ttl: 0 })
      await t.run({ ttl: 0 })
    }
    await producer.close()
  })

  test.each(['before', 'after'] as const)('stays where a job comes %s it is removed', async (when) => {
    const [producer, remover] = [t.another(), t.another()]
    await producer.enqueue('q', [job('z')])
    await t.run({ ttl: 0 })
    const { connection } = remover
    const remove = connection.attempt.bind(connection)
    vi.spyOn(connection, 'attempt').mockImplementationOnce(async (send) => {
      if (when === 'before') await producer.enqueue('q', [job('a')])
      const removed = await remove(send)
      if (when === 'after') await producer.enqueue('q', [job('a')])
      return removed
    })
    expect(await remover.forget('q')).toBe('forgotten')
    expect(await t.store.queues()).toEqual(['q'])
    expect(await t.queued()).toEqual(['a'])
    await producer.close()
    await remover.close()
  })

  test('is as little told as ever once all producers must have told it', async () => {
    expect(await t.store.forget('q')).toBe('forgotten')
    await t.redis.hset(t.key('flags'), 'forgotten', 1)
    await t.enqueue(job('a'))
    expect(await t.redis.exists(t.key('flags'))).toBe(0)
  })

  test('and a pause that comes after it holds until it is resumed', async () => {
    await t.store.forget('q')
    await t.store.pause('q', 'paused', null)
    expect(await t.redis.pttl(t.key('flags'))).toBe(-1)
    await t.store.forget('q')
    expect(await t.redis.pttl(t.key('flags'))).toBe(-1)
    expect((await t.store.pauses('q')).paused).toBeDefined()
    await t.store.resume('q', 'paused')
    await t.store.forget('q')
    expect(await t.redis.pttl(t.key('flags'))).toBeGreaterThan(0)
  })
})

describeStore('leaving a parent in another queue', 'redis', (t) => {
  test('is taken back where the job was requeued meanwhile, so that it is not forgotten', async () => {
    await t.store.enqueue('up', [job('p')])
    await t.enqueue(child('c', ['p@up']))
    const other = t.another()
    // What is left of a cancel when a requeue, and its registration, came in between.
    await new Outbox(other.connection, t.prefix, async () => {}).leave('q', 'c', ['p@up'])
    await other.close()
    expect(await t.store.dependents('up', 'p')).toEqual(['c@q'])
    await t.run({}, 'up')
    expect(await t.queued()).toEqual(['c'])
  })
})
