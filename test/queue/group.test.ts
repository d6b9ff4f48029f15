import { describe, expect, test } from 'vitest'
import { groupFollowUpId } from '../../lib/core/follow-ups.ts'
import {
  call,
  callWith,
  chain,
  chord,
  Group,
  GroupNotFoundError,
  GroupSealedError,
  Job,
  Queue,
  WaitTimeoutError,
} from '../../lib/index.ts'
import { Connection } from '../../lib/redis/connection.ts'
import { type RawStep, readStep, stepArgs } from '../../lib/redis/scripts.ts'
import { RedisStore } from '../../lib/redis/store.ts'
import { toTarget } from '../../lib/redis/target.ts'
import * as callbacks from '../fixtures/callbacks.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'
import { ending } from '../kit/stores.ts'

const h = harness()

const here = () => ({ connection: REDIS_URL, prefix: h.prefix })
const drain = (queues: string | string[] = 'q') => h.drain(queues, { paths: ['.'], concurrency: 5 })

describe('a group', () => {
  test('knows its jobs in their order and how far they have come', async () => {
    const q = h.queue()
    const group = await Group.create(here())
    const jobs = await group.enqueueMany(q, [call(tasks.add, 1, 2), call(tasks.fail), call(tasks.add, 3, 4)])
    await q.with({ group }).enqueue(tasks.nothing)
    expect(await group.progress()).toMatchObject({ total: 4, ended: 0, done: false })
    await drain()
    expect(await group.wait()).toMatchObject({ total: 4, ended: 4, finished: 3, failed: 1, done: false })
    expect((await group.jobs({ limit: 3 })).map(({ id }) => id)).toEqual(jobs.map(({ id }) => id))
  })

  test('calls back once, when it is sealed and the last of its jobs has ended, whichever queues they are in', async () => {
    const q = h.queue()
    const other = h.queue('other')
    const group = await Group.create({ ...here(), onComplete: callbacks.summary, queue: 'after' })
    await group.enqueueMany(q, [call(tasks.add, 1, 2), call(tasks.fail)])
    await group.enqueueMany(other, [call(tasks.nothing)])
    await drain(['q', 'other'])
    const after = h.queue('after')
    expect(await after.count()).toBe(0)
    await group.seal()
    await group.seal()
    expect(await after.jobIds()).toEqual([groupFollowUpId(await group.progress())])
    await drain('after')
    const [done] = await after.jobs('finished')
    expect(await done!.returnValue()).toMatchObject({
      id: group.id,
      total: 3,
      finished: 2,
      failed: 1,
      done: true,
    })
  })

  test('[F29] calls back by the job that ends last, with many workers', async () => {
    const q = h.queue()
    const group = await Group.create({ ...here(), onComplete: callbacks.summary, queue: 'after' })
    await group.enqueueMany(
      q,
      Array.from({ length: 50 }, (_, n) => call(tasks.echo, n)),
    )
    await group.seal()
    await Promise.all([drain(), drain(), drain()])
    expect(await h.queue('after').jobIds()).toEqual([groupFollowUpId(await group.progress())])
    expect(await group.progress()).toMatchObject({ finished: 50, done: true })
  })

  test('in the synchronous mode calls back as it is sealed, with jobs or without any', async () => {
    const q = h.queue('q', { async: false })
    const group = await Group.create({ ...here(), onComplete: callbacks.summary, queue: 'after' })
    const [job] = await group.enqueueMany(q, [call(tasks.add, 1, 2)])
    expect((await Job.fetch(job!.id, here())).status).toBe('finished')
    await group.seal()
    const options = { ...here(), async: false, onComplete: callbacks.summary, queue: 'after' }
    const empty = await Group.create(options)
    await empty.seal()
    await empty.seal()
    const after = h.queue('after')
    expect(await after.counts()).toMatchObject({ queued: 0, finished: 2 })
  })

  test('in memory is found by whoever says that it is there', async () => {
    const there = { prefix: h.prefix, async: false }
    const q = new Queue('q', there)
    const group = await Group.create(there)
    const [job] = await group.enqueueMany(q, [call(tasks.fail)])
    expect((await Job.fetch(job!.id, there)).status).toBe('failed')
    const [member] = await (await Group.fetch(group.id, there)).jobs()
    await member!.requeue()
    expect(member).toMatchObject({ status: 'failed', attempt: 1 })
    expect(await member!.runs()).toHaveLength(2)
  })

  test('without jobs is done as soon as it is sealed [rq trap]', async () => {
    const q = h.queue()
    const group = await Group.create({ ...here(), onComplete: callbacks.summary, queue: 'q' })
    expect(await group.enqueueMany(q, [])).toEqual([])
    await group.seal()
    expect(await q.count()).toBe(1)
    expect(await group.progress()).toMatchObject({ total: 0, done: true })
    await drain()
  })

  test('hears of jobs that are canceled, and of those whose record is gone', async () => {
    const q = h.queue()
    const group = await Group.create({ ...here(), onComplete: callbacks.summary, queue: 'after' })
    const [canceled, deleted] = await group.enqueueMany(q, [call(tasks.nothing), call(tasks.nothing)])
    await group.seal()
    await canceled!.cancel()
    await deleted!.delete()
    expect(await group.progress()).toMatchObject({ canceled: 1, ended: 1, done: false })
    // As though a minute had passed since they were counted in.
    await h.redis.hset(`${h.prefix}:{:group:${group.id}}:info`, 'touched', 0)
    const store = new RedisStore(new Connection(toTarget(REDIS_URL)), h.prefix)
    expect(await store.groups.tend()).toBe(1)
    await store.close()
    expect(await group.progress()).toMatchObject({ canceled: 1, lost: 1, done: true })
    expect(await h.queue('after').count()).toBe(1)
  })

  test('[F29] whose last word was cut off by a crash is completed by the next tick', async () => {
    const group = await Group.create({ ...here(), onComplete: callbacks.summary, queue: 'after' })
    // As the crash leaves it: done, and its callback not enqueued.
    await h.redis.hset(`${h.prefix}:{:group:${group.id}}:info`, { sealed: 1, done: 1 })
    const store = new RedisStore(new Connection(toTarget(REDIS_URL)), h.prefix)
    expect([await store.groups.tend(), await store.groups.tend()]).toEqual([1, 0])
    await store.close()
    expect(await h.queue('after').count()).toBe(1)
  })

  test('[F29] is completed by the next tick however many groups there have been, and members were lost', async () => {
    const store = new RedisStore(new Connection(toTarget(REDIS_URL)), h.prefix)
    const told = Array.from({ length: 300 }, (_, i) => `told-${i}`)
    for (const id of told) {
      await store.groups.create(id, undefined)
      await store.groups.seal(id)
    }
    const group = await Group.create({ ...here(), id: 'last', onComplete: callbacks.summary, queue: 'after' })
    const never = Array.from({ length: 450 }, (_, i) => `never-${i}@q` as const)
    await store.groups.add(group.id, never)
    await group.seal()
    await h.redis.hset(`${h.prefix}:{:group:last}:info`, 'touched', 0)
    expect(await store.groups.tend()).toBe(450)
    await store.close()
    expect(await group.progress()).toMatchObject({ total: 450, lost: 450, done: true })
    expect(await h.queue('after').count()).toBe(1)
    expect(await h.redis.exists(`${h.prefix}:groups:open`)).toBe(0)
  })

  test('counts a job that failed and then finished as finished', async () => {
    const q = h.queue()
    const group = await Group.create(here())
    const [job] = await group.enqueueMany(q, [call('./test/fixtures/tasks#failOnce', h.gate('once'))])
    await drain()
    expect(await group.progress()).toMatchObject({ failed: 1, ended: 1 })
    await job!.requeue()
    await drain()
    expect(await group.progress()).toMatchObject({ failed: 0, finished: 1, ended: 1, total: 1 })
  })

  test('calls back also where it has the id of one that was deleted', async () => {
    const q = h.queue()
    for (const n of [1, 2]) {
      const group = await Group.create({
        ...here(),
        id: 'again',
        onComplete: callbacks.summary,
        queue: 'after',
      })
      await q.with({ group }).enqueue(tasks.nothing)
      await group.seal()
      await drain(['q', 'after'])
      expect(await h.queue('after').count('finished')).toBe(n)
      await group.delete()
    }
  })

  test('takes no more jobs once it is sealed, and says so before any is enqueued', async () => {
    const q = h.queue()
    const group = await Group.create(here())
    await group.seal()
    await expect(group.enqueueMany(q, [call(tasks.nothing)])).rejects.toThrow(GroupSealedError)
    expect(await q.count()).toBe(0)
  })

  test('does not wait for a job that was refused', async () => {
    const q = h.queue()
    const group = await Group.create(here())
    await q.with({ id: 'taken' }).enqueue(tasks.nothing)
    await expect(q.with({ id: 'taken', group }).enqueue(tasks.nothing)).rejects.toThrow('taken')
    await group.seal()
    expect(await group.progress()).toMatchObject({ total: 1, lost: 1, done: true })
  })

  test('waits for a job that was enqueued a second time, which was refused', async () => {
    const q = h.queue()
    const group = await Group.create({ ...here(), onComplete: callbacks.summary, queue: 'after' })
    await q.with({ id: 'twice', group }).enqueue(tasks.nothing)
    await expect(q.with({ id: 'twice', group }).enqueue(tasks.nothing)).rejects.toThrow('twice')
    await group.seal()
    expect(await group.progress()).toMatchObject({ total: 1, ended: 0, done: false })
    expect(await h.queue('after').count()).toBe(0)
    await drain()
    expect(await group.progress()).toMatchObject({ total: 1, finished: 1, lost: 0, done: true })
  })

  test('is found by its id, listed, canceled and forgotten', async () => {
    const q = h.queue()
    const group = await Group.create({ ...here(), id: 'batch' })
    await group.enqueueMany(q, [call(tasks.nothing), call(tasks.nothing)])
    expect((await Group.all(here())).map(({ id }) => id)).toEqual(['batch'])
    await expect(Group.create({ ...here(), id: 'batch' })).rejects.toThrow('batch')
    expect(await (await Group.fetch('batch', here())).cancel()).toEqual({ canceled: 2, stopped: 0 })
    await group.delete()
    await expect(Group.fetch('batch', here())).rejects.toThrow(GroupNotFoundError)
    await expect(group.enqueueMany(q, [call(tasks.nothing)])).rejects.toThrow(GroupNotFoundError)
  })

  test('knows how its jobs ended once it has been waited for, though their worker died before it could tell', async () => {
    const q = h.queue()
    const group = await Group.create({ ...here(), onComplete: callbacks.summary, queue: 'after' })
    const [job] = await group.enqueueMany(q, [call(tasks.add, 1, 2)])
    await group.seal()
    const connection = new Connection(toTarget(REDIS_URL))
    const step = (args: object) =>
      connection.run<RawStep>(
        'step',
        h.base('q'),
        stepArgs('w', 30_000, 1_000, { endings: [], beginnings: [], want: 0, begin: true, held: 0, ...args }),
      )
    const [claimed] = readStep('q', await step({ want: 1 })).jobs
    // What the job's end owes to the group is left in the outbox.
    await step({ endings: [ending(claimed!)] })
    await connection.close()
    expect(await group.progress()).toMatchObject({ ended: 0, done: false })
    expect(await group.wait({ timeout: '5s' })).toMatchObject({ ended: 1, finished: 1, done: true })
    expect([await job!.result, await h.queue('after').count()]).toEqual([3, 1])
    await drain()
  })

  test('can be waited for, within a time', async () => {
    const group = await Group.create(here())
    await group.enqueueMany(h.queue(), [call(tasks.nothing)])
    await expect(group.wait({ timeout: '30ms' })).rejects.toThrow(WaitTimeoutError)
  })

  test('of synchronous jobs calls back in this process', async () => {
    const q = h.queue('q', { async: false })
    const group = await Group.create({ ...here(), onComplete: callbacks.summary, queue: 'q' })
    await group.enqueueMany(q, [call(tasks.add, 1, 2)])
    await group.seal()
    expect(await group.progress()).toMatchObject({ finished: 1, done: true })
  })
})

