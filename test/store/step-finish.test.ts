import { expect, test } from 'vitest'
import { describeStore, describeStores, ERROR, ending, job } from '../kit/stores.ts'

describeStores('step ends', (t) => {
  test('a job that finished, with its result and its times', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    expect(await t.end(claimed, { payload: '"done"', endedAgo: 20, ranMs: 300 })).toBe(true)
    const record = (await t.record('a'))!
    expect(record).toMatchObject({
      status: 'finished',
      result: '"done"',
      worker: 'w',
      attempt: 1,
      error: undefined,
    })
    expect(record.endedAt! - record.startedAt!).toBe(300)
    expect(await t.store.list('q', 'finished')).toEqual(['a'])
    expect(await t.store.heartbeat('q', 'w')).toEqual([])
  })

  test.each(['failed', 'stopped'] as const)('a job that %s, with its error', async (kind) => {
    await t.enqueue(job('a'))
    await t.run({ kind })
    expect(await t.record('a')).toMatchObject({ status: kind, error: ERROR, result: undefined })
    expect(await t.store.list('q', kind)).toEqual(['a'])
  })

  test('many jobs at once, each its own way, and claims the next ones', async () => {
    await t.enqueue(...['a', 'b', 'c', 'd', 'e', 'f'].map((id) => job(id)))
    const [a, b, c, d, e] = await t.claim(5)
    const reply = await t.step({
      endings: [
        ending(a!),
        ending(b!, { kind: 'failed' }),
        ending(c!, { kind: 'stopped' }),
        ending(d!, { kind: 'retry', ttl: 60_000 }),
        ending(e!, { kind: 'giveBack' }),
      ],
      want: 2,
    })
    expect(reply).toMatchObject({ stale: [], jobs: [{ id: 'e' }, { id: 'f' }] })
    const statuses = await Promise.all(['a', 'b', 'c', 'd'].map((id) => t.status(id)))
    expect(statuses).toEqual(['finished', 'failed', 'stopped', 'scheduled'])
  })

  test('nothing twice: the second time the claim does not stand', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    expect(await t.end(claimed, { payload: '1' })).toBe(true)
    expect(await t.end(claimed, { payload: '2' })).toBe(false)
    expect((await t.record('a'))!.result).toBe('1')
  })

  test('nothing for a token of another claim, or another worker', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    expect(await t.end({ ...claimed, token: '7:7' })).toBe(false)
    expect(await t.end(claimed, {}, 'another')).toBe(false)
    expect(await t.status('a')).toBe('started')
  })

  test('only the stale ones of a batch are refused', async () => {
    await t.enqueue(job('a'), job('b'))
    const [a, b] = await t.claim(2)
    const { stale } = await t.step({ endings: [ending({ ...a!, token: '7:7' }), ending(b!)] })
    expect(stale).toEqual(['a'])
    expect(await t.status('b')).toBe('finished')
  })

  test('the first claim in vain once the job is claimed again', async () => {
    await t.enqueue(job('a'))
    const first = await t.claimOne({ worker: 'w1' })
    await t.die('w1')
    const second = await t.claimOne({ worker: 'w2' })
    expect(await t.end(first, { payload: '1' }, 'w1')).toBe(false)
    expect(await t.end(second, { payload: '2' }, 'w2')).toBe(true)
    expect((await t.record('a'))!.result).toBe('2')
  })

  test.each(['finished', 'failed', 'stopped'] as const)(
    'a %s job without a trace where it is not to be kept',
    async (kind) => {
      await t.enqueue(job('a'))
      await t.run({ kind, ttl: 0 })
      expect(await t.status('a')).toBe('gone')
      expect(await t.store.list('q', kind)).toEqual([])
      await t.enqueue(job('a'))
      expect(await t.queued()).toEqual(['a'])
    },
  )

  test.each(['finished', 'failed', 'stopped'] as const)(
    'a %s job that is kept as long as it says',
    async (kind) => {
      await t.enqueue(job('a'))
      await t.run({ kind, ttl: 60_000 })
      await t.elapse(59_000)
      expect(await t.status('a')).toBe(kind)
      await t.elapse(2_000)
      expect(await t.status('a')).toBe('gone')
      expect(await t.tend()).toMatchObject({ expired: 1 })
      expect(await t.store.list('q', kind)).toEqual([])
    },
  )

  test('a job that is kept for ever', async () => {
    await t.enqueue(job('a'))
    await t.run({ ttl: -1 })
    await t.elapse(365 * 86_400_000)
    expect(await t.tend()).toMatchObject({ expired: 0 })
    expect(await t.status('a')).toBe('finished')
  })

  test('with the number of the attempt', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'retry', ttl: 0 })
    await t.run({ kind: 'failed' })
    expect(await t.record('a')).toMatchObject({ status: 'failed', attempt: 2 })
  })
})

describeStore('step leaves the times to Redis', 'redis', (t) => {
  test.each([
    ['finished', 500_000],
    ['failed', 86_400_000],
    ['stopped', 1_000],
  ] as const)('a %s job expires after %i ms, with what stands beside it', async (kind, ttl) => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    await t.store.update('q', 'w', 'a', claimed.token, 'log', 'a line')
    await t.end(claimed, { kind, ttl })
    for (const key of ['job:a', 'log:a']) {
      const left = await t.redis.pttl(t.key(key))
      expect(left).toBeGreaterThan(ttl - 1_000)
      expect(left).toBeLessThanOrEqual(ttl)
    }
  })

  test('a job that is kept for ever has no expiry', async () => {
    await t.enqueue(job('a'))
    await t.run({ ttl: -1 })
    expect(await t.redis.pttl(t.key('job:a'))).toBe(-1)
  })

  test('counts how jobs end', async () => {
    await t.enqueue(...['a', 'b', 'c', 'd', 'e'].map((id) => job(id)))
    const [a, b, c, d, e] = await t.claim(5)
    const endings = [
      ending(a!),
      ending(b!, { ttl: 0 }),
      ending(c!, { kind: 'failed' }),
      ending(d!, { kind: 'retry', ttl: 0 }),
      ending(e!, { kind: 'giveBack' }),
    ]
    await t.step({ endings })
    expect(await t.redis.hgetall(t.key('stats'))).toMatchObject({ finished: '2', failed: '1', retried: '1' })
  })

  test('a small record stays a listpack', async () => {
    await t.enqueue(job('a'))
    await t.run()
    expect(await t.redis.object('ENCODING', t.key('job:a'))).toBe('listpack')
  })
})
