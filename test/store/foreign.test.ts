import { expect, test } from 'vitest'
import { child, describeStore, ending, job } from '../kit/stores.ts'

describeStore('a queue whose keys something else wrote to', 'redis', (t) => {
  test('[F31] an enqueue that is refused leaves no record behind', async () => {
    await t.redis.set(t.key('queued'), 'mine')
    await expect(t.enqueue(job('a'))).rejects.toThrow(/WRONGTYPE.*another prefix/)
    expect(await t.redis.exists(t.key('job:a'))).toBe(0)
    await t.redis.del(t.key('queued'))
  })

  test.each(['scheduled', 'deferred', 'outbox', 'watched'])(
    '[F31] nor where it is %s, and some of the jobs need it',
    async (name) => {
      await t.enqueue(job('parent'))
      await t.redis.set(t.key(name), 'mine')
      const special = name === 'scheduled' ? job('b', { inMs: 60_000 }) : child('b', ['parent'])
      await expect(t.enqueue(job('a'), special)).rejects.toThrow(/WRONGTYPE/)
      expect(await t.redis.exists(t.key('job:a'), t.key('job:b'), t.key('parents:b'))).toBe(0)
      await t.redis.del(t.key(name))
    },
  )

  test('[F31] a bell that cannot be rung is replaced, and the enqueue stands', async () => {
    await t.redis.set(t.key('bell'), 'mine')
    await t.enqueue(job('a'))
    expect(await t.redis.llen(t.key('bell'))).toBe(1)
  })

  test('[F31] what is due stays scheduled while it cannot be queued, and an ending is not half recorded', async () => {
    await t.enqueue(job('held'), job('due', { inMs: 1_000 }))
    const held = await t.claimOne()
    await t.elapse(2_000)
    await t.redis.set(t.key('queued'), 'mine')
    await expect(t.step({ want: 1, endings: [ending(held)] })).rejects.toThrow(/WRONGTYPE/)
    await expect(t.tend()).rejects.toThrow(/WRONGTYPE/)
    expect([await t.status('held'), await t.status('due')]).toEqual(['started', 'scheduled'])
    await t.redis.del(t.key('queued'))
    expect((await t.step({ want: 1, endings: [ending(held)] })).jobs.map(({ id }) => id)).toEqual(['due'])
  })

  test('[F31] raw garbage that was pushed into the queue is passed over', async () => {
    await t.redis.zadd(t.key('queued'), -1, 'no job', -2, '{"json":true}')
    await t.enqueue(job('a'))
    expect((await t.claim(5)).map(({ id }) => id)).toEqual(['a'])
  })
})