describe('a chain', () => {
  test('hands each result to the next one', async () => {
    const q = h.queue()
    const jobs = await chain(
      q,
      call(tasks.add, 1, 2),
      (three) => call(tasks.add, three, 10),
      (thirteen) => call(tasks.sum, thirteen, 100),
    )
    await drain()
    expect(await jobs[2].result).toBe(113)
  })

  test('of plain calls runs them one after the other, and ends where one fails', async () => {
    const q = h.queue()
    const jobs = await chain(
      q,
      call(tasks.nothing),
      call(tasks.fail),
      callWith({ meta: { n: 3 } }, tasks.nothing),
    )
    await drain()
    expect(await Promise.all(jobs.map(async (job) => (await job.refresh()).status))).toEqual([
      'finished',
      'failed',
      'deferred',
    ])
  })
})

describe('a chord', () => {
  test('gathers the results of many', async () => {
    const q = h.queue()
    const total = await chord(
      q,
      [1, 2, 3].map((n) => call(tasks.add, n, n)),
      (jobs) => call(tasks.sum, ...jobs),
    )
    await drain()
    expect(await total.result).toBe(12)
  })

  test('works without Redis too', async () => {
    const q = new Queue('q', { async: false, prefix: h.prefix })
    const total = await chord(q, [call(tasks.add, 1, 1), call(tasks.add, 2, 2)], (jobs) =>
      call(tasks.sum, ...jobs),
    )
    expect(await total.result).toBe(6)
  })
})
