import { expect, onTestFinished, test } from 'vitest'
import { type QueueEvent, watchEvents } from '../../lib/index.ts'
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
  const seen = await watch('q')
  await seen.end()
  await h.queue().enqueue('./tasks#nothing')
  await h.redis.hset(`${h.base('q')}flags`, 'tail', 1)
  const published = await h.redis.pubsub('NUMSUB', `${h.base('q')}events`)
  expect((published as unknown[])[1]).toBe(0)
  expect(seen.events).toEqual([])
})

test('at least one queue must be named', async () => {
  await expect(watchEvents([], () => {})).rejects.toThrow('expected at least one queue name')
})
