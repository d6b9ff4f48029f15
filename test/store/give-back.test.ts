import { expect, test } from 'vitest'
import { describeStores, ending, job } from '../kit/stores.ts'

describeStores('giving back', (t) => {
  test('puts jobs where they stood, whatever came since', async () => {
    await t.enqueue(job('a'), job('b'), job('c'))
    const [a, b] = await t.claim(2)
    await t.enqueue(job('d'), job('urgent', { priority: -1 }))
    await t.step({ endings: [ending(b!, { kind: 'giveBack' }), ending(a!, { kind: 'giveBack' })] })
    expect(await t.queued()).toEqual(['urgent', 'a', 'b', 'c', 'd'])
  })

  test.each([
    ['one after the other', []],
    ['with gaps among them', ['j03', 'j11', 'j12']],
    ['after a gap', ['j00', 'j01']],
  ])('puts many of one claim where they stood: %s', async (_, gone) => {
    const ids = Array.from({ length: 24 }, (_, n) => `j${String(n).padStart(2, '0')}`)
    await t.enqueue(...ids.map((id) => job(id)))
    for (const id of gone) await t.store.cancel('q', id, 'not wanted')
    const left = ids.filter((id) => !gone.includes(id))
    const claimed = await t.claim(20)
    expect(claimed.map(({ id }) => id)).toEqual(left.slice(0, 20))
    await t.enqueue(job('later'))
    const [, second, ...others] = claimed
    await t.step({ endings: [ending(second!, { kind: 'finished' })] })
    await t.step({ endings: [...others, claimed[0]!].map((each) => ending(each, { kind: 'giveBack' })) })
    expect(await t.queued()).toEqual([...left.filter((id) => id !== second!.id), 'later'])
  })

  test('does not count the attempt', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'giveBack' })
    expect(await t.record('a')).toMatchObject({
      status: 'queued',
      attempt: 0,
      worker: undefined,
      startedAt: undefined,
    })
    expect(await t.claimOne()).toMatchObject({ attempt: 1 })
    expect(await t.store.runs('q', 'a')).toEqual([])
  })

  test('keeps the attempts that came before', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'retry', ttl: 0 })
    await t.run({ kind: 'retry', ttl: 0 })
    await t.run({ kind: 'giveBack' })
    expect(await t.claimOne()).toMatchObject({ attempt: 3 })
  })

  test('keeps them also for a job that was never begun', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'retry', ttl: 0 })
    const claimed = await t.claimOne({ begin: false })
    await t.end(claimed, { kind: 'giveBack' })
    expect(await t.claimOne()).toMatchObject({ attempt: 2 })
  })

  test('keeps them also where the worker forgot what it holds', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'retry', ttl: 0 })
    const claimed = await t.claimOne()
    expect(await t.end({ ...claimed, token: '*', attempt: 1 }, { kind: 'giveBack' })).toBe(true)
    expect(await t.claimOne()).toMatchObject({ attempt: 2 })
  })

  test('may ask that the job runs alone from now on', async () => {
    await t.enqueue(job('a'))
    await t.run({ kind: 'giveBackAlone' })
    expect(await t.claimOne()).toMatchObject({ alone: true, recoveries: 0, attempt: 1 })
  })

  test.each([
    ['has its time to wait in the queue behind it, where it had begun', true],
    ['goes on with its time to wait in the queue, where it had not', false],
  ])('a job %s', async (_, begin) => {
    for (const kind of ['giveBack', 'giveBackAlone'] as const) {
      await t.enqueue(job(kind, { ttlMs: 3_000 }))
      await t.end(await t.claimOne({ begin }), { kind })
      await t.elapse(4_000)
      expect((await t.claim()).map(({ id }) => id)).toEqual(begin ? [kind] : [])
      expect(await t.status(kind)).toBe(begin ? 'started' : 'canceled')
    }
  })

  test('is refused for a stale token', async () => {
    await t.enqueue(job('a'))
    const claimed = await t.claimOne()
    expect(await t.end({ ...claimed, token: '7:7' }, { kind: 'giveBack' })).toBe(false)
    expect(await t.status('a')).toBe('started')
  })
})
