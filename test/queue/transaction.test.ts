import { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import {
  call,
  callWith,
  DependencyNotFoundError,
  delay,
  InvalidArgumentError,
  Queue,
} from '../../lib/index.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()

describe('in a transaction of the caller’s', () => {
  test('nothing is visible before it is committed, and then all of it, in each queue [rq 10]', async () => {
    const queues = ['a', 'b', 'c'].map((name) => h.queue(name))
    const multi = h.redis.multi().set(`${h.prefix}:own`, 'mine', 'EX', 60)
    const jobs = []
    for (const [n, q] of queues.entries())
      jobs.push(await q.with({ transaction: multi }).enqueue('./tasks#add', n, 1))
    expect(jobs.map(({ status }) => status)).toEqual(['queued', 'queued', 'queued'])
    expect(await h.redis.keys(`${h.prefix}:*`)).toEqual([])
    expect(await multi.exec()).not.toBeNull()
    expect(await h.redis.get(`${h.prefix}:own`)).toBe('mine')
    for (const [n, q] of queues.entries()) expect(await q.jobIds()).toEqual([jobs[n]!.id])
    expect(await Queue.all({ connection: REDIS_URL, prefix: h.prefix })).toHaveLength(3)
    await h.drain(['a', 'b', 'c'])
    expect(await Promise.all(jobs.map((job) => job.result))).toEqual([1, 2, 3])
  })

  test('a transaction that is discarded, or whose watched key changed, enqueues nothing', async () => {
    const q = h.queue()
    const discarded = h.redis.multi()
    await q.with({ transaction: discarded }).enqueue(tasks.nothing)
    discarded.discard()
    const mine = new Redis(REDIS_URL)
    await mine.watch(`${h.prefix}:watched`)
    await h.redis.set(`${h.prefix}:watched`, 1, 'EX', 60)
    const multi = mine.multi()
    await q.with({ transaction: multi }).enqueue(tasks.nothing)
    expect(await multi.exec()).toBeNull()
    mine.disconnect()
    expect(await q.isEmpty()).toBe(true)
  })

  test('calls that are written as calls take part too', async () => {
    const multi = h.redis.multi()
    const options = { connection: REDIS_URL, prefix: h.prefix, queue: 'q', transaction: multi }
    const job = await delay(tasks.add, options)(1, 2)
    expect(await h.queue().isEmpty()).toBe(true)
    await multi.exec()
    expect(await h.queue().jobIds()).toEqual([job.id])
  })

  test('wakes a worker that sleeps', async () => {
    const worker = h.worker()
    const running = worker.run()
    await (await h.queue().enqueue('./tasks#nothing')).result
    const multi = h.redis.multi()
    const job = await h.queue().with({ transaction: multi }).enqueue('./tasks#add', 1, 2)
    await multi.exec()
    expect(await job.result).toBe(3)
    await worker.stop()
    await running
  })

  test('many at once keep their order, their options and what depends on what', async () => {
    const [a, b] = [h.queue('a'), h.queue('b')]
    const multi = h.redis.multi()
    const jobs = await a
      .with({ transaction: multi, description: 'all' })
      .enqueueMany([
        callWith({ id: 'first' }, './tasks#add', 1, 2),
        callWith({ dependsOn: 'first', priority: 5 }, './tasks#nothing'),
        ...Array.from({ length: 300 }, () => call('./tasks#nothing')),
      ])
    const near = await a.with({ transaction: multi }).enqueue('./tasks#add', jobs[0]!, 10)
    const far = await b.with({ transaction: multi }).enqueue('./tasks#add', jobs[0]!, 100)
    expect([near.status, far.status]).toEqual(['deferred', 'deferred'])
    expect((await multi.exec())!.every(([error]) => error === null)).toBe(true)
    expect(await a.count()).toBe(301)
    expect((await a.jobIds())[0]).toBe('first')
    // Its registration with a parent elsewhere follows the commit.
    await expect.poll(() => jobs[0]!.dependents()).toHaveLength(3)
    await h.drain(['a', 'b'])
    expect(await Promise.all([near.result, far.result])).toEqual([13, 103])
    expect((await a.fetchJob(jobs[1]!.id))!).toMatchObject({
      priority: 5,
      description: 'all',
      isFinished: true,
    })
  })

  test('a refusal is an error in the answer of exec(), and the rest is done all the same', async () => {
    const q = h.queue()
    const parent = await q.with({ id: 'taken' }).enqueue(tasks.nothing)
    const gone = await q.enqueue(tasks.nothing)
    await gone.delete()
    const multi = h.redis.multi()
    const t = q.with({ transaction: multi })
    await t.enqueueMany([call(tasks.nothing), callWith({ id: 'taken' }, tasks.nothing)])
    await q.with({ transaction: multi, dependsOn: gone }).enqueue(tasks.nothing)
    await q.with({ transaction: multi, dependsOn: parent }).enqueue(tasks.nothing)
    const errors = (await multi.exec())!.map(([error]) => error?.message).filter(Boolean)
    expect(errors).toEqual([
      'DUPLICATE_JOB there is a job taken already. Refused were 1 of the 2 jobs of this call.',
      expect.stringMatching(/^DEPENDENCY_NOT_FOUND job .* depends on .*@q, which is not there/),
    ])
    expect(await q.counts()).toMatchObject({ queued: 2, deferred: 1 })
  })

  test('a parent in another queue is looked for at once', async () => {
    const elsewhere = await h.queue('b').enqueue(tasks.nothing)
    await elsewhere.delete()
    const multi = h.redis.multi()
    await expect(
      h.queue('a').with({ transaction: multi, dependsOn: elsewhere }).enqueue(tasks.nothing),
    ).rejects.toBeInstanceOf(DependencyNotFoundError)
    expect(await multi.exec()).toEqual([])
  })

  test('what is no open transaction is refused, and nothing is enqueued', async () => {
    const q = h.queue()
    const done = h.redis.multi().ping()
    await done.exec()
    const prefixed = new Redis(REDIS_URL, { keyPrefix: 'x:', lazyConnect: true })
    const wrong: [unknown, RegExp][] = [
      [{}, /expected what ioredis's redis.multi\(\) gives/],
      [Promise.resolve(), /got a Promise/],
      [done, /still open/],
      [prefixed.multi(), /keyPrefix of the queue's connection \(""\), got "x:"/],
    ]
    for (const [transaction, message] of wrong) {
      const enqueued = q.with({ transaction: transaction as never }).enqueue(tasks.nothing)
      await expect(enqueued).rejects.toThrow(message)
    }
    const multi = h.redis.multi()
    await expect(q.enqueueMany([callWith({ transaction: multi }, tasks.nothing)])).rejects.toThrow(
      /enqueueMany/,
    )
    const sync = h.queue('q', { async: false })
    await expect(sync.with({ transaction: multi }).enqueue(tasks.nothing)).rejects.toBeInstanceOf(
      InvalidArgumentError,
    )
    expect(await q.isEmpty()).toBe(true)
  })
})
