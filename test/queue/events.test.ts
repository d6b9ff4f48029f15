import { expect, onTestFinished, test } from 'vitest'
import { call, configure, type QueueEvent, watchEvents } from '../../lib/index.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'
import { ending, StoreKit } from '../kit/stores.ts'

const h = harness()

/** Watches queues until the test is over. */
async function watch(queues: string | string[]) {
  const events: QueueEvent[] = []
  const controller = new AbortController()
  const watching = watchEvents(queues, (event) => events.push(event), {
    connection: REDIS_URL,
    prefix: h.prefix,
    signal: controller.signal,
  })
  onTestFinished(async () => {
    controller.abort()
    await watching
  })
  for (const queue of [queues].flat())
    await expect.poll(() => h.redis.hexists(`${h.base(queue)}flags`, 'tail')).toBe(1)
  return {
    events,
    of: (id: string) => events.filter((event) => event.id === id).map(({ status }) => status),
    end: async () => {
      controller.abort()
      await watching
    },
  }
}

test('who watches hears of jobs as they are enqueued, begin and end', async () => {
  const seen = await watch(['q', 'other'])
  const [q, other] = [h.queue(), h.queue('other')]
  const good = await q.enqueue('./tasks#add', 1, 2)
  const bad = await q.with({ retry: 1 }).enqueue('./tasks#fail')
  const later = await other.enqueueIn('1h', './tasks#nothing')
  const child = await other.with({ dependsOn: later }).enqueue('./tasks#nothing')
  await h.drain()
  // A job so short that the store never hears of its beginning tells of none either.
  const withoutStarts = () => seen.of(bad.id).filter((status) => status !== 'started')
  await expect.poll(withoutStarts).toEqual(['queued', 'queued', 'failed'])
  expect(seen.of(good.id)).toEqual(['queued', 'started', 'finished'])
  expect([seen.of(later.id), seen.of(child.id)]).toEqual([['scheduled'], ['deferred']])
  const [first] = seen.events
  expect(first).toMatchObject({ queue: 'q', id: good.id, status: 'queued' })
  expect(Math.abs(first!.at.getTime() - Date.now())).toBeLessThan(30_000)
})

test('of a job that fails and is claimed again by one and the same step, both are told', async () => {
  const seen = await watch('q')
  const kit = new StoreKit('redis')
  kit.open()
  onTestFinished(() => kit.close())
  kit.prefix = h.prefix
  kit.store = kit.another()
  const job = await h.queue().with({ retry: 1 }).enqueue('./tasks#fail')
  const claimed = await kit.claimOne()
  const again = ending(claimed, { kind: 'retry', ttl: 0 })
  await kit.step({ endings: [again], want: 1 })
  await expect.poll(() => seen.of(job.id)).toEqual(['queued', 'started', 'queued', 'started'])
})

test('nothing is told once the watch has ended, nor a while after the last word of one that crashed', async () => {
  const published: string[] = []
  const spy = h.redis.duplicate()
  onTestFinished(() => spy.disconnect())
  spy.on('message', (_: string, message: string) => published.push(message))
  await spy.subscribe(`${h.base('q')}events`)
  const seen = await watch('q')
  const flags = `${h.base('q')}flags`
  const heard = await h.queue().enqueue('./tasks#nothing')
  await expect.poll(() => seen.of(heard.id)).toEqual(['queued'])
  await seen.end()
  const after = await h.queue().enqueue('./tasks#nothing')
  // Nobody has ended that watch for the queue: it goes by the time of the last word.
  expect(Number(await h.redis.hget(flags, 'tail'))).toBeGreaterThan(Date.now())
  await h.redis.hset(flags, 'tail', 1)
  const late = await h.queue().enqueue('./tasks#nothing')
  await h.redis.publish(`${h.base('q')}events`, 'the end')
  await expect.poll(() => published.at(-1)).toBe('the end')
  const told = (id: string) => published.some((message) => message.includes(id))
  expect([heard, after, late].map(({ id }) => told(id))).toEqual([true, true, false])
  expect(seen.events.map(({ id }) => id)).toEqual([heard.id])
})

test('where nothing is said, the server and the prefix that are configured are watched', async () => {
  onTestFinished(configure({ connection: REDIS_URL, prefix: h.prefix }))
  const controller = new AbortController()
  const events: string[] = []
  const watching = watchEvents('q', ({ id }) => events.push(id), { signal: controller.signal })
  await expect.poll(() => h.redis.hexists(`${h.base('q')}flags`, 'tail')).toBe(1)
  const job = await h.queue().enqueue('./tasks#nothing')
  await expect.poll(() => events).toEqual([job.id])
  controller.abort()
  await watching
})

test('a watch ends at once when it is told to, also where Redis cannot be reached', async () => {
  const controller = new AbortController()
  const began = performance.now()
  const watching = watchEvents('q', () => {}, {
    connection: 'redis://127.0.0.1:1',
    signal: controller.signal,
  })
  controller.abort()
  await watching
  expect(performance.now() - began).toBeLessThan(5_000)
})

test('what a listener throws ends the watch, and is what it rejects with', async () => {
  let calls = 0
  const watching = watchEvents(
    'q',
    () => {
      calls++
      throw new RangeError('not my job')
    },
    { connection: REDIS_URL, prefix: h.prefix },
  )
  const ended = expect(watching).rejects.toThrow(RangeError)
  await expect.poll(() => h.redis.hexists(`${h.base('q')}flags`, 'tail')).toBe(1)
  await h.queue().enqueueMany([call('./tasks#nothing'), call('./tasks#nothing')])
  await ended
  expect(calls).toBe(1)
})

test('at least one queue must be named', async () => {
  await expect(watchEvents([], () => {})).rejects.toThrow('expected at least one queue name')
})
