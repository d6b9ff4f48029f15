import { expect, test } from 'vitest'
import { child, describeStores, job } from '../kit/stores.ts'

describeStores('cancel', (t) => {
  const cancel = (id: string) => t.store.cancel('q', id, 'not needed')

  test('takes a queued job out of the queue and says why', async () => {
    await t.enqueue(job('a'), job('b'))
    expect(await cancel('a')).toBe('canceled')
    expect(await t.queued()).toEqual(['b'])
    const record = (await t.record('a'))!
    expect(record).toMatchObject({ status: 'canceled', reason: 'not needed' })
    expect(record.endedAt).toBeGreaterThanOrEqual(record.createdAt)
    expect(await t.store.list('q', 'canceled')).toEqual(['a'])
  })

  test('takes a scheduled and a deferred job from where they wait', async () => {
    await t.enqueue(job('p'), job('s', { inMs: 60_000 }), child('d', ['p']))
    expect(await cancel('s')).toBe('canceled')
    expect(await cancel('d')).toBe('canceled')
    expect(await t.store.counts('q')).toMatchObject({ scheduled: 0, deferred: 0, canceled: 2 })
    await t.run()
    expect(await t.status('d')).toBe('canceled')
  })

  test('strikes out the claim on a job that was not begun: its result is refused', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne({ begin: false })
    expect(await cancel('a')).toBe('canceled')
    expect(await t.store.heartbeat('q', 'w')).toEqual([])
    expect(await t.end(claimed)).toBe(false)
    expect(await t.status('a')).toBe('canceled')
  })

  test('leaves a job alone that runs, or has ended', async () => {
    await t.enqueue(job('a'), job('b'))
    const claimed = await t.claimOne()
    expect(await cancel('a')).toBe('started')
    await t.end(claimed)
    expect(await cancel('a')).toBe('finished')
    await t.run({ kind: 'failed' })
    expect(await cancel('b')).toBe('failed')
  })

  test('twice answers canceled and keeps the first reason', async () => {
    await t.enqueue(job('a'))
    await cancel('a')
    expect(await t.store.cancel('q', 'a', 'another reason')).toBe('canceled')
    expect((await t.record('a'))!.reason).toBe('not needed')
  })

  test('answers gone for an id that nobody knows', async () => {
    expect(await cancel('nobody')).toBe('gone')
  })

  test.each([
    [{ failureTtlMs: 60_000 }, 61_000, 'gone'],
    [{ failureTtlMs: null }, 400 * 86_400_000, 'canceled'],
    [{}, 364 * 86_400_000, 'canceled'],
    [{}, 366 * 86_400_000, 'gone'],
  ] as const)('keeps the job as long as %o says: after %i ms it is %s', async (options, ms, status) => {
    await t.enqueue(job('a', { options }))
    await cancel('a')
    await t.elapse(ms)
    expect(await t.status('a')).toBe(status)
  })

  test('leaves no trace of a job whose failures are not kept', async () => {
    await t.enqueue(job('a', { options: { failureTtlMs: 0 } }))
    await cancel('a')
    expect(await t.status('a')).toBe('gone')
    expect(await t.store.list('q', 'canceled')).toEqual([])
  })

  test('cancels those that wait for the job, and those that wait for them', async () => {
    await t.enqueue(job('a'), child('b', ['a']), child('c', ['b'], { allowFailure: true }))
    await cancel('a')
    expect(await t.record('b')).toMatchObject({
      status: 'canceled',
      reason: 'its dependency a@q was canceled',
    })
    expect(await t.record('c')).toMatchObject({
      status: 'canceled',
      reason: 'its dependency b@q was canceled',
    })
  })
})
