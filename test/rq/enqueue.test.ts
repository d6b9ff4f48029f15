import { describe, expect, test } from 'vitest'
import {
  call,
  callWith,
  DuplicateJobError,
  InvalidArgumentError,
  InvalidStateError,
  Job,
  JobNotFoundError,
  Queue,
} from '../../lib/index.ts'
import * as tasks from '../fixtures/tasks.ts'
import { shiftFields } from '../kit/elapse.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()
const here = () => ({ connection: REDIS_URL, prefix: h.prefix })

describe('enqueue', () => {
  test('stores the job, lists its id and registers the queue [rq 1]', async () => {
    const q = h.queue('low')
    const job = await q.enqueue(tasks.add, 1, 2)
    expect(await q.jobIds()).toEqual([job.id])
    expect(await h.redis.exists(`${h.base('low')}job:${job.id}`)).toBe(1)
    expect((await Queue.all(here())).map(({ name }) => name)).toEqual(['low'])
    const stored = (await q.fetchJob(job.id))!
    expect([stored.status, stored.isQueued, stored.origin]).toEqual(['queued', true, 'low'])
    expect(stored.enqueuedAt).toBeInstanceOf(Date)
  })

  test('by path gives what a direct call gives [rq 2]', async () => {
    const job = await h.queue().enqueue('./tasks#add', 3, 4)
    await h.drain()
    expect(await job.result).toBe(tasks.add(3, 4))
  })

  test('takes a list of arguments in the explicit form, and nothing else [rq 4]', async () => {
    const q = h.queue()
    const job = await q.enqueueCall({ func: tasks.add, args: [3, 4] })
    expect(job.args).toEqual([3, 4])
    await expect(q.enqueueCall({ func: tasks.add, args: 3 as never })).rejects.toThrow(InvalidArgumentError)
    expect(await q.count()).toBe(1)
  })

  test('keeps the timeout that is given, else the queue’s, else the default; 0 is an error [rq 5]', async () => {
    const q = h.queue('q', { defaults: { timeout: '1m' } })
    expect((await q.with({ timeout: 15 }).enqueue(tasks.nothing)).timeout).toBe(15)
    expect((await q.enqueue(tasks.nothing)).timeout).toBe(60)
    const plain = await h.queue('plain').enqueue(tasks.nothing)
    expect([plain.timeout, plain.resultTtl, plain.failureTtl, plain.ttl]).toEqual([
      180,
      500,
      31_536_000,
      null,
    ])
    const endless = { timeout: -1, resultTtl: -1, failureTtl: 0, ttl: '2m' } as const
    const job = await q.with(endless).enqueue(tasks.nothing)
    const seen = [job, (await q.fetchJob(job.id))!]
    for (const { timeout, resultTtl, failureTtl, ttl } of seen)
      expect([timeout, resultTtl, failureTtl, ttl]).toEqual([null, null, 0, 120])
    await expect(q.with({ timeout: 0 }).enqueue(tasks.nothing)).rejects.toThrow(InvalidArgumentError)
  })

  test('an option that does not exist is an error, never swallowed [rq trap]', async () => {
    expect(() => new Queue('q', { resultTtl: 5 } as never)).toThrow(InvalidArgumentError)
    await expect(
      h
        .queue()
        .with({ jobTimeout: 5 } as never)
        .enqueue(tasks.nothing),
    ).rejects.toThrow("unknown option 'jobTimeout'")
  })

  test('keeps meta [rq 7]', async () => {
    const q = h.queue()
    const job = await q.with({ meta: { user: 7, tags: ['a'] } }).enqueue(tasks.nothing)
    expect((await q.fetchJob(job.id))!.meta).toEqual({ user: 7, tags: ['a'] })
  })

  test('at the front goes ahead of what waits [rq 8]', async () => {
    const q = h.queue()
    const [first, second] = await q.enqueueMany([
      call(tasks.nothing),
      callWith({ atFront: true }, tasks.nothing),
    ])
    expect(await q.jobIds()).toEqual([second.id, first.id])
  })

  test('of many keeps the order of the input, whatever depends on what [rq trap]', async () => {
    const q = h.queue()
    const done = await q.enqueue(tasks.nothing)
    await h.drain('q', { paths: ['.'] })
    const open = await q.enqueue(tasks.nothing)
    const jobs = await q.enqueueMany([
      callWith({ dependsOn: done, description: 'a' }, tasks.nothing),
      callWith({ dependsOn: open, description: 'b' }, tasks.nothing),
      callWith({ description: 'c' }, tasks.nothing),
    ])
    expect(jobs.map(({ description }) => description)).toEqual(['a', 'b', 'c'])
    expect((await q.jobs()).map(({ description }) => description)).toEqual(['tasks.nothing', 'a', 'c'])
  })

  test('of many, one may depend on another of the same batch by its id', async () => {
    const q = h.queue()
    const jobs = await q.enqueueMany([
      callWith({ id: 'parent' }, tasks.nothing),
      callWith({ dependsOn: 'parent' }, tasks.nothing),
      call(tasks.nothing),
    ])
    expect(jobs.map(({ status }) => status)).toEqual(['queued', 'deferred', 'queued'])
    expect((await jobs[1].dependencies()).map(({ id }) => id)).toEqual(['parent'])
    await h.drain('q', { paths: ['.'] })
    expect((await jobs[1].refresh()).isFinished).toBe(true)
    const upsideDown = [
      callWith({ dependsOn: 'later' }, tasks.nothing),
      callWith({ id: 'later' }, tasks.nothing),
    ]
    await expect(q.enqueueMany(upsideDown)).rejects.toThrow('later is not there')
  })

  test('an id that is taken is refused in any state; what was stored stays; after delete() it is free [rq 19]', async () => {
    const q = h.queue()
    const options = { id: 'mine', meta: { n: 1 } }
    const job = await q.with(options).enqueue(tasks.add, 1, 2)
    const again = () => q.with({ id: 'mine' }).enqueue(tasks.add, 3, 4)
    await expect(again()).rejects.toBeInstanceOf(DuplicateJobError)
    expect((await q.fetchJob('mine'))!).toMatchObject({ args: [1, 2], meta: { n: 1 } })
    await h.drain('q', { paths: ['.'] })
    await expect(again()).rejects.toBeInstanceOf(DuplicateJobError)
    await job.delete()
    expect((await again()).args).toEqual([3, 4])
    expect(await q.count()).toBe(1)
  })

  test('an id twice never runs a job twice with the arguments of the second [rq trap]', async () => {
    const q = h.queue()
    const list = `${h.prefix}:ran`
    await q.with({ id: 'mine' }).enqueue(tasks.note, list, 'first')
    await q
      .with({ id: 'mine' })
      .enqueue(tasks.note, list, 'second')
      .catch(() => {})
    await h.drain('q', { paths: ['.'] })
    expect(await h.redis.lrange(list, 0, -1)).toEqual(['first'])
  })

  test('an id of one’s own goes together with dependencies, and without one ids never clash [rq 20]', async () => {
    const q = h.queue()
    const parent = await q.enqueue(tasks.nothing)
    const child = await q.with({ id: 'child', dependsOn: parent }).enqueue(tasks.nothing)
    expect(child.status).toBe('deferred')
    await expect(q.with({ id: 'child', dependsOn: parent }).enqueue(tasks.nothing)).rejects.toBeInstanceOf(
      DuplicateJobError,
    )
    expect((await q.enqueue(tasks.nothing)).id).not.toBe(parent.id)
  })

  test('for a time refuses an id that is taken too [rq trap]', async () => {
    const q = h.queue()
    await q.with({ id: 'mine' }).enqueueIn('1h', tasks.nothing)
    await expect(q.with({ id: 'mine' }).enqueueIn('1h', tasks.nothing)).rejects.toBeInstanceOf(
      DuplicateJobError,
    )
  })
})

