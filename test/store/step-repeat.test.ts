import { expect, test } from 'vitest'
import { child, describeStores, job } from '../kit/stores.ts'

describeStores('step repeats', (t) => {
  test('a job at once, behind those that wait', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.run({ kind: 'repeat', ttl: 0 })
    expect(await t.queued()).toEqual(['b', 'a'])
    expect(await t.record('a')).toMatchObject({
      status: 'queued',
      attempt: 0,
      repetitions: 1,
      startedAt: undefined,
      endedAt: undefined,
      worker: undefined,
      result: undefined,
    })
  })

  test('a job after its interval, in its own priority', async () => {
    await t.enqueue(job('a'), job('low', { priority: 5 }))
    await t.run({ kind: 'repeat', ttl: 30_000 })
    expect(await t.status('a')).toBe('scheduled')
    expect((await t.step({ want: 1 })).jobs[0]).toMatchObject({ id: 'low', repetitions: 0 })
    await t.elapse(31_000)
    expect(await t.claimOne()).toMatchObject({ id: 'a', attempt: 1, repetitions: 1 })
  })

  test('a job with its attempts and recoveries anew, whatever it took before', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'retry', ttl: 0 })
    await t.claim()
    await t.die()
    expect(await t.claimOne()).toMatchObject({ attempt: 2, recoveries: 1, alone: true })
    await t.die()
    await t.run({ kind: 'repeat', ttl: 0 })
    expect(await t.claimOne()).toMatchObject({ attempt: 1, recoveries: 0, alone: false, repetitions: 1 })
  })

  test('and keeps each result in the history', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'repeat', ttl: 0, payload: '"one/\\"two\\""', ranMs: 70 })
    await t.run({ kind: 'repeat', ttl: 0, payload: '2' })
    await t.run({ payload: '3' })
    const runs = await t.store.runs('q', 'a')
    expect(runs).toMatchObject([
      { attempt: 1, worker: 'w', outcome: 'finished', result: '"one/\\"two\\""' },
      { attempt: 1, worker: 'w', outcome: 'finished', result: '2' },
    ])
    expect(runs[0]!.endedAt - runs[0]!.startedAt).toBe(70)
    expect(await t.record('a')).toMatchObject({ status: 'finished', result: '3', repetitions: 2 })
  })

  test('and shows the record and its history as of one moment', async () => {
    expect(await t.store.history('q', 'nobody')).toBeUndefined()
    await t.enqueue(job('a'))
    await t.run({ kind: 'repeat', ttl: 0, payload: '1' })
    await t.run({ payload: '2' })
    expect(await t.store.history('q', 'a')).toEqual({
      record: await t.record('a'),
      runs: await t.store.runs('q', 'a'),
    })
  })

  test('and tells nobody before the last run has ended', async () => {
    await t.enqueue(job('a'), child('b', ['a']))
    const waiting = t.store.waitFor('q', 'a')
    await t.run({ kind: 'repeat', ttl: 0, payload: '1' })
    expect(await t.status('b')).toBe('deferred')
    await t.run({ payload: '2' })
    expect(await waiting).toEqual({ status: 'finished', payload: '2' })
    expect(await t.status('b')).toBe('queued')
  })

  test('until it is canceled between two runs', async () => {
    await t.enqueue(job('a'), job('b'), child('c', ['a']))
    await t.run({ kind: 'repeat', ttl: 0 })
    await t.run({ kind: 'repeat', ttl: 60_000 })
    expect(await t.store.cancel('q', 'a', 'enough')).toBe('canceled')
    expect(await t.store.cancel('q', 'b', 'enough')).toBe('canceled')
    await t.store.idle()
    expect([await t.status('a'), await t.status('b'), await t.status('c')]).toEqual(Array(3).fill('canceled'))
  })

  test('on, where it failed and was requeued', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'repeat', ttl: 0 })
    await t.run({ kind: 'failed' })
    await t.store.requeue('q', ['a'])
    expect(await t.claimOne()).toMatchObject({ id: 'a', attempt: 1, repetitions: 1 })
  })

  test('nothing for a stale token', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    expect(await t.end({ ...claimed, token: '7:7' }, { kind: 'repeat', ttl: 0 })).toBe(false)
    expect(await t.record('a')).toMatchObject({ status: 'started', repetitions: 0 })
  })

  test('a job whose time to wait was over long ago: that was for its first run', async () => {
    await t.enqueue(job('a', { ttlMs: 5_000 }))
    await t.run({ kind: 'repeat', ttl: 20_000 })
    await t.elapse(21_000)
    expect(await t.claimOne()).toMatchObject({ id: 'a' })
  })
})
