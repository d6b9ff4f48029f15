import { expect, test } from 'vitest'
import { InvalidStateError } from '../../lib/index.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness } from '../kit/harness.ts'
import { describeStore, describeStores, job } from '../kit/stores.ts'

const h = harness()
const list = () => `${h.prefix}:ran`
const ran = () => h.redis.lrange(list(), 0, -1)

test('of two queues the first is worked first [rq 23]', async () => {
  await h.queue('bar').enqueue('./tasks#note', list(), 'bar')
  await h.queue('foo').enqueue('./tasks#note', list(), 'foo')
  await h.drain(['foo', 'bar'])
  expect(await ran()).toEqual(['foo', 'bar'])
})

describeStores('an empty queue', (t) => {
  test('gives nothing at once: no claim blocks [rq 25]', async () => {
    expect(await t.step({ want: 5 })).toMatchObject({
      stale: [],
      jobs: [],
      dueIn: null,
      left: false,
      alone: false,
    })
  })
})

test('an id whose record was lost is passed over, and nothing of it is left [rq 26]', async () => {
  const q = h.queue()
  const lost = await q.enqueue('./tasks#note', list(), 'lost')
  await q.enqueue('./tasks#note', list(), 'there')
  await h.redis.del(`${h.base('q')}job:${lost.id}`)
  expect(await h.drain()).toMatchObject({ finished: 1, failed: 0 })
  expect([await ran(), await q.isEmpty()]).toEqual([['there'], true])
})

test('ids whose record was lost can be dropped without a worker', async () => {
  const q = h.queue()
  const jobs = []
  for (let n = 0; n < 150; n++) jobs.push(await q.enqueue(tasks.nothing))
  const child = await q.with({ dependsOn: jobs[0]! }).enqueue(tasks.nothing)
  const keep = await q.enqueueIn('1h', tasks.nothing)
  await h.redis.del(...jobs.slice(0, 120).map(({ id }) => `${h.base('q')}job:${id}`))
  await h.redis.hdel(`${h.base('q')}watched`, jobs[0]!.id)
  expect(await q.compact()).toBe(120)
  expect(await q.jobIds('queued', { limit: 200 })).toEqual(jobs.slice(120).map(({ id }) => id))
  expect(await q.jobIds('scheduled')).toEqual([keep.id])
  expect((await child.refresh()).status).toBe('canceled')
  expect(await q.compact()).toBe(0)
})

test('a deleted job is never run [rq 26]', async () => {
  const q = h.queue()
  await (await q.enqueue('./tasks#note', list(), 'deleted')).delete()
  await (await q.enqueue('./tasks#note', list(), 'canceled')).cancel()
  await h.drain()
  expect(await ran()).toEqual([])
})

describeStores('what is claimed', (t) => {
  test('is the worker’s in the same step: there is no list in between to be lost from [rq 28]', async () => {
    await t.enqueue(job('a'))
    await t.claimOne({ begin: false })
    expect(await t.queued()).toEqual([])
    expect(await t.store.list('q', 'started')).toEqual(['a'])
    expect(await t.store.heartbeat('q', 'w')).toEqual(['a'])
  })

  test('stays the worker’s while its lease lasts, and is queued again after it, not failed [rq 29]', async () => {
    await t.enqueue(job('a'), job('b'))
    await t.claim(1)
    await t.claim(1, { begin: false })
    await t.elapse(29_000)
    expect(await t.tend()).toMatchObject({ recovered: 0, abandoned: 0 })
    await t.elapse(2_000)
    expect(await t.tend()).toMatchObject({ recovered: 2, abandoned: 0 })
    expect(await t.queued()).toEqual(['a', 'b'])
  })
})

describeStore('a claim whose record is gone', 'redis', (t) => {
  test('is dropped when its lease runs out [rq 29]', async () => {
    await t.enqueue(job('a'))
    await t.claim(1)
    await t.redis.del(t.key('job:a'))
    await t.elapse(31_000)
    await t.tend()
    expect([await t.queued(), await t.store.list('q', 'started')]).toEqual([[], []])
  })
})

describeStores('a worker of two queues', (t) => {
  test('that dies loses nothing of either [rq trap]', async () => {
    for (const queue of ['q', 'up']) {
      await t.store.enqueue(queue, [job('a')])
      await t.claimOne({ queue, begin: false })
    }
    await t.elapse(31_000)
    for (const queue of ['q', 'up']) {
      await t.tend(queue)
      expect(await t.queued(queue)).toEqual(['a'])
    }
  })
})

test('[F42] canceling a job that runs is refused, so that it cannot end in two states [rq trap]', async () => {
  const q = h.queue()
  const running = await q.enqueue('./tasks#hold', h.gate('busy'))
  const worker = h.worker()
  const done = worker.run()
  await h.reached('busy')
  await expect.poll(async () => (await running.refresh()).isStarted).toBe(true)
  await expect(running.cancel()).rejects.toBeInstanceOf(InvalidStateError)
  await h.open('busy')
  expect(await running.result).toBe('let go')
  await worker.stop()
  await done
  expect([await q.count('canceled'), await q.count('finished')]).toEqual([0, 1])
})

test('a canceled job is requeued like any other that ended [rq trap]', async () => {
  const q = h.queue()
  const canceled = await q.enqueue('./tasks#add', 1, 2)
  await canceled.cancel()
  await canceled.requeue()
  await h.drain()
  expect(await canceled.result).toBe(3)
})
