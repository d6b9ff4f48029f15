import { expect, test } from 'vitest'
import { stepArgs } from '../../lib/redis/scripts.ts'
import type { RedisStore } from '../../lib/redis/store.ts'
import { child, describeStore, describeStores, ERROR, ending, job } from '../kit/stores.ts'

describeStores('requeue', (t) => {
  const requeue = (...ids: string[]) => t.store.requeue('q', ids)

  test('queues a failed job again, as though it had never run', async () => {
    await t.enqueue(job('a', { meta: '{"m":1}' }))
    await t.run({ kind: 'retry', ttl: 0 })
    await t.run({ kind: 'failed', ttl: 60_000 })
    expect(await requeue('a')).toEqual(['queued'])
    expect(await t.record('a')).toMatchObject({
      status: 'queued',
      attempt: 0,
      worker: undefined,
      startedAt: undefined,
      endedAt: undefined,
      error: undefined,
      meta: '{"m":1}',
    })
    expect(await t.store.list('q', 'failed')).toEqual([])
    expect(await t.claimOne()).toMatchObject({ id: 'a', attempt: 1 })
  })

  test('takes the expiry from it', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'failed', ttl: 10_000 })
    await requeue('a')
    await t.elapse(20_000)
    await t.tend()
    expect(await t.status('a')).toBe('queued')
    expect(await t.store.runs('q', 'a')).toHaveLength(1)
  })

  test('keeps the run that ended among its runs', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'failed', ranMs: 40 })
    await requeue('a')
    const [run] = await t.store.runs('q', 'a')
    expect(run).toMatchObject({ attempt: 1, worker: 'w', outcome: 'failed', error: JSON.parse(ERROR) })
    expect(run!.endedAt - run!.startedAt).toBe(40)
  })

  test.each(['stopped', 'canceled'] as const)('queues a %s job again', async (status) => {
    await t.enqueue(job('a'))
    if (status === 'stopped') await t.run({ kind: 'stopped' })
    else await t.store.cancel('q', 'a', 'not needed')
    expect(await requeue('a')).toEqual(['queued'])
    expect((await t.record('a'))!.reason).toBeUndefined()
    await t.run()
    expect(await t.status('a')).toBe('finished')
  })

  test('puts jobs behind those that wait, in the order asked, or in front of them', async () => {
    await t.enqueue(job('a'), job('b'), job('c'))
    await t.run({ kind: 'failed' })
    await t.run({ kind: 'failed' })
    await requeue('b', 'a')
    expect(await t.queued()).toEqual(['c', 'b', 'a'])
    const claimed = await t.claim(3)
    for (const each of claimed) await t.end(each, { kind: 'failed' })
    await t.enqueue(job('d'))
    await t.store.requeue('q', ['a', 'b'], true)
    expect(await t.queued()).toEqual(['b', 'a', 'd'])
  })

  test('keeps the priority', async () => {
    await t.enqueue(job('urgent', { priority: -1 }))
    await t.run({ kind: 'failed' })
    await t.enqueue(job('a'))
    await requeue('urgent')
    expect(await t.queued()).toEqual(['urgent', 'a'])
  })

  test('answers for each id what kept it from being queued', async () => {
    await t.enqueue(job('done'), job('runs'), job('waits'), job('later', { inMs: 60_000 }))
    await t.run()
    await t.claim()
    expect(await requeue('done', 'runs', 'waits', 'later', 'nobody')).toEqual([
      'finished',
      'started',
      'queued',
      'scheduled',
      'gone',
    ])
  })

  test('twice queues once', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'failed' })
    expect(await requeue('a')).toEqual(['queued'])
    expect(await requeue('a')).toEqual(['queued'])
    expect(await t.queued()).toEqual(['a'])
    expect(await t.store.runs('q', 'a')).toHaveLength(1)
  })

  test('forgets the limit on waiting, and that it had to run alone', async () => {
    await t.enqueue(job('a', { ttlMs: 50_000 }))
    await t.claim()
    await t.die()
    await t.run({ kind: 'failed' })
    await requeue('a')
    await t.elapse(60_000)
    expect(await t.claimOne()).toMatchObject({ id: 'a', alone: false, recoveries: 0 })
  })

  test('lets dependents of a failed job go on once it succeeds', async () => {
    await t.enqueue(job('a'), child('b', ['a']))
    await t.run({ kind: 'failed' })
    expect(await t.status('b')).toBe('deferred')
    await requeue('a')
    await t.run()
    expect(await t.queued()).toEqual(['b'])
  })

  test('makes a job wait again that was canceled while it waited', async () => {
    await t.enqueue(job('a'), job('b'), child('c', ['a', 'b']))
    await t.run({ payload: '"A"' })
    await t.store.cancel('q', 'c', 'not needed')
    expect(await requeue('c')).toEqual(['deferred'])
    expect(await t.store.parents('q', 'c')).toEqual(
      new Map([
        ['a@q', { state: 'finished', result: '"A"' }],
        ['b@q', { state: 'waits' }],
      ]),
    )
    await t.run()
    expect(await t.queued()).toEqual(['c'])
  })

  test('queues it at once where its parents have finished since', async () => {
    await t.enqueue(job('a'), child('c', ['a']))
    await t.store.cancel('q', 'c', 'not needed')
    await t.run({ payload: '"A"' })
    expect(await requeue('c')).toEqual(['deferred'])
    expect(await t.queued()).toEqual(['c'])
  })

  test('cancels it again where its parent is gone', async () => {
    await t.enqueue(job('a'), child('c', ['a']))
    await t.store.delete('q', 'a')
    expect(await t.status('c')).toBe('canceled')
    await requeue('c')
    expect(await t.record('c')).toMatchObject({
      status: 'canceled',
      reason: 'its dependency a@q was deleted or has expired',
    })
  })
})

describeStore('requeue of a job whose end was recorded by a process that died then', 'redis', (t) => {
  test('tells its callback of that end first', async () => {
    const onFailure = { func: './tasks#told', timeoutMs: 1_000 }
    await t.enqueue(job('a', { options: { onFailure } }))
    const endings = [ending(await t.claimOne(), { kind: 'failed', ttl: 60_000 })]
    const step = { endings, beginnings: [], want: 0, begin: false, held: 0 }
    const { connection } = t.store as RedisStore
    await connection.run('step', t.key(''), stepArgs('w', 30_000, 60_000, step))
    expect(await t.store.list('q', 'queued')).toEqual([])
    expect(await t.store.requeue('q', ['a'])).toEqual(['queued'])
    expect(await t.queued()).toEqual([expect.stringMatching(/^a\.failed-/), 'a'])
    expect((await t.tend()).delivered).toBe(0)
  })
})