describe('a queue', () => {
  test('that is emptied keeps nothing of its jobs, and says how many they were [rq 11]', async () => {
    const q = h.queue()
    await q.enqueueMany(Array.from({ length: 250 }, (_, n) => call(tasks.add, n, 1)))
    const later = await q.enqueueIn('1h', tasks.nothing)
    const progress: number[] = []
    expect(await q.empty({ onProgress: (deleted) => progress.push(deleted) })).toBe(250)
    expect(progress).toEqual([100, 200, 250])
    expect([await q.isEmpty(), await q.jobIds('scheduled')]).toEqual([true, [later.id]])
    expect(await h.redis.keys(`${h.base('q')}job:*`)).toHaveLength(1)
    expect(await q.empty()).toBe(0)
  })

  test('that is emptied tells those who wait: no dependent is stuck [rq trap]', async () => {
    const [q, other] = [h.queue(), h.queue('other')]
    const parent = await q.enqueue(tasks.nothing)
    const children = [
      await q.with({ dependsOn: parent }).enqueue(tasks.nothing),
      await other.with({ dependsOn: parent }).enqueue(tasks.nothing),
    ]
    await q.empty()
    for (const child of children) {
      await child.refresh()
      expect([child.status, child.reason]).toEqual(['canceled', expect.stringContaining('was deleted')])
    }
    await expect(parent.result).rejects.toThrow('not there')
  })

  test('knows the position of each job, and null for one that is not there [rq 13]', async () => {
    const q = h.queue()
    const jobs = await q.enqueueMany([call(tasks.nothing), call(tasks.nothing), call(tasks.nothing)])
    expect(await Promise.all(jobs.map((job) => q.positionOf(job)))).toEqual([0, 1, 2])
    expect(await Promise.all(jobs.map((job) => job.position()))).toEqual([0, 1, 2])
    expect(await q.positionOf('nobody')).toBeNull()
  })

  test('keeps the order of the others when one is removed [rq 14]', async () => {
    const q = h.queue()
    const [a, b, c] = await q.enqueueMany([call(tasks.nothing), call(tasks.nothing), call(tasks.nothing)])
    expect(await q.remove(b)).toBe(true)
    expect(await q.jobIds()).toEqual([a.id, c.id])
    await b.refresh()
    expect([b.isCanceled, b.reason]).toEqual([true, 'removed from queue q'])
    expect(await q.remove('nobody')).toBe(false)
    await h.drain('q', { paths: ['.'] })
    expect(await q.remove(a)).toBe(false)
    expect((await b.refresh()).status).toBe('canceled')
  })

  test('stays listed when it is drained, and is listed when all of it is deferred [rq 16]', async () => {
    const [a, b] = [h.queue('a'), h.queue('b')]
    const parent = await a.enqueueIn('1h', tasks.nothing)
    await b.with({ dependsOn: parent }).enqueue(tasks.nothing)
    await h.queue('c').enqueue(tasks.nothing)
    await h.drain('c', { paths: ['.'] })
    expect((await Queue.all(here())).map(String)).toEqual(["Queue('a')", "Queue('b')", "Queue('c')"])
  })

  test('fetches its own jobs, and null for what is missing or elsewhere [rq 17]', async () => {
    const [a, b] = [h.queue('a'), h.queue('b')]
    const job = await a.enqueue(tasks.nothing)
    expect((await a.fetchJob(job.id))!.id).toBe(job.id)
    expect([await a.fetchJob('nobody'), await b.fetchJob(job.id)]).toEqual([null, null])
  })

  test('equals another of its name, and names sort [rq 22]', () => {
    const names = ['low', 'high', 'default', 'high'].map((name) => h.queue(name))
    expect(names.sort(Queue.compare).map(({ name }) => name)).toEqual(['default', 'high', 'high', 'low'])
    expect(names[1]!.equals(names[2]!)).toBe(true)
    expect(names[0]!.equals(names[1]!)).toBe(false)
    expect(names[0]!.equals(h.queue('default', { prefix: `${h.prefix}x` }))).toBe(false)
  })

  test('tells how long the next job has been waiting', async () => {
    const q = h.queue()
    expect(await q.latencyMs()).toBe(0)
    const job = await q.enqueue(tasks.nothing)
    await shiftFields(h.redis, `${h.base('q')}job:${job.id}`, 5_000)
    expect(await q.latencyMs()).toBeGreaterThanOrEqual(5_000)
    expect(await q.latencyMs()).toBeLessThan(15_000)
  })

  test('is deleted with all its jobs, and comes back with the next', async () => {
    const q = h.queue('gone')
    await q.enqueue(tasks.nothing)
    await q.enqueue(tasks.fail)
    await h.drain('gone', { paths: ['.'] })
    const parent = await q.enqueue(tasks.nothing)
    await q.with({ dependsOn: parent }).enqueue(tasks.nothing)
    await q.enqueueIn('1h', tasks.nothing)
    await expect(q.delete({ deleteJobs: false })).rejects.toBeInstanceOf(InvalidStateError)
    await q.delete()
    expect(await Queue.all(here())).toEqual([])
    // What a worker noted of its last flush, and that it was deleted, expires by itself.
    for (const key of await h.redis.keys(`${h.base('gone')}*`))
      expect([key, (await h.redis.pttl(key)) > 0]).toEqual([
        expect.stringMatching(/:(flushed:.*|flags)$/),
        true,
      ])
    await q.delete({ deleteJobs: false })
    await q.enqueue(tasks.nothing)
    expect(await Queue.all(here())).toHaveLength(1)
  })

  test('is not deleted while a job runs', async () => {
    const q = h.queue()
    await q.enqueue('./tasks#hold', h.gate('delete'))
    const worker = h.worker()
    const running = worker.run()
    await h.reached('delete')
    await expect(q.delete()).rejects.toThrow(
      /cannot delete queue q: job .* is started in it; stop\(\) what runs/,
    )
    await h.open('delete')
    await worker.stop()
    await running
  })
})

