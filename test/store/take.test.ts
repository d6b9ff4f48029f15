import { expect, test } from 'vitest'
import { child, describeStores, job } from '../kit/stores.ts'

describeStores('take', (t) => {
  const take = (id: string, worker = 'w') => t.store.take('q', worker, id)

  test('claims one job by its id, wherever it stands in the queue', async () => {
    await t.enqueue(job('a'), job('b'), job('c'))
    expect(await take('b')).toMatchObject({ id: 'b', queue: 'q', attempt: 1 })
    expect(await t.queued()).toEqual(['a', 'c'])
    expect(await t.record('b')).toMatchObject({ status: 'started', worker: 'w' })
  })

  test('claims a scheduled job ahead of its time', async () => {
    await t.enqueue(job('a', { inMs: 60_000 }))
    expect(await take('a')).toMatchObject({ id: 'a' })
    expect(await t.store.list('q', 'scheduled')).toEqual([])
    expect(await t.record('a')).toMatchObject({ status: 'started', scheduledFor: undefined })
  })

  test('remembers the priority of a scheduled job that is given back', async () => {
    await t.enqueue(job('low', { inMs: 60_000, priority: 5 }), job('a'))
    const claimed = await take('low')
    await t.end(claimed!, { kind: 'giveBack' })
    expect(await t.queued()).toEqual(['a', 'low'])
  })

  test('ends like any other claim', async () => {
    await t.enqueue(job('a'))
    const claimed = await take('a')
    expect(await t.end(claimed!)).toBe(true)
    expect(await t.status('a')).toBe('finished')
  })

  test('gives a lease: a worker that dies with the job loses it', async () => {
    await t.enqueue(job('a'))
    await take('a')
    await t.elapse(60_000)
    expect(await t.tend()).toMatchObject({ recovered: 1 })
  })

  test('finds nothing to take in a job that waits for others, is held, has ended or is unknown', async () => {
    await t.enqueue(job('p'), child('c', ['p']))
    expect(await take('c')).toBeUndefined()
    await t.claim()
    expect(await take('p', 'another')).toBeUndefined()
    expect(await take('nobody')).toBeUndefined()
    expect(await t.store.heartbeat('q', 'another')).toEqual([])
  })

  test('cancels a job whose time to wait is over', async () => {
    await t.enqueue(job('a', { ttlMs: 1_000 }))
    await t.elapse(2_000)
    expect(await take('a')).toBeUndefined()
    expect(await t.status('a')).toBe('canceled')
  })
})
