import { expect, test } from 'vitest'
import { child, describeStore, describeStores, job } from '../kit/stores.ts'

const FINISHED = { state: 'finished', result: '3' }

describeStores('dependencies in one queue', (t) => {
  const words = async (id: string) => Object.fromEntries(await t.store.parents('q', id))

  test('a job waits until all its parents have finished', async () => {
    await t.enqueue(job('a'), job('b'), child('c', ['a', 'b']))
    expect(await t.record('c')).toMatchObject({ status: 'deferred', enqueuedAt: undefined })
    expect(await words('c')).toEqual({ 'a@q': { state: 'waits' }, 'b@q': { state: 'waits' } })
    await t.run()
    expect(await t.status('c')).toBe('deferred')
    expect(await words('c')).toEqual({ 'a@q': FINISHED, 'b@q': { state: 'waits' } })
    await t.run()
    expect(await t.queued()).toEqual(['c'])
    expect((await t.record('c'))!.enqueuedAt).toBeDefined()
    expect(await t.claimOne()).toMatchObject({ id: 'c', aux: true })
  })

  test('one that waits for the last of all times too is scheduled for that', async () => {
    await t.enqueue(job('a'), child('b', ['a'], { dueMs: 8.64e15 }))
    await t.run()
    expect(await t.record('b')).toMatchObject({ status: 'scheduled', scheduledFor: 8.64e15 })
  })

  test('a parent tells who waits for it, until it has told them', async () => {
    await t.enqueue(job('a'), child('c', ['a']), child('b', ['a']))
    expect(await t.store.dependents('q', 'a')).toEqual(['c@q', 'b@q'])
    await t.run()
    expect(await t.store.dependents('q', 'a')).toEqual([])
  })

  test('parents that have ended are judged as the job is enqueued', async () => {
    await t.enqueue(job('done'), job('broken'))
    await t.run()
    await t.run({ kind: 'failed' })
    await t.enqueue(
      child('a', ['done']),
      child('b', ['broken']),
      child('c', ['broken'], { allowFailure: true }),
    )
    expect(await t.status('a')).toBe('queued')
    expect(await t.status('b')).toBe('deferred')
    expect(await t.status('c')).toBe('queued')
    expect(await words('a')).toEqual({ 'done@q': FINISHED })
    expect(await words('b')).toEqual({ 'broken@q': { state: 'failed' } })
    expect(await words('c')).toEqual({ 'broken@q': { state: 'failed, as allowed' } })
  })

  test.each(['failed', 'stopped'] as const)('a parent that %s keeps the job waiting', async (kind) => {
    await t.enqueue(job('a'), child('b', ['a']))
    await t.run({ kind })
    expect(await t.status('b')).toBe('deferred')
    expect(await words('b')).toEqual({ 'a@q': { state: 'failed' } })
    expect(await t.store.dependents('q', 'a')).toEqual(['b@q'])
  })

  test('a job enqueued after its parent failed goes on when that one is requeued and succeeds', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'failed' })
    await t.enqueue(child('b', ['a']))
    await t.store.requeue('q', ['a'])
    await t.run()
    expect(await t.queued()).toEqual(['b'])
  })

  test('a parent may fail where that is allowed, but not be stopped', async () => {
    await t.enqueue(
      job('a'),
      job('b'),
      child('c', ['a'], { allowFailure: true }),
      child('d', ['b'], { allowFailure: true }),
    )
    await t.run({ kind: 'failed' })
    await t.run({ kind: 'stopped' })
    expect(await t.queued()).toEqual(['c'])
    expect(await t.status('d')).toBe('deferred')
  })

  test('a parent that is retried has not failed', async () => {
    await t.enqueue(job('a'), child('b', ['a'], { allowFailure: true }))
    await t.run({ kind: 'retry', ttl: 0 })
    expect(await words('b')).toEqual({ 'a@q': { state: 'waits' } })
  })

  test('a parent canceled before cancels the job as it is enqueued', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.store.cancel('q', 'a', 'not needed')
    expect(await t.enqueue(child('c', ['a', 'b']), child('d', ['b']))).toEqual([{ ok: true }, { ok: true }])
    expect(await t.record('c')).toMatchObject({
      status: 'canceled',
      reason: 'its dependency a@q was canceled',
    })
    expect(await t.store.list('q', 'deferred')).toEqual(['d'])
    await t.run()
    expect(await t.status('c')).toBe('canceled')
    expect(await t.queued()).toEqual(['d'])
  })

  test('a parent that does not exist is told by its name, and the job is not stored', async () => {
    await t.enqueue(job('a'))
    expect(await t.enqueue(child('b', ['a', 'nobody']), job('c'))).toEqual([
      { ok: false, code: 'parent', parent: 'nobody@q' },
      { ok: true },
    ])
    expect(await t.status('b')).toBe('gone')
    expect(await t.store.dependents('q', 'a')).toEqual([])
  })

  test('a parent may stand before its child in one call', async () => {
    await t.enqueue(job('a'), child('b', ['a']), child('c', ['b']))
    await t.run()
    await t.run()
    await t.run()
    expect(await t.status('c')).toBe('finished')
  })

  test('a parent’s result is copied, so that a child has it when the parent is gone', async () => {
    await t.enqueue(job('a'), child('b', ['a']))
    await t.run({ payload: '{"big":1}', ttl: 0 })
    expect(await t.status('a')).toBe('gone')
    expect(await t.store.list('q', 'finished')).toEqual([])
    expect(await words('b')).toEqual({ 'a@q': { state: 'finished', result: '{"big":1}' } })
    expect(await t.queued()).toEqual(['b'])
  })

  test('a parent that failed and is not kept cancels the job at the next tick', async () => {
    await t.enqueue(job('a'), child('b', ['a']))
    await t.run({ kind: 'failed', ttl: 0 })
    await t.tend()
    expect(await t.record('b')).toMatchObject({
      status: 'canceled',
      reason: 'its dependency a@q was deleted or has expired',
    })
  })

  test('a job that is due later waits for its time too', async () => {
    await t.enqueue(
      job('a'),
      job('b'),
      child('c', ['a'], { inMs: 60_000 }),
      child('d', ['b'], { inMs: 1_000 }),
    )
    await t.run()
    expect(await t.status('c')).toBe('scheduled')
    await t.elapse(2_000)
    await t.run()
    expect(await t.queued()).toEqual(['d'])
    await t.elapse(60_000)
    await t.tend()
    expect(await t.queued()).toEqual(['d', 'c'])
  })

  test('a released job keeps its priority and its place at the front', async () => {
    await t.enqueue(job('a'))
    await t.enqueue(
      child('front', ['a'], { atFront: true }),
      child('urgent', ['a'], { priority: -1 }),
      child('c', ['a']),
    )
    await t.enqueue(job('waits'))
    await t.run()
    expect(await t.queued()).toEqual(['urgent', 'front', 'waits', 'c'])
  })

  test('a thousand dependents are released in the order they were enqueued', async () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => `c${i}`)
    await t.enqueue(job('a'))
    await t.enqueue(...ids.map((id) => child(id, ['a'])))
    await t.run({ ttl: 0 })
    expect(await t.queued()).toEqual(ids)
    expect(await t.status('a')).toBe('gone')
  })

  test('a thousand dependents are canceled with their parent, and theirs with them', async () => {
    await t.enqueue(job('a'))
    const ids = Array.from({ length: 1_000 }, (_, i) => `c${i}`)
    await t.enqueue(...ids.map((id) => child(id, ['a'])))
    await t.enqueue(child('last', ['c0', 'c999']))
    await t.store.cancel('q', 'a', 'not needed')
    expect(await t.store.counts('q')).toMatchObject({ deferred: 0, canceled: 1_002 })
    expect(await t.status('last')).toBe('canceled')
  })

  test('a job canceled while it waits does not come back when its parent finishes', async () => {
    await t.enqueue(job('a'), child('b', ['a']))
    await t.store.cancel('q', 'b', 'not needed')
    await t.run()
    expect(await t.queued()).toEqual([])
    expect(await t.store.dependents('q', 'a')).toEqual([])
  })

  test('a job that took a deleted one’s id does not inherit its parents', async () => {
    await t.enqueue(job('a'), child('b', ['a']))
    await t.store.delete('q', 'b')
    await t.enqueue(job('b', { inMs: 60_000 }))
    await t.run()
    expect(await t.status('b')).toBe('scheduled')
  })
})

