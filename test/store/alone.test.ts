import { expect, test } from 'vitest'
import { describeStores, job } from '../kit/stores.ts'

describeStores('a step claims', (t) => {
  test('a job that must run alone only for a worker that holds nothing', async () => {
    await t.enqueue(job('poison'))
    await t.claim()
    await t.die()
    await t.enqueue(job('a'), job('b'), job('c'))
    expect(await t.step({ want: 1, held: 1 })).toMatchObject({ jobs: [{ id: 'a' }], alone: true, left: true })
    expect(await t.queued()).toEqual(['poison', 'b', 'c'])
    const reply = await t.step({ want: 2 }, { worker: 'another' })
    expect(reply).toMatchObject({
      jobs: [{ id: 'poison', alone: true, recoveries: 1 }],
      alone: false,
      left: true,
    })
    expect(await t.queued()).toEqual(['b', 'c'])
  })

  test('no job that must run alone behind others, and puts it back where it stood', async () => {
    await t.enqueue(job('poison', { priority: 1 }))
    await t.claim()
    await t.die()
    await t.enqueue(job('a'), job('b', { priority: 2 }))
    expect(await t.step({ want: 3 })).toMatchObject({
      jobs: [{ id: 'a' }, { id: 'b' }],
      alone: true,
      left: false,
      others: true,
    })
    expect(await t.queued()).toEqual(['poison'])
  })

  test('those behind many that must run alone, which stay where they stood', async () => {
    const poisons = Array.from({ length: 120 }, (_, i) => `p${i}`)
    await t.enqueue(...poisons.map((id) => job(id)))
    await t.claim(120)
    await t.die()
    await t.enqueue(job('urgent', { priority: -1 }), job('a'), job('b'), job('c'))
    const held = async (want: number) => (await t.step({ want, held: 1 })).jobs.map(({ id }) => id)
    expect(await held(1)).toEqual(['urgent'])
    // So many are passed over in one call.
    expect(await t.step({ want: 1, held: 1 })).toMatchObject({
      jobs: [],
      alone: true,
      left: false,
      others: true,
    })
    for (const id of poisons.slice(0, 50)) await t.store.cancel('q', id, 'not wanted')
    expect([await held(2), await held(5)]).toEqual([['a', 'b'], ['c']])
    expect(await t.queued()).toEqual(poisons.slice(50))
  })

  test('those of some priorities behind one that must run alone', async () => {
    await t.enqueue(job('poison'))
    await t.claim()
    await t.die()
    await t.enqueue(job('low', { priority: 1 }), job('a'))
    const some = { want: 2, held: 1, priorities: { from: -511, to: 0 } }
    expect(await t.step(some)).toMatchObject({ jobs: [{ id: 'a' }], alone: true, left: false, others: true })
    expect(await t.queued()).toEqual(['poison', 'low'])
  })

  test('a job that runs alone always begins at once', async () => {
    await t.enqueue(job('poison'))
    await t.claim()
    await t.die()
    await t.claim(1, { begin: false })
    expect(await t.status('poison')).toBe('started')
  })
})
