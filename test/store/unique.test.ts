import { expect, test } from 'vitest'
import type { NewJob } from '../../lib/core/store.ts'
import { child, describeStores, job } from '../kit/stores.ts'

type Unique = NonNullable<NewJob['unique']>

const unique = (id: string, onDuplicate: Unique['onDuplicate'] = 'reject', more: Partial<NewJob> = {}) =>
  job(id, { unique: { key: 'k', onDuplicate }, ...more })

describeStores('a unique key', (t) => {
  test('refuses a second job while the first waits, and names it', async () => {
    await t.enqueue(unique('a'))
    expect(await t.enqueue(unique('b'))).toEqual([{ ok: false, code: 'duplicate', by: 'a' }])
    expect(await t.queued()).toEqual(['a'])
  })

  test('[F30] refuses it while the first runs, and is free once that has ended, in whatever way', async () => {
    for (const kind of ['finished', 'failed', 'stopped'] as const) {
      await t.enqueue(unique(`first-${kind}`))
      const claimed = await t.claimOne()
      expect(await t.enqueue(unique('late'))).toMatchObject([{ ok: false }])
      await t.end(claimed, { kind })
      expect(await t.enqueue(unique(`second-${kind}`))).toEqual([{ ok: true }])
      await t.run()
    }
  })

  test('is free once its job is canceled or deleted', async () => {
    await t.enqueue(unique('a'))
    await t.store.cancel('q', 'a', 'no need')
    expect(await t.enqueue(unique('b'))).toEqual([{ ok: true }])
    await t.store.delete('q', 'b')
    expect(await t.enqueue(unique('c'))).toEqual([{ ok: true }])
  })

  test('[F30] is kept through a retry and a dead worker', async () => {
    await t.enqueue(unique('a'))
    await t.end(await t.claimOne(), { kind: 'retry', ttl: 0 })
    expect(await t.enqueue(unique('b'))).toMatchObject([{ ok: false, by: 'a' }])
    await t.claimOne()
    await t.die()
    expect(await t.enqueue(unique('b'))).toMatchObject([{ ok: false, by: 'a' }])
  })

  test('answers the job that is there, if told so', async () => {
    await t.enqueue(unique('a'))
    expect(await t.enqueue(unique('b', 'existing'))).toEqual([{ ok: true, existing: 'a' }])
    expect(await t.status('b')).toBe('gone')
  })

  test('lets a new job take the place of one that waits, and not of one that runs', async () => {
    await t.enqueue(unique('a'))
    expect(await t.enqueue(unique('b', 'replace'))).toEqual([{ ok: true }])
    expect(await t.record('a')).toMatchObject({ status: 'canceled', reason: 'replaced by job b' })
    expect(await t.queued()).toEqual(['b'])
    const claimed = await t.claimOne()
    expect(await t.enqueue(unique('c', 'replace'))).toEqual([{ ok: true }])
    await t.end(claimed)
    expect(await t.status('b')).toBe('finished')
    // The key is the new one's, which the end of the old one does not change.
    expect(await t.enqueue(unique('d'))).toMatchObject([{ ok: false, by: 'c' }])
  })

  test('replaces a scheduled job: the last word of a burst counts', async () => {
    await t.enqueue(unique('a', 'replace', { inMs: 60_000 }))
    await t.enqueue(unique('b', 'replace', { inMs: 60_000 }))
    expect(await t.store.list('q', 'scheduled')).toEqual(['b'])
  })

  test('with a time of its own stays taken after the end, and no longer than that', async () => {
    const timed = (id: string) => job(id, { unique: { key: 'k', onDuplicate: 'reject', forMs: 60_000 } })
    await t.enqueue(timed('a'))
    await t.run({ ttl: 0 })
    expect(await t.enqueue(timed('b'))).toMatchObject([{ ok: false, by: 'a' }])
    await t.elapse(60_001)
    expect(await t.enqueue(timed('b'))).toEqual([{ ok: true }])
  })

  test('is taken once by many in one call, the first of them', async () => {
    const answers = await t.enqueue(unique('a'), unique('b'), unique('c', 'existing'))
    expect(answers).toEqual([
      { ok: true },
      { ok: false, code: 'duplicate', by: 'a' },
      { ok: true, existing: 'a' },
    ])
  })

  test('holds for a job that waits for others, and is free when that is canceled with its parent', async () => {
    await t.enqueue(job('parent'))
    await t.enqueue(child('a', ['parent'], { unique: { key: 'k', onDuplicate: 'reject' } }))
    expect(await t.enqueue(unique('b'))).toMatchObject([{ ok: false, by: 'a' }])
    await t.store.cancel('q', 'parent', 'no need')
    expect(await t.enqueue(unique('b'))).toEqual([{ ok: true }])
  })

  test('is taken back by a requeue, unless another job has it by then', async () => {
    await t.enqueue(unique('a'))
    await t.run({ kind: 'failed' })
    await t.store.requeue('q', ['a'])
    expect(await t.enqueue(unique('b'))).toMatchObject([{ ok: false, by: 'a' }])
    await t.run({ kind: 'failed' })
    await t.enqueue(unique('b'))
    await t.store.requeue('q', ['a'])
    expect(await t.enqueue(unique('c'))).toMatchObject([{ ok: false, by: 'b' }])
  })

  test('is not taken from a job that the new one depends on', async () => {
    await t.enqueue(unique('a'))
    const late = child('b', ['a'], { unique: { key: 'k', onDuplicate: 'replace' } })
    expect(await t.enqueue(late)).toEqual([{ ok: false, code: 'duplicate', by: 'a' }])
    expect(await t.status('a')).toBe('queued')
  })

  test('is one of each queue', async () => {
    await t.enqueue(unique('a'))
    expect(await t.store.enqueue('other', [unique('b')])).toEqual([{ ok: true }])
  })
})
