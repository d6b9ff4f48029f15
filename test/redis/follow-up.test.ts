import { describe, expect, test } from 'vitest'
import { stepArgs } from '../../lib/redis/scripts.ts'
import type { RedisStore } from '../../lib/redis/store.ts'
import { describeStore, ending, job } from '../kit/stores.ts'

const callback = { func: './callbacks#told', timeoutMs: 60_000 }

describeStore('what follows the end of a job', 'redis', (t) => {
  /** Ends a job as a worker does that dies before it has delivered what that job owes. */
  async function endAndDie(id: string, more: object = {}): Promise<void> {
    const store = t.store as RedisStore
    const [claimed] = await t.claim()
    expect(claimed?.id).toBe(id)
    const step = { endings: [ending(claimed!, more)], beginnings: [], want: 0, begin: false, held: 0 }
    await store.connection.run('step', t.key(''), stepArgs('w', 30_000, 1_000, step))
  }

  describe('when the worker dies right after it', () => {
    test('is done once by the next tick, and the record is kept until then', async () => {
      await t.enqueue(job('a', { options: { onSuccess: callback } }))
      await endAndDie('a', { ttl: 0 })
      expect(await t.status('a')).toBe('finished')
      expect(await t.queued()).toEqual([])
      expect((await t.tend()).delivered).toBe(1)
      expect(await t.queued()).toHaveLength(1)
      expect(await t.status('a')).toBe('gone')
      expect((await t.tend()).delivered).toBe(0)
      expect(await t.queued()).toHaveLength(1)
    })

    test('is done once although two ticks do it at the same time', async () => {
      await t.enqueue(job('a', { options: { onFailure: callback } }))
      await endAndDie('a', { kind: 'failed' })
      const other = t.another()
      await Promise.all([t.tend(), other.tend('q'), t.tend(), other.tend('q')])
      await other.close()
      expect(await t.queued()).toHaveLength(1)
    })

    test('waits for its dependents as well as for its callback', async () => {
      await t.enqueue(job('a', { options: { onSuccess: callback } }))
      await t.enqueue(job('b', { parents: [{ ref: 'a@q', allowFailure: false }] }))
      await endAndDie('a', { ttl: 0 })
      await t.tend()
      expect(await t.queued()).toHaveLength(2)
      expect(await t.status('a')).toBe('gone')
    })
  })

  test('of an abandoned job is its failure callback [rq trap]', async () => {
    await t.enqueue(job('a', { options: { onFailure: callback } }))
    for (let death = 1; death <= 3; death++) {
      await t.claimOne()
      await t.die()
    }
    expect(await t.status('a')).toBe('failed')
    expect((await t.queued()).map((id) => id.split('-')[0])).toEqual(['a.failed'])
  })

  test('of a canceled job is nothing but its group', async () => {
    await t.enqueue(job('a', { options: { onFailure: callback, onStopped: callback } }))
    await t.store.cancel('q', 'a', 'no need')
    expect(await t.queued()).toEqual([])
  })
})
