import { expect, test } from 'vitest'
import { describeStores, job } from '../kit/stores.ts'

describeStores('pause', (t) => {
  test('a paused queue hands out nothing, and says so', async () => {
    await t.enqueue(job('a'))
    await t.store.pause('q', 'paused', null)
    expect(await t.step({ want: 1 })).toMatchObject({
      jobs: [],
      left: false,
      dueIn: null,
      pausedFor: Number.POSITIVE_INFINITY,
    })
    expect(await t.store.pauses('q')).toEqual({ paused: Number.POSITIVE_INFINITY })
    expect(await t.queued()).toEqual(['a'])
  })

  test('what has begun ends as ever, and more can be enqueued', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    await t.store.pause('q', 'suspended', null)
    expect(await t.end(claimed)).toBe(true)
    await t.enqueue(job('b'))
    expect(await t.status('a')).toBe('finished')
    expect(await t.queued()).toEqual(['b'])
  })

  test('a resumed queue hands out its jobs in their order', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.store.pause('q', 'paused', null)
    await t.store.resume('q', 'paused')
    const reply = await t.step({ want: 2 })
    expect(reply.jobs.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(reply.pausedFor).toBeNull()
  })

  test('a pause for a time ends by itself', async () => {
    await t.enqueue(job('a'))
    await t.store.pause('q', 'paused', 60_000)
    const { pausedFor } = await t.step({ want: 1 })
    expect(pausedFor).toBeGreaterThan(50_000)
    expect(pausedFor).toBeLessThanOrEqual(60_000)
    await t.elapse(61_000)
    expect(await t.store.pauses('q')).toEqual({})
    expect((await t.claimOne()).id).toBe('a')
  })

  test('a queue that is paused and suspended needs both to end', async () => {
    await t.enqueue(job('a'))
    await t.store.pause('q', 'paused', null)
    await t.store.pause('q', 'suspended', 60_000)
    await t.store.resume('q', 'paused')
    expect(await t.claim()).toEqual([])
    await t.store.resume('q', 'suspended')
    expect((await t.claimOne()).id).toBe('a')
  })

  test('what is due waits for the end of the pause', async () => {
    await t.enqueue(job('a', { inMs: 5_000 }))
    await t.store.pause('q', 'paused', null)
    await t.elapse(6_000)
    expect((await t.step({ want: 1 })).dueIn).toBeNull()
    await t.store.resume('q', 'paused')
    expect((await t.claimOne()).id).toBe('a')
  })

  test('it may be asked for twice', async () => {
    for (let n = 0; n < 2; n++) await t.store.pause('q', 'paused', null)
    for (let n = 0; n < 2; n++) await t.store.resume('q', 'paused')
    expect(await t.store.pauses('q')).toEqual({})
  })
})
