import { expect, test } from 'vitest'
import type { Claimed } from '../../lib/core/store.ts'
import { describeStores, job } from '../kit/stores.ts'

const of = ({ id, token }: Claimed, worker = 'w') => ({ worker, id, token })

describeStores('steps', (t) => {
  test('are kept with a running job, a later word in place of an earlier', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    expect(await t.store.steps.kept('q', 'a')).toEqual({})
    expect(await t.store.steps.keep('q', of(claimed), 'charge', '{"id":7}')).toBe(true)
    expect(await t.store.steps.keep('q', of(claimed), ':checkpoint', '1')).toBe(true)
    expect(await t.store.steps.keep('q', of(claimed), ':checkpoint', '2')).toBe(true)
    expect(await t.store.steps.kept('q', 'a')).toEqual({ charge: '{"id":7}', ':checkpoint': '2' })
    await t.end(claimed)
  })

  test('are refused once the claim is lost', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    expect(await t.store.steps.keep('q', { ...of(claimed), token: '7:7' }, 's', '1')).toBe(false)
    expect(await t.store.steps.keep('q', of(claimed, 'another'), 's', '1')).toBe(false)
    await t.die()
    expect(await t.store.steps.keep('q', of(claimed), 's', '1')).toBe(false)
    expect(await t.store.steps.sleep('q', of(claimed), 's', 1_000)).toBeUndefined()
    expect(await t.store.steps.kept('q', 'a')).toEqual({})
    await t.run()
    expect(await t.store.steps.keep('q', of(claimed), 's', '1')).toBe(false)
  })

  test.each(['retry', 'retryAsked', 'snooze', 'sleep', 'giveBack', 'failed'] as const)(
    'outlast a run that ends by %s',
    async (kind) => {
      await t.enqueue(job('a'))
      const claimed = await t.claimOne()
      await t.store.steps.keep('q', of(claimed), 's', '1')
      await t.end(claimed, { kind, ttl: 60_000 })
      if (kind === 'failed') await t.store.requeue('q', ['a'])
      expect(await t.store.steps.kept('q', 'a')).toEqual({ s: '1' })
      await t.elapse(61_000)
      const again = await t.claimOne()
      expect(again).toMatchObject({ id: 'a', aux: true })
      await t.end(again)
    },
  )

  test('outlast the worker that kept them', async () => {
    await t.enqueue(job('a'))
    await t.store.steps.keep('q', of(await t.claimOne()), 's', '1')
    await t.die()
    const again = await t.claimOne()
    expect(await t.store.steps.keep('q', of(again), 's2', '2')).toBe(true)
    expect(await t.store.steps.kept('q', 'a')).toEqual({ s: '1', s2: '2' })
    await t.end(again)
  })

  test('are over when a repetition begins', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    await t.store.steps.keep('q', of(claimed), 's', '1')
    await t.end(claimed, { kind: 'repeat', ttl: 0 })
    expect(await t.store.steps.kept('q', 'a')).toEqual({})
    await t.run()
  })

  test('expire with their job, and are deleted with it', async () => {
    await t.enqueue(job('a'), job('b'))
    for (const _ of [1, 2]) {
      const claimed = await t.claimOne()
      await t.store.steps.keep('q', of(claimed), 's', '1')
      await t.end(claimed, { ttl: 10_000 })
    }
    expect(await t.store.steps.kept('q', 'b')).toEqual({ s: '1' })
    await t.store.delete('q', 'b')
    await t.elapse(11_000)
    for (const id of ['a', 'b']) expect(await t.store.steps.kept('q', id)).toEqual({})
  })

  test('that sleep begin once, and are over at that time', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    const first = await t.store.steps.sleep('q', of(claimed), ':sleep:wait', 60_000)
    expect(first).toBeGreaterThan(59_000)
    expect(first).toBeLessThanOrEqual(60_000)
    await t.elapse(40_000)
    const again = await t.store.steps.sleep('q', of(claimed), ':sleep:wait', 60_000)
    expect(again).toBeLessThanOrEqual(20_000)
    await t.elapse(21_000)
    expect(await t.store.steps.sleep('q', of(claimed), ':sleep:wait', 60_000)).toBeLessThanOrEqual(0)
    await t.end(claimed)
  })
})

describeStores('step puts off', (t) => {
  test('a job until later, its attempt uncounted, and counts how often it asked', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'retry', ttl: 0 })
    await t.run({ kind: 'snooze', ttl: 60_000, payload: '{"name":"Snooze","message":"too early"}' })
    expect(await t.record('a')).toMatchObject({ status: 'scheduled', attempt: 1, worker: undefined })
    await t.elapse(61_000)
    const claimed = await t.claimOne()
    expect(claimed).toMatchObject({ id: 'a', attempt: 2, snoozes: 1 })
    await t.end(claimed, { kind: 'sleep', ttl: 0, payload: '' })
    const last = await t.claimOne()
    expect(last).toMatchObject({ attempt: 2, snoozes: 1 })
    await t.end(last)
    expect((await t.store.runs('q', 'a')).map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [1, 'failed'],
      [2, 'snoozed'],
      [2, 'slept'],
    ])
  })

  test('a job in its first attempt as though it had not run', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.run({ kind: 'snooze', ttl: 0 })
    expect(await t.queued()).toEqual(['b', 'a'])
    expect(await t.record('a')).toMatchObject({ attempt: 0, startedAt: undefined })
  })

  test('a job at the head of its queue, where it says so', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.run({ kind: 'snooze', ttl: 0, atFront: true })
    expect(await t.queued()).toEqual(['a', 'b'])
  })

  test('a job that has a limit without keeping its place', async () => {
    const limit = { key: 'k', concurrency: 1 }
    await t.enqueue(job('a', { limit }), job('b', { limit }))
    const claimed = await t.claimOne()
    expect(await t.claim()).toEqual([])
    await t.end(claimed, { kind: 'sleep', ttl: 60_000 })
    expect(await t.claimOne()).toMatchObject({ id: 'b' })
  })
})

describeStores('step cancels', (t) => {
  test('a running job that asks for it, with its reason, and what depends on it', async () => {
    await t.enqueue(job('a'))
    await t.enqueue(job('b', { parents: [{ ref: 'a@q', allowFailure: true }] }))
    const heard = t.store.waitFor('q', 'a')
    await t.awaited('a')
    await t.run({ kind: 'cancel', payload: 'withdrawn', ttl: 60_000 })
    expect(await heard).toEqual({ status: 'canceled', payload: 'withdrawn' })
    expect(await t.record('a')).toMatchObject({
      status: 'canceled',
      reason: 'withdrawn',
      attempt: 1,
      worker: 'w',
    })
    expect(await t.record('b')).toMatchObject({
      status: 'canceled',
      reason: 'its dependency a@q was canceled',
    })
    expect(await t.store.requeue('q', ['a'])).toEqual(['queued'])
    expect((await t.store.runs('q', 'a')).map(({ outcome }) => outcome)).toEqual(['canceled'])
  })

  test('nothing for a stale token', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    expect(await t.end({ ...claimed, token: '7:7' }, { kind: 'cancel', payload: 'no' })).toBe(false)
    expect(await t.status('a')).toBe('started')
    await t.end(claimed)
  })
})
