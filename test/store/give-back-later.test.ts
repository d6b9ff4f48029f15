import { expect, test } from 'vitest'
import { describeStores, job } from '../kit/stores.ts'

describeStores('given back for later', (t) => {
  test('a job waits its time, its attempt uncounted, and then at the end of its queue', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'giveBackLater', ttl: 5_000 })
    await t.enqueue(job('b'))
    expect(await t.record('a')).toMatchObject({ status: 'scheduled', attempt: 0, worker: undefined })
    expect(await t.store.runs('q', 'a')).toEqual([])
    await t.elapse(6_000)
    await t.tend()
    expect(await t.queued()).toEqual(['b', 'a'])
  })

  test('a retry keeps its number, and the place under a limit falls free', async () => {
    const limit = { key: 'k', concurrency: 1 }
    await t.enqueue(job('a', { limit }), job('b', { limit }))
    await t.run({ kind: 'retry', ttl: 0 })
    await t.run({ kind: 'giveBackLater', ttl: 5_000 })
    expect((await t.claimOne()).id).toBe('a')
  })

  test('its time to wait in the queue goes on', async () => {
    await t.enqueue(job('a', { ttlMs: 3_000 }))
    await t.run({ kind: 'giveBackLater', ttl: 5_000 })
    await t.elapse(6_000)
    expect(await t.claim()).toEqual([])
    expect(await t.status('a')).toBe('canceled')
  })
})
