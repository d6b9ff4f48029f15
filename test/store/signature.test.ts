import { expect, test } from 'vitest'
import { describeStores, job } from '../kit/stores.ts'

describeStores('a signature', (t) => {
  test('goes with the job to whoever claims it, also after a retry and a requeue', async () => {
    await t.enqueue(job('a', { signature: 'mine' }))
    expect((await t.run({ kind: 'retry', ttl: 0 })).signature).toBe('mine')
    expect((await t.run({ kind: 'failed' })).signature).toBe('mine')
    expect((await t.record('a'))?.signature).toBe('mine')
    await t.store.requeue('q', ['a'])
    expect((await t.claimOne()).signature).toBe('mine')
  })

  test('is not there where a job has none, or an empty one', async () => {
    await t.enqueue(job('a'), job('b', { signature: '' }))
    for (const claimed of await t.claim(2)) expect(claimed.signature).toBeUndefined()
    expect((await t.record('b'))?.signature).toBeUndefined()
  })
})
