import { expect, test } from 'vitest'
import { describeStores, ERROR, ending, job } from '../kit/stores.ts'

describeStores('step retries', (t) => {
  test('a job at once, behind those that wait', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.run({ kind: 'retry', ttl: 0 })
    expect(await t.queued()).toEqual(['b', 'a'])
    expect(await t.record('a')).toMatchObject({
      status: 'queued',
      attempt: 1,
      startedAt: undefined,
      worker: undefined,
      error: undefined,
    })
  })

  test('a job in its own priority', async () => {
    await t.enqueue(job('low', { priority: 5 }), job('a'), job('b'))
    await t.run({ kind: 'retry', ttl: 0 })
    expect(await t.queued()).toEqual(['b', 'a', 'low'])
  })

  test('a job after its delay', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'retry', ttl: 30_000 })
    expect(await t.status('a')).toBe('scheduled')
    expect((await t.step({ want: 1 })).dueIn).toBeGreaterThan(25_000)
    await t.elapse(31_000)
    expect(await t.claimOne()).toMatchObject({ id: 'a', attempt: 2 })
  })

  test('a job at the head of its priority [rq 74]', async () => {
    await t.enqueue(job('high', { priority: -1 }), job('a'), job('b'))
    await t.run({ kind: 'repeat', ttl: 60_000 })
    await t.run({ kind: 'retry', ttl: 0, atFront: true })
    expect(await t.queued()).toEqual(['a', 'b'])
    await t.run({ kind: 'retry', ttl: 1_000, atFront: true })
    expect(await t.status('a')).toBe('scheduled')
    await t.elapse(2_000)
    await t.tend()
    expect(await t.queued()).toEqual(['a', 'b'])
  })

  test('a job that was enqueued at the front behind all others, unless told otherwise', async () => {
    await t.enqueue(job('a', { atFront: true }), job('b'))
    await t.run({ kind: 'retry', ttl: 1_000 })
    await t.elapse(2_000)
    await t.tend()
    expect(await t.queued()).toEqual(['b', 'a'])
  })

  test('a job whose time to wait was over meanwhile: that was for its first run', async () => {
    await t.enqueue(job('a', { ttlMs: 5_000 }))
    await t.run({ kind: 'retry', ttl: 20_000 })
    await t.elapse(21_000)
    expect(await t.claimOne()).toMatchObject({ id: 'a' })
  })

  test('a job that asked for it, with its reason if it gave one', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'retryAsked', ttl: 0, payload: '{"name":"Retry","message":"not yet"}' })
    await t.run({ kind: 'retryAsked', ttl: 0, payload: '' })
    const runs = await t.store.runs('q', 'a')
    expect(runs.map(({ attempt, outcome, error }) => [attempt, outcome, error])).toEqual([
      [1, 'retried', { name: 'Retry', message: 'not yet' }],
      [2, 'retried', undefined],
    ])
  })

  test('and keeps the run that failed, with its error', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'retry', ttl: 0, ranMs: 70 })
    const [run, ...others] = await t.store.runs('q', 'a')
    expect(others).toEqual([])
    expect(run).toMatchObject({ attempt: 1, worker: 'w', outcome: 'failed', error: JSON.parse(ERROR) })
    expect(run!.endedAt - run!.startedAt).toBe(70)
  })

  test('and keeps the last nine runs besides the one to come', async () => {
    await t.enqueue(job('a'))
    for (let i = 0; i < 12; i++) await t.run({ kind: 'retry', ttl: 0 })
    expect((await t.store.runs('q', 'a')).map(({ attempt }) => attempt)).toEqual([
      4, 5, 6, 7, 8, 9, 10, 11, 12,
    ])
  })

  test('nothing for a stale token', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    expect(await t.end({ ...claimed, token: '7:7' }, { kind: 'retry', ttl: 0 })).toBe(false)
    expect(await t.store.runs('q', 'a')).toEqual([])
  })

  test('until it finishes: its runs expire with it', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'retry', ttl: 0 })
    await t.run({ ttl: 10_000 })
    expect(await t.store.runs('q', 'a')).toHaveLength(1)
    await t.elapse(11_000)
    expect(await t.store.runs('q', 'a')).toEqual([])
  })

  test('a job that was not begun in Redis’s eyes like any other', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne({ begin: false })
    await t.step({ endings: [ending(claimed, { kind: 'retry', ttl: 0 })] })
    expect(await t.record('a')).toMatchObject({ status: 'queued', attempt: 1 })
  })
})
