import { expect, test } from 'vitest'
import { enqueueArgs, stepArgs } from '../../lib/redis/scripts.ts'
import type { RedisStore } from '../../lib/redis/store.ts'
import { child, describeStore, describeStores, ending, job } from '../kit/stores.ts'

describeStores('dependencies across queues', (t) => {
  const parent = (...ids: string[]) =>
    t.store.enqueue(
      'up',
      ids.map((id) => job(id)),
    )
  const words = async (id: string) => Object.fromEntries(await t.store.parents('q', id))

  test('a job waits for parents in other queues and in its own', async () => {
    await parent('a')
    await t.enqueue(job('b'), child('c', ['a@up', 'b']))
    expect(await t.status('c')).toBe('deferred')
    expect(await words('c')).toEqual({ 'a@up': { state: 'waits' }, 'b@q': { state: 'waits' } })
    expect(await t.store.dependents('up', 'a')).toEqual(['c@q'])
    await t.run({ payload: '"A"' }, 'up')
    expect(await words('c')).toMatchObject({ 'a@up': { state: 'finished', result: '"A"' } })
    await t.run()
    expect(await t.queued()).toEqual(['c'])
    expect(await t.store.dependents('up', 'a')).toEqual([])
  })

  test('parents that have ended are judged as the job is enqueued', async () => {
    await parent('done', 'broken', 'off')
    await t.run({ payload: '"A"' }, 'up')
    await t.run({ kind: 'failed' }, 'up')
    await t.store.cancel('up', 'off', 'not needed')
    await t.enqueue(
      child('a', ['done@up']),
      child('b', ['broken@up']),
      child('c', ['broken@up'], { allowFailure: true }),
      child('d', ['off@up']),
    )
    expect(await t.queued()).toEqual(['a', 'c'])
    expect(await words('a')).toEqual({ 'done@up': { state: 'finished', result: '"A"' } })
    expect(await words('b')).toEqual({ 'broken@up': { state: 'failed' } })
    expect(await t.record('d')).toMatchObject({
      status: 'canceled',
      reason: 'its dependency off@up was canceled',
    })
  })

  test('a parent that does not exist is told by its name, and the job is not stored', async () => {
    await parent('a')
    expect(await t.enqueue(child('b', ['a@up', 'nobody@up']), job('c'))).toEqual([
      { ok: false, code: 'parent', parent: 'nobody@up' },
      { ok: true },
    ])
    expect(await t.status('b')).toBe('gone')
    expect(await t.store.dependents('up', 'a')).toEqual([])
  })

  test('parents that end together are told of together, each to all of its own', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e']
    await parent(...ids)
    const here = Array.from({ length: 120 }, (_, i) => `h${i}`)
    await t.store.enqueue('up', [
      ...here.map((id) => child(id, ['b@up'])),
      child(
        'all',
        ids.map((id) => `${id}@up`),
      ),
    ])
    await t.enqueue(
      child('of-c', ['c@up']),
      child(
        'of-all',
        ids.map((id) => `${id}@up`),
      ),
    )
    const claimed = await t.claim(5, { queue: 'up' })
    const endings = claimed.map((each) => ending(each, each.id === 'e' ? { kind: 'stopped' } : {}))
    await t.step({ endings }, { queue: 'up' })
    await t.store.idle()
    expect((await t.queued('up')).sort()).toEqual([...here].sort())
    expect(await t.queued()).toEqual(['of-c'])
    for (const [id, queue] of [
      ['all', 'up'],
      ['of-all', 'q'],
    ] as const) {
      expect(await t.status(id, queue)).toBe('deferred')
      expect(Object.fromEntries(await t.store.parents(queue, id))).toMatchObject({
        ...Object.fromEntries(['a', 'b', 'c', 'd'].map((each) => [`${each}@up`, { state: 'finished' }])),
        'e@up': { state: 'failed' },
      })
    }
    expect(await t.store.dependents('up', 'b')).toEqual([])
    expect(await t.store.dependents('up', 'e')).toEqual(['all@up', 'of-all@q'])
  })

  test('a failed parent keeps the job waiting until it is requeued and succeeds', async () => {
    await parent('a')
    await t.enqueue(child('b', ['a@up']))
    await t.run({ kind: 'failed' }, 'up')
    expect(await words('b')).toEqual({ 'a@up': { state: 'failed' } })
    await t.store.requeue('up', ['a'])
    await t.run({}, 'up')
    expect(await t.queued()).toEqual(['b'])
  })

  test.each(['cancel', 'delete'] as const)('a %s travels down the whole chain', async (how) => {
    await parent('a')
    await t.store.enqueue('q', [child('b', ['a@up'])])
    await t.store.enqueue('down', [child('c', ['b@q'])])
    await t.store.enqueue('up', [child('d', ['c@down'])])
    if (how === 'cancel') await t.store.cancel('up', 'a', 'not needed')
    else await t.store.delete('up', 'a')
    expect(await t.status('b')).toBe('canceled')
    expect(await t.record('c', 'down')).toMatchObject({
      status: 'canceled',
      reason: 'its dependency b@q was canceled',
    })
    expect(await t.status('d', 'up')).toBe('canceled')
  })

  test('[F28] a failed parent whose time is over cancels the job', async () => {
    await parent('a')
    await t.enqueue(child('b', ['a@up']))
    await t.run({ kind: 'failed', ttl: 10_000 }, 'up')
    await t.elapse(11_000)
    await t.tend('up')
    expect(await t.record('b')).toMatchObject({
      status: 'canceled',
      reason: 'its dependency a@up was deleted or has expired',
    })
  })

  test('a parent’s result reaches the job also where it is not kept', async () => {
    await parent('a')
    await t.enqueue(child('b', ['a@up']))
    await t.run({ payload: '"A"', ttl: 0 }, 'up')
    expect(await t.status('a', 'up')).toBe('gone')
    expect(await words('b')).toEqual({ 'a@up': { state: 'finished', result: '"A"' } })
  })

  test('hundreds of dependents in two queues are released in their order', async () => {
    await parent('a')
    const ids = Array.from({ length: 250 }, (_, i) => `c${i}`)
    await t.enqueue(...ids.map((id) => child(id, ['a@up'])))
    await t.store.enqueue(
      'up',
      ids.map((id) => child(id, ['a@up'])),
    )
    await t.run({ ttl: 0 }, 'up')
    expect(await t.queued()).toEqual(ids)
    expect(await t.queued('up')).toEqual(ids)
    expect(await t.status('a', 'up')).toBe('gone')
  })

  test('a job that was canceled while it waited asks its parents again when it is requeued', async () => {
    await parent('a')
    await t.enqueue(child('b', ['a@up']))
    await t.store.cancel('q', 'b', 'not needed')
    await t.run({ payload: '"A"' }, 'up')
    expect(await t.store.requeue('q', ['b'])).toEqual(['deferred'])
    expect(await t.queued()).toEqual(['b'])
    expect(await words('b')).toEqual({ 'a@up': { state: 'finished', result: '"A"' } })
  })
})

