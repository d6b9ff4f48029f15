import { expect, test } from 'vitest'
import { scan } from '../kit/keyspace.ts'
import { child, describeStore, describeStores, job } from '../kit/stores.ts'

describeStores('delete', (t) => {
  const remove = (id: string) => t.store.delete('q', id)

  test('leaves nothing of a queued, scheduled or deferred job', async () => {
    await t.enqueue(job('a'), job('s', { inMs: 60_000 }), child('d', ['a']))
    for (const id of ['d', 's', 'a']) {
      expect(await remove(id)).toBe('deleted')
      expect(await t.status(id)).toBe('gone')
    }
    const counts = await t.store.counts('q')
    expect(Object.values(counts).every((count) => count === 0)).toBe(true)
    expect((await t.store.parents('q', 'd')).size).toBe(0)
  })

  test.each(['finished', 'failed', 'stopped'] as const)(
    'leaves nothing of a %s job, runs and log included',
    async (kind) => {
      await t.enqueue(job('a'))
      await t.run({ kind: 'retry', ttl: 0 })
      const claimed = await t.claimOne()
      await t.store.update('q', 'w', 'a', claimed.token, 'log', 'a line')
      await t.end(claimed, { kind })
      expect(await remove('a')).toBe('deleted')
      expect(await t.store.list('q', kind)).toEqual([])
      expect(await t.store.runs('q', 'a')).toEqual([])
      expect((await t.store.log('q', 'a')).lines).toEqual([])
    },
  )

  test('[F42] leaves a job alone that a worker holds, begun or not', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.claim(1)
    await t.claim(1, { begin: false })
    expect(await remove('a')).toBe('started')
    expect(await remove('b')).toBe('started')
    expect(await t.store.heartbeat('q', 'w')).toEqual(['a', 'b'])
  })

  test('twice answers gone, as for an id that nobody knows', async () => {
    await t.enqueue(job('a'))
    await remove('a')
    expect(await remove('a')).toBe('gone')
    expect(await remove('nobody')).toBe('gone')
  })

  test('frees the id', async () => {
    await t.enqueue(job('a'))
    await remove('a')
    expect(await t.enqueue(job('a'))).toEqual([{ ok: true }])
  })

  test('cancels those that wait for the job', async () => {
    await t.enqueue(job('a'), child('b', ['a']), child('c', ['a'], { allowFailure: true }))
    await remove('a')
    const reason = 'its dependency a@q was deleted or has expired'
    expect(await t.record('b')).toMatchObject({ status: 'canceled', reason })
    expect(await t.record('c')).toMatchObject({ status: 'canceled', reason })
    expect(await t.store.dependents('q', 'a')).toEqual([])
  })

  test('cancels those that wait for a failed job', async () => {
    await t.enqueue(job('a'), child('b', ['a']))
    await t.run({ kind: 'failed' })
    await remove('a')
    expect(await t.status('b')).toBe('canceled')
  })

  test('leaves those alone that had their word already', async () => {
    await t.enqueue(job('a'), child('b', ['a']))
    await t.run()
    await remove('a')
    expect(await t.queued()).toEqual(['b'])
  })
})

describeStore('delete leaves no key', 'redis', (t) => {
  test('but the counters and the bell', async () => {
    await t.enqueue(job('a'), child('b', ['a']))
    await t.store.delete('q', 'b')
    await t.run({ kind: 'failed' })
    await t.store.delete('q', 'a')
    await t.tend()
    await t.store.leave('q', 'w')
    const keys = await scan(t.redis, t.prefix)
    expect(keys.map((key) => key.slice(t.prefix.length + 1)).sort()).toEqual([
      'queues',
      '{q}:bell',
      '{q}:stats',
    ])
  })
})
