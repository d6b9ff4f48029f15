import { expect, test } from 'vitest'
import { Group } from '../../lib/queue/group.ts'
import { describeStores, job, type StoreKit } from '../kit/stores.ts'

const member = job('a', { ownId: true, options: { group: 'g' } })

/** What an enqueue of a member does. Answers whether it was accepted. */
async function enqueue(t: StoreKit, group: Group, ...given: Parameters<StoreKit['enqueue']>) {
  await group.admit(['a@q'])
  const [answer] = await t.enqueue(...given)
  if (!answer!.ok) await group.refused('a@q')
  return answer!.ok
}

describeStores('a group that hears of a job that was refused', (t) => {
  async function open(): Promise<Group> {
    await t.store.groups.create('g', undefined)
    return new Group('g', { store: t.store, sync: undefined })
  }

  test('waits for the member that has its id', async () => {
    const group = await open()
    expect([await enqueue(t, group, member), await enqueue(t, group, member)]).toEqual([true, false])
    await group.seal()
    expect(await group.progress()).toMatchObject({ total: 1, ended: 0, done: false })
    const claimed = await t.claimOne()
    expect(await enqueue(t, group, member)).toBe(false)
    expect(await group.progress()).toMatchObject({ ended: 0, done: false })
    await t.end(claimed)
    expect(await group.progress()).toMatchObject({ ended: 1, finished: 1, done: true })
  })

  test('keeps how the member that has its id has ended', async () => {
    const group = await open()
    await enqueue(t, group, member)
    await t.run({ ttl: 10_000 })
    expect(await enqueue(t, group, member)).toBe(false)
    expect(await group.progress()).toMatchObject({ total: 1, finished: 1, lost: 0 })
    // Also when its record is gone, and the job is refused for something else.
    await t.elapse(11_000)
    const orphan = { ...member, parents: [{ ref: 'nobody@q' as const, allowFailure: false }] }
    expect(await enqueue(t, group, orphan)).toBe(false)
    expect(await group.progress()).toMatchObject({ total: 1, finished: 1, lost: 0 })
  })

  test('takes over how a member of an earlier group of its id has ended', async () => {
    await enqueue(t, await open(), member)
    await t.run({ kind: 'failed' })
    await t.store.groups.delete('g')
    const group = await open()
    expect(await enqueue(t, group, member)).toBe(false)
    expect(await group.progress()).toMatchObject({ total: 1, failed: 1 })
  })

  test('counts it as lost where its id is that of a job outside, or of none', async () => {
    const group = await open()
    await t.enqueue(job('a'))
    expect(await enqueue(t, group, member)).toBe(false)
    await group.seal()
    expect(await group.progress()).toMatchObject({ total: 1, lost: 1, done: true })
  })
})

describeStores('a group with the id of one that was deleted', (t) => {
  test('has a callback of its own', async () => {
    for (const n of [1, 2]) {
      await t.store.groups.create('g', { func: './tasks#add', timeoutMs: 1_000, queue: 'q' })
      await t.store.groups.seal('g')
      await t.store.idle()
      expect(await t.store.counts('q')).toMatchObject({ queued: n })
      await t.store.groups.delete('g')
      await t.elapse(1)
    }
  })
})
