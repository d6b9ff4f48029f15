import { expect, test } from 'vitest'
import { fingerprint, fingerprintOf } from '../../lib/core/fingerprint.ts'
import { scan } from '../kit/keyspace.ts'
import { describeStore, ERROR, ending, job } from '../kit/stores.ts'

const members = (redis: import('ioredis').Redis, key: string) => redis.zrange(key, '0', '-1')

describeStore('what jobs are found by (redis)', 'redis', (t) => {
  const tagged = (id: string, ...tags: string[]) => job(id, { options: { tags } })

  test('a job is in the index of each of its tags, whatever becomes of it, until its record goes', async () => {
    await t.enqueue(tagged('a', 'user:1', 'two words'), tagged('b', 'user:1'), job('c'))
    expect(await members(t.redis, t.key('tag:user:1'))).toEqual(['a', 'b'])
    expect(await members(t.redis, t.key('tag:two words'))).toEqual(['a'])
    expect(await t.redis.hkeys(t.key('indexed'))).toEqual(['a', 'b'])
    await t.run()
    await t.run({ ttl: 0 })
    expect(await members(t.redis, t.key('tag:user:1'))).toEqual(['a'])
    await t.elapse(500_001)
    await t.tend()
    expect(await t.redis.exists(t.key('tag:user:1'), t.key('tag:two words'), t.key('indexed'))).toBe(0)
  })

  test('one that is deleted, canceled at once or moved on leaves it', async () => {
    await t.enqueue(
      tagged('a', 'x'),
      job('b', { options: { tags: ['x'], failureTtlMs: 0 } }),
      tagged('c', 'x'),
    )
    await t.store.delete('q', 'a')
    await t.store.cancel('q', 'b', 'why not')
    expect(await members(t.redis, t.key('tag:x'))).toEqual(['c'])
    await t.store.purge('q', 'queued', ['c'])
    expect(await t.redis.exists(t.key('indexed'))).toBe(0)
  })

  test('sent again after a lost reply, an enqueue of tagged jobs changes nothing', async () => {
    await t.enqueue(tagged('a', 'x', 'y'))
    await t.enqueue(tagged('a', 'x', 'y'))
    expect(await t.redis.hget(t.key('indexed'), 'a')).toBe('tag:x\ntag:y')
  })

  test('a job that fails for good joins its cause; a retry, a success and one that is not kept do not', async () => {
    await t.enqueue(...['a', 'b', 'c', 'd', 'e'].map((id) => job(id)))
    await t.run({ kind: 'failed', ttl: 60_000 })
    await t.run({ kind: 'retry', ttl: 60_000 })
    await t.run()
    await t.run({ kind: 'failed', ttl: 0 })
    await t.run({ kind: 'failed', ttl: 60_000 })
    const print = fingerprintOf(ERROR)
    expect(await members(t.redis, t.key(`error:${print}`))).toEqual(['a', 'e'])
    expect(await t.redis.hgetall(t.key(`cause:${print}`))).toMatchObject({
      count: '2',
      name: 'Error',
      message: 'no luck',
      id: 'e',
      'fn:./tasks#add': '1',
    })
    expect(await members(t.redis, t.key('errors'))).toEqual([print])
  })

  test('it leaves its cause when it is requeued, deleted, or its time is over, and keeps its tags', async () => {
    await t.enqueue(tagged('a', 'x'), job('b'), job('c'), job('d'))
    for (let i = 0; i < 4; i++) await t.run({ kind: 'failed', ttl: i === 3 ? 1_000 : 60_000 })
    const key = t.key(`error:${fingerprintOf(ERROR)}`)
    expect(await t.redis.zcard(key)).toBe(4)
    await t.store.requeue('q', ['a'])
    await t.store.delete('q', 'b')
    await t.elapse(1_001)
    await t.tend()
    expect(await members(t.redis, key)).toEqual(['c'])
    expect(await t.redis.hget(t.key('indexed'), 'a')).toBe('tag:x')
    await t.run({ kind: 'failed', ttl: 60_000 })
    expect(await members(t.redis, key)).toEqual(['c', 'a'])
  })

  test('a job that is given up because its workers died with it joins a cause as well', async () => {
    await t.enqueue(job('a'))
    for (let i = 0; i < 3; i++) {
      await t.claimOne()
      await t.die()
    }
    expect(await t.status('a')).toBe('failed')
    expect(await t.redis.zcard(t.key('errors'))).toBe(1)
    expect(await t.redis.hget(t.key(`cause:${(await members(t.redis, t.key('errors')))[0]}`), 'name')).toBe(
      'AbandonedJobError',
    )
  })

  test('a thousand causes are kept, those last seen', async () => {
    for (let i = 0; i < 1_002; i++) await t.enqueue(job(`j${i}`))
    const letters = (n: number) => [...String(n)].map((digit) => 'abcdefghij'[Number(digit)]).join('')
    for (let i = 0; i < 1_002; ) {
      const jobs = await t.claim(334)
      const endings = jobs.map((each) =>
        ending(each, { kind: 'failed', payload: JSON.stringify({ name: `E${letters(i++)}`, message: '' }) }),
      )
      await t.step({ endings })
    }
    expect(await t.redis.zcard(t.key('errors'))).toBe(1_000)
    const causes = (await scan(t.redis, t.prefix)).filter((key) => key.startsWith(t.key('cause:')))
    expect(causes.length).toBe(1_000)
  })

  test('what something else wrote to these keys keeps no job from its end', async () => {
    await t.redis.set(t.key('indexed'), 'x')
    await t.redis.set(t.key('errors'), 'x')
    await t.enqueue(tagged('a', 'x'), job('b'))
    await t.run({ kind: 'failed', ttl: 60_000 })
    await t.run({ ttl: 0 })
    expect([await t.status('a'), await t.status('b')]).toEqual(['failed', 'gone'])
    for (const key of await scan(t.redis, t.prefix)) if (!/queues$/.test(key)) await t.redis.del(key)
  })

  test('who paused a queue, when and why stands beside the pause, and goes with it', async () => {
    await t.store.pause('q', 'paused', null, { by: 'ann', reason: 'deploy' })
    expect(await t.redis.hgetall(t.key('pause'))).toMatchObject({
      by: 'ann',
      reason: 'deploy',
      since: expect.any(String),
    })
    await t.store.pause('q', 'suspended', null)
    await t.store.resume('q', 'paused')
    expect(await t.redis.exists(t.key('pause'))).toBe(0)
    await t.store.pause('q', 'paused', 60_000)
    expect(await t.redis.pttl(t.key('pause'))).toBeGreaterThan(0)
  })
})

test('a fingerprint is the same wherever and whenever the error comes from, and tells places apart', () => {
  const at = (stack: string) =>
    fingerprint({ name: 'TypeError', message: "no 'x' of 5", stack: `TypeError: no\n${stack}` })
  const one = at(
    '    at node:internal/x:1:2\n    at a (/app/node_modules/m/i.js:1:1)\n    at send (file:///app/src/mail.ts:10:3)',
  )
  expect(at('    at send (/home/ann/mail.ts?v=2:99:1)')).toBe(one)
  expect(at('    at async send (C:\\work\\mail.ts:99:1)')).toBe(one)
  expect(at('    at receive (/app/src/mail.ts:10:3)')).not.toBe(one)
  expect(fingerprint({ name: 'E', message: 'job 1 of 17' })).toBe(
    fingerprint({ name: 'E', message: 'job 2 of 18' }),
  )
  expect(fingerprintOf('no json')).toMatch(/^[0-9a-f]{8}$/)
})