describe('a job from outside', () => {
  test('has its meta replaced or merged; one that is gone stays gone [rq 40]', async () => {
    const q = h.queue()
    const job = await q.with({ meta: { a: 1 } }).enqueue(tasks.nothing)
    const other = (await q.fetchJob(job.id))!
    await job.updateMeta({ b: 2 })
    await other.updateMeta({ c: 3, a: undefined })
    expect((await job.refresh()).meta).toEqual({ b: 2, c: 3 })
    await job.saveMeta({ d: new Date(5) })
    expect([job.meta, (await q.fetchJob(job.id))!.meta]).toEqual([{ d: new Date(5) }, { d: new Date(5) }])
    await expect(job.saveMeta([] as never)).rejects.toThrow('meta: expected a plain object')
    await job.delete()
    for (const write of [() => job.saveMeta({ e: 1 }), () => job.updateMeta({ e: 1 })])
      await expect(write()).rejects.toBeInstanceOf(JobNotFoundError)
    expect(await h.redis.exists(`${h.base('q')}job:${job.id}`)).toBe(0)
  })

  test('loses nothing of its meta when many merge at once', async () => {
    const job = await h.queue().enqueue(tasks.nothing)
    const names = Array.from({ length: 20 }, (_, n) => `n${n}`)
    await Promise.all(names.map((name) => job.updateMeta({ [name]: true })))
    expect(Object.keys((await job.refresh()).meta).sort()).toEqual(names.sort())
  })

  test('is fetched with others in the order of their ids, with null for what is missing', async () => {
    const [a, b] = [h.queue('a'), h.queue('b')]
    const [one, two] = [await a.enqueue(tasks.add, 1, 1), await b.enqueue(tasks.add, 2, 2)]
    const found = await Job.fetchMany([two.id, 'nobody', one.id, two.id], here())
    expect(found.map((job) => job && [job.id, job.queue])).toEqual([
      [two.id, 'b'],
      null,
      [one.id, 'a'],
      [two.id, 'b'],
    ])
    expect(await Job.fetchMany([], here())).toEqual([])
    expect([await Job.exists(one.id, here()), await Job.exists('nobody', here())]).toEqual([true, false])
  })
})