describeStore('dependencies across queues after a crash', 'redis', (t) => {
  const runScript = <T>(
    name: 'enqueue' | 'step' | 'register',
    queue: string,
    args: (string | number | Buffer)[],
  ) => (t.store as RedisStore).connection.run<T>(name, t.key('', queue), args)

  /** As a producer leaves it that dies before it registers the child. */
  const storeOnly = async (ttl = 500_000) => {
    await t.store.enqueue('up', [job('a')])
    await t.redis.sadd(`${t.prefix}:queues`, 'q')
    await runScript('enqueue', 'q', enqueueArgs('q', [child('b', ['a@up'])], undefined, ttl, false))
    expect(await t.store.dependents('up', 'a')).toEqual([])
  }

  /** As a worker leaves it that dies before it delivers: the script alone, its reply unread. */
  const finishOnly = async (ttl = 500_000) => {
    const claimed = await t.claimOne({ queue: 'up' })
    const endings = [ending(claimed, { payload: '"A"', ttl })]
    const step = { endings, beginnings: [], want: 0, begin: true, held: 0 }
    await runScript('step', 'up', stepArgs('w', 30_000, 1_000, step))
  }

  test('a child that was stored but not registered is registered by a tick', async () => {
    await storeOnly()
    expect(await t.tend()).toMatchObject({ delivered: 0 })
    await t.elapse(6_000)
    expect(await t.tend()).toMatchObject({ delivered: 1 })
    expect(await t.store.dependents('up', 'a')).toEqual(['b@q'])
    expect(await t.redis.exists(t.key('outbox'))).toBe(0)
    await t.run({}, 'up')
    expect(await t.queued()).toEqual(['b'])
  })

  test('a child that was not registered hears of a parent that has finished since', async () => {
    await storeOnly()
    await t.run({ payload: '"A"' }, 'up')
    expect(await t.status('b')).toBe('deferred')
    await t.elapse(6_000)
    await t.tend()
    expect(await t.queued()).toEqual(['b'])
    expect((await t.store.parents('q', 'b')).get('a@up')).toEqual({ state: 'finished', result: '"A"' })
  })

  test('[F28] a child that was not registered is canceled where the parent has gone since', async () => {
    await storeOnly()
    await t.run({ ttl: 0 }, 'up')
    await t.elapse(6_000)
    await t.tend()
    expect(await t.record('b')).toMatchObject({
      status: 'canceled',
      reason: 'its dependency a@up was deleted or has expired',
    })
  })

  test('a child that was registered but not told so hears of the end all the same', async () => {
    await storeOnly()
    await runScript('register', 'up', ['a', 'b@q'])
    await t.run({ payload: '"A"' }, 'up')
    expect(await t.queued()).toEqual(['b'])
    await t.elapse(6_000)
    await t.tend()
    expect(await t.queued()).toEqual(['b'])
  })

  test.each([500_000, 0])(
    'an end that was not delivered is delivered by a tick, result ttl %i',
    async (ttl) => {
      await t.store.enqueue('up', [job('a')])
      await t.enqueue(child('b', ['a@up']))
      await finishOnly(ttl)
      expect(await t.status('b')).toBe('deferred')
      expect(await t.status('a', 'up')).toBe('finished')
      expect(await t.redis.pttl(t.key('job:a', 'up'))).toBe(-1)
      expect(await t.tend('up')).toMatchObject({ delivered: 1 })
      expect(await t.queued()).toEqual(['b'])
      expect((await t.store.parents('q', 'b')).get('a@up')).toEqual({ state: 'finished', result: '"A"' })
      expect(await t.status('a', 'up')).toBe(ttl === 0 ? 'gone' : 'finished')
    },
  )

  test('two that deliver the same end at once release each job once', async () => {
    await t.store.enqueue('up', [job('a')])
    const ids = Array.from({ length: 50 }, (_, i) => `c${i}`)
    await t.enqueue(...ids.map((id) => child(id, ['a@up'])))
    await finishOnly()
    const other = t.another()
    await Promise.all([t.tend('up'), other.tend('up')])
    await other.close()
    expect((await t.queued()).sort()).toEqual(ids.sort())
    expect(await t.redis.exists(t.key('outbox', 'up'))).toBe(0)
  })

  test('the parent’s record is there until all have been told, however short its time to live', async () => {
    await t.store.enqueue('up', [job('a')])
    await t.enqueue(child('b', ['a@up']))
    await finishOnly(1_000)
    await t.elapse(60_000)
    await t.tend('up')
    expect((await t.store.parents('q', 'b')).get('a@up')).toEqual({ state: 'finished', result: '"A"' })
    expect(await t.status('a', 'up')).toBe('gone')
  })
})
