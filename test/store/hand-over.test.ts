import type { Redis } from 'ioredis'
import { afterEach, expect, test } from 'vitest'
import { readHanded } from '../../lib/redis/claimed.ts'
import { controlChannel } from '../../lib/redis/keys.ts'
import type { RedisStore } from '../../lib/redis/store.ts'
import { plainClient } from '../kit/plain-client.ts'
import { describeStore, job, REDIS_URL } from '../kit/stores.ts'
import { until } from '../kit/until.ts'

const clients: Redis[] = []

afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect()
})

describeStore('a job enqueued while a worker is idle', 'redis', (t) => {
  /** A worker that hears its channel, as far as Redis is concerned. */
  async function hearing(worker = 'w'): Promise<string[]> {
    const client = plainClient(REDIS_URL)
    clients.push(client)
    const heard: string[] = []
    client.on('message', (_channel, message) => heard.push(message))
    await client.subscribe(controlChannel(t.prefix, worker))
    return heard
  }

  const idle = (worker = 'w') => t.step({ want: 1, idle: 'may' }, { worker })
  const noted = () => t.redis.zrange(t.key('idle'), '0', '-1')

  test('is claimed for it by the enqueue, and sent to it', async () => {
    const heard = await hearing()
    await idle()
    expect(await noted()).toEqual(['30000:w'])
    await t.enqueue(job('a', { options: { timeoutMs: 5 }, meta: '{"m":1}' }))
    await until('the message', async () => heard.length > 0)
    const [, queue, text] = /^job (\S+) (.*)$/s.exec(heard[0]!)!
    const handed = readHanded(queue!, text!)!
    expect(handed).toMatchObject({
      id: 'a',
      queue: 'q',
      args: '[1,2]',
      options: '{"timeoutMs":5}',
      meta: '{"m":1}',
    })
    expect(await t.redis.hgetall(t.key('started:w'))).toEqual({ a: handed.token })
    expect([await t.queued(), await noted(), await t.redis.exists(t.key('bell'))]).toEqual([[], [], 0])
    expect(await t.end(handed)).toBe(true)
    expect(await t.status('a')).toBe('finished')
  })

  test('is queued if nobody hears: the worker died', async () => {
    await idle()
    await t.enqueue(job('a'))
    expect(await t.queued()).toEqual(['a'])
    expect(await t.redis.llen(t.key('bell'))).toBe(1)
    expect(await noted()).toEqual([])
  })

  test('has been taken when its worker hears that it is not idle any more, also if it was put off to the next turn', async () => {
    await idle()
    const { connection } = t.store as RedisStore
    const client = connection.client as Redis
    const heard: string[] = []
    const zrem = client.zrem
    client.zrem = (async (...args: Parameters<typeof zrem>) => {
      const answer = await zrem.apply(client, args)
      // As the fetcher does with a message that comes together with a reply.
      setImmediate(() => heard.push('the job'))
      return answer
    }) as typeof zrem
    await (t.store as RedisStore).notIdle('q', 'w')
    client.zrem = zrem
    heard.push('the answer')
    expect(heard).toEqual(['the job', 'the answer'])
    expect(await noted()).toEqual([])
  })

  test('goes back where it stood when its worker dies with it', async () => {
    await hearing()
    await idle()
    await t.enqueue(job('a'))
    await t.enqueue(job('b'))
    await t.die()
    expect(await t.queued()).toEqual(['a', 'b'])
    expect((await t.record('a'))!.recoveries).toBe(0)
  })

  test('is queued where others wait already, where there are several, and where the queue hands out nothing', async () => {
    const heard = await hearing()
    await idle()
    await t.enqueue(job('a'), job('b'))
    await t.enqueue(job('c'))
    expect(await t.queued()).toEqual(['a', 'b', 'c'])
    await t.claim(3)
    await t.store.pause('q', 'paused', null)
    await t.enqueue(job('d'))
    expect(await t.queued()).toEqual(['d'])
    expect(heard.filter((message) => message.startsWith('job '))).toEqual([])
  })

  test('is queued if it has a limit, is to wait, or is very large', async () => {
    await hearing()
    await idle()
    await t.enqueue(job('limited', { limit: { key: 'k', concurrency: 1 } }))
    await t.claim(1, { worker: 'v' })
    await t.enqueue(job('later', { inMs: 60_000 }))
    await t.enqueue(job('large', { args: JSON.stringify(['x'.repeat(70_000)]) }))
    expect(await t.queued()).toEqual(['large'])
    expect(await t.store.list('q', 'scheduled')).toEqual(['later'])
  })

  test('goes to the worker that was idle last, and to none that was not heard of for long', async () => {
    const first = await hearing('first')
    const last = await hearing('last')
    await idle('first')
    await t.redis.zincrby(t.key('idle'), -5, '30000:first')
    await idle('last')
    await t.enqueue(job('a'))
    await until('the message', async () => last.length > 0)
    await t.redis.zincrby(t.key('idle'), -16_000, '30000:first')
    await t.enqueue(job('b'))
    expect(await t.queued()).toEqual(['b'])
    expect(first).toEqual([])
  })

  test('leaves no note of workers that died while they were idle', async () => {
    for (const worker of ['dead', 'alive']) await idle(worker)
    await t.redis.zincrby(t.key('idle'), -16_000, '30000:dead')
    await t.tend()
    expect(await noted()).toEqual(['30000:alive'])
  })

  test('is not sent to a worker that has claimed, left, or said that it has no more room', async () => {
    await idle()
    await t.enqueue(job('a'), job('b'))
    await t.step({ want: 1, idle: 'noted' })
    expect(await noted()).toEqual([])
    await t.claim(1)
    await idle('v')
    await t.another().notIdle('q', 'v')
    expect(await noted()).toEqual([])
    await idle('u')
    await t.store.leave('q', 'u')
    expect(await noted()).toEqual([])
  })

  test('is there once when the call is sent again', async () => {
    await hearing()
    await idle()
    await t.enqueue(job('a'))
    await idle()
    await t.enqueue(job('a'))
    expect(Object.keys(await t.redis.hgetall(t.key('started:w')))).toEqual(['a'])
    expect(await t.queued()).toEqual([])
  })
})