describeStore('dependencies in one queue, told again', 'redis', (t) => {
  test('a release that was sent twice changes nothing', async () => {
    await t.enqueue(job('a'), job('x'), child('b', ['a', 'x']))
    await t.run()
    const store = t.store as ReturnType<typeof t.another>
    const settle = (outcome: string) =>
      store.connection.run<[number, string[]]>('settle', t.key(''), [
        'b',
        'a@q',
        outcome,
        '"other"',
        1_000,
        0,
      ])
    for (const outcome of ['finished', 'failed', 'canceled', 'gone', 'waits']) {
      expect(await settle(outcome)).toEqual([1, []])
    }
    expect((await t.store.parents('q', 'b')).get('a@q')).toEqual({ state: 'finished', result: '3' })
    expect(await t.redis.hget(t.key('job:b'), 'need')).toBe('1')
  })

  test('a word that comes late does not undo a failure', async () => {
    await t.enqueue(job('a'), child('b', ['a']))
    await t.run({ kind: 'failed' })
    const store = t.store as ReturnType<typeof t.another>
    await store.connection.run('settle', t.key(''), ['b', 'a@q', 'waits', '', 1_000, 0])
    expect((await t.store.parents('q', 'b')).get('a@q')).toEqual({ state: 'failed' })
  })
})
