import { expect, test } from 'vitest'
import { describeStore, describeStores, job } from '../kit/stores.ts'

const one = (id: string, key = 'k') => job(id, { limit: { key, concurrency: 1 } })
const rated = (id: string) => job(id, { limit: { key: 'r', rate: { max: 2, perMs: 10_000 } } })

describeStores('a limit on how many run at once', (t) => {
  const ids = async (want: number, worker = 'w') => (await t.claim(want, { worker })).map(({ id }) => id)

  test('hands out as many as may run, and sets the others aside without passing over what is behind them', async () => {
    await t.enqueue(one('a'), one('b'), job('free'), one('c'))
    expect(await ids(10)).toEqual(['a', 'free'])
    expect(await t.store.list('q', 'limited')).toEqual(['b', 'c'])
    expect(await t.status('b')).toBe('limited')
    expect((await t.store.counts('q')).limited).toBe(2)
  })

  test('gives a place that falls free to the first that waits for it, whatever freed it', async () => {
    await t.enqueue(one('a'), one('b'), one('c'), one('d'), one('e'))
    let [held] = await t.claim(5)
    for (const [next, kind] of [
      ['b', 'finished'],
      ['c', 'failed'],
      ['d', 'stopped'],
    ] as const) {
      await t.end(held!, { kind })
      ;[held] = await t.claim(5)
      expect(held?.id).toBe(next)
    }
    await t.end(held!, { kind: 'retry', ttl: 0 })
    // The one that is retried comes in behind.
    expect(await ids(5)).toEqual(['e'])
    expect(await t.store.list('q', 'limited')).toEqual(['d'])
  })

  test('keeps each key by itself, and the order of priority within one', async () => {
    const late = { limit: { key: 'k', concurrency: 1 }, priority: -1 }
    await t.enqueue(one('a'), one('b'), one('x', 'other'))
    expect(await ids(3)).toEqual(['a', 'x'])
    await t.enqueue(job('urgent', late))
    expect(await ids(3)).toEqual([])
    expect(await t.store.list('q', 'limited')).toEqual(['urgent', 'b'])
  })

  test('gives the place back when a worker dies, and when a job goes back', async () => {
    await t.enqueue(one('a'), one('b'))
    await t.claim(2)
    await t.die()
    const [again] = await t.claim(2, { worker: 'v' })
    expect(again?.id).toBe('a')
    await t.end(again!, { kind: 'giveBack' }, 'v')
    expect((await t.store.counts('q')).started).toBe(0)
    expect(await ids(2)).toEqual(['a'])
  })

  test('forgets one that is canceled or deleted while it waits for a place', async () => {
    await t.enqueue(one('a'), one('b'), one('c'), one('d'))
    const [held] = await t.claim(4)
    await t.store.cancel('q', 'b', 'no need')
    await t.store.delete('q', 'c')
    await t.end(held!)
    expect(await ids(4)).toEqual(['d'])
  })

  test('lets as many run as it says', async () => {
    const two = (id: string) => job(id, { limit: { key: 'k', concurrency: 2 } })
    await t.enqueue(two('a'), two('b'), two('c'))
    expect(await ids(1)).toEqual(['a'])
    expect(await ids(2, 'v')).toEqual(['b'])
  })
})

describeStores('a limit on how many begin in a span of time', (t) => {
  test('lets a burst through, then schedules each for its turn', async () => {
    await t.enqueue(rated('a'), rated('b'), rated('c'), rated('d'), job('free'))
    expect((await t.claim(10)).map(({ id }) => id)).toEqual(['a', 'b', 'free'])
    expect(await t.store.list('q', 'scheduled')).toEqual(['c', 'd'])
    const [c, d] = await t.store.fetch('q', ['c', 'd'])
    expect(Math.round((d!.scheduledFor! - c!.scheduledFor!) / 100)).toBe(50)
  })

  test('lets each begin at its turn and no sooner, without asking it to wait again', async () => {
    await t.enqueue(rated('a'), rated('b'), rated('c'), rated('d'))
    expect(await t.claim(10)).toHaveLength(2)
    await t.elapse(5_001)
    expect((await t.claim(10)).map(({ id }) => id)).toEqual(['c'])
    await t.elapse(5_000)
    expect((await t.claim(10)).map(({ id }) => id)).toEqual(['d'])
  })

  test('starts anew after a pause', async () => {
    await t.enqueue(rated('a'), rated('b'))
    await t.claim(2)
    await t.elapse(60_000)
    await t.enqueue(rated('c'), rated('d'), rated('e'))
    expect((await t.claim(10)).map(({ id }) => id)).toEqual(['c', 'd'])
  })

  test('leaves a job its turn that is taken back before it began, and takes another for one that had begun', async () => {
    await t.enqueue(rated('a'), rated('b'))
    const [a, b] = await t.claim(2, { begin: false })
    await t.end(a!, { kind: 'giveBack' })
    await t.end(b!, { kind: 'giveBack' })
    expect(await t.claim(2, { begin: false })).toHaveLength(2)
    await t.die()
    expect((await t.claim(1, { worker: 'v' })).map(({ id }) => id)).toEqual(['a'])
    const [again] = await t.claim(1, { worker: 'u' })
    await t.end(again!, { kind: 'giveBack' }, 'u')
    expect(await t.claim(1, { worker: 'u' })).toEqual([])
    expect(await t.store.list('q', 'scheduled')).toEqual(['b'])
  })
})

// No record is lost in memory.
describeStore('a limit whose key has lost a record', 'redis', (t) => {
  test('lets the next one on when the record of the last one that ran is lost', async () => {
    await t.enqueue(one('a'), one('b'), one('c'))
    const [held] = await t.claim(3)
    await t.redis.del(t.key('job:a'))
    await t.end(held!, { kind: 'giveBack' })
    expect(await t.store.list('q', 'limited')).toEqual(['b', 'c'])
    await t.store.tend('q')
    expect((await t.claim(3)).map(({ id }) => id)).toEqual(['b'])
    expect(await t.store.list('q', 'limited')).toEqual(['c'])
  })

  test('lets the next one on when the last one that ran has ended, and what told of its limit was lost', async () => {
    await t.enqueue(one('a'), one('b'))
    const [held] = await t.claim(2)
    await t.redis.hdel(t.key('watched'), 'a')
    await t.end(held!)
    expect(await t.store.list('q', 'limited')).toEqual(['b'])
    await t.store.tend('q')
    expect((await t.claim(2)).map(({ id }) => id)).toEqual(['b'])
  })

  test('counts a job that is claimed ahead as one that runs', async () => {
    await t.enqueue(one('a'), one('b'))
    await t.claim(2, { begin: false })
    await t.store.tend('q')
    expect(await t.store.list('q', 'limited')).toEqual(['b'])
  })
})
