import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  call,
  callWith,
  DependencyNotFoundError,
  DuplicateJobError,
  InvalidStateError,
  Job,
  JobCanceledError,
  JobFailedError,
  JobNotFoundError,
  Queue,
  type QueueOptions,
  SerializationError,
  WaitTimeoutError,
} from '../../lib/index.ts'
import { push, pushed } from '../fixtures/models.ts'
import * as models from '../fixtures/models-sync.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()

const inMemory = (name?: string, options?: QueueOptions) =>
  new Queue(name, { async: false, prefix: h.prefix, ...options })
const onRedis = (name?: string, options?: QueueOptions) => h.queue(name, { async: false, ...options })

describe.each([
  ['with no connection', inMemory],
  ['with Redis', onRedis],
])('%s', (_, queue) => {
  test('enqueue returns the job finished, with its result', async () => {
    const job = await queue().enqueue(tasks.addLater, 2, 3)
    expect(job).toMatchObject({ status: 'finished', attempt: 1, worker: expect.stringMatching(/^sync\./) })
    expect(job.startedAt!.getTime()).toBeLessThanOrEqual(job.endedAt!.getTime())
    expect([await job.result, await job.returnValue(), await job.wait({ timeout: 1 })]).toEqual([5, 5, 5])
  })

  test('or failed: what the job throws is kept, and not thrown here', async () => {
    const job = await queue().enqueue(tasks.fail, 'no luck')
    expect(job.status).toBe('failed')
    expect(job.error).toMatchObject({
      name: 'TypeError',
      message: 'no luck',
      cause: { message: 'the cause' },
    })
    await expect(job.result).rejects.toBeInstanceOf(JobFailedError)
  })

  test('a path works as a function does, and one that leads nowhere fails its job', async () => {
    const q = queue()
    expect(await (await q.enqueue('./test/fixtures/tasks#add', 1, 2)).result).toBe(3)
    const job = await q.enqueue('./test/fixtures/tasks#ad', 1, 2)
    expect(job.error).toMatchObject({
      name: 'InvalidJobError',
      message: expect.stringContaining("Did you mean 'add'"),
    })
  })

  test('arguments and results travel as data: what the task changes is its own', async () => {
    const given = { list: [1], when: new Date(5) }
    const job = await queue().enqueue(models.grow<typeof given>, given)
    expect(given.list).toEqual([1])
    const result = await job.result
    expect(result).toEqual({ list: [1, 2], when: new Date(5) })
    expect(result).not.toBe(given)
    expect(job.args).toEqual([given])
  })

  test('what cannot travel is refused at enqueue, and nothing is stored', async () => {
    const q = queue('refuses')
    await expect(q.enqueue(tasks.echo, { callback: () => {} })).rejects.toBeInstanceOf(SerializationError)
    expect(await q.counts()).toMatchObject({ queued: 0, finished: 0, failed: 0 })
  })

  test('a result that cannot travel leaves the job finished and says why', async () => {
    const job = await queue().enqueue(tasks.unserializable)
    expect(job.status).toBe('finished')
    await expect(job.result).rejects.toThrow(/return value could not be kept.*callback/)
  })

  test('a job over its timeout is told by its signal, and fails whatever it makes of that', async () => {
    const job = await queue().with({ timeout: '20ms' }).enqueue(models.untilAborted)
    expect(job).toMatchObject({ status: 'failed', error: { name: 'JobTimeoutError' } })
    expect(job.error!.message).toContain('timeout of 0.02 seconds')
  })

  test('a timeout longer than timers can count is no timeout', async () => {
    expect((await queue().with({ timeout: '30d' }).enqueue(tasks.addLater, 1, 2)).status).toBe('finished')
  })

  test('retries come at once, and every run is kept', async () => {
    const q = queue()
    const job = await q.with({ retry: { max: 5, interval: '1h' } }).enqueue(tasks.failUntil, 3)
    expect(job).toMatchObject({ status: 'finished', attempt: 3 })
    expect(await job.result).toBe(3)
    expect(
      (await job.runs()).map(({ attempt, outcome, error }) => [attempt, outcome, error?.message]),
    ).toEqual([
      [1, 'failed', 'attempt 1'],
      [2, 'failed', 'attempt 2'],
      [3, 'finished', undefined],
    ])
    expect(await q.with({ retry: 1 }).enqueue(tasks.failUntil, 9)).toMatchObject({
      status: 'failed',
      attempt: 2,
    })
  })

  test('a job as an argument hands over its result, across queues too', async () => {
    const [a, b] = [queue('a'), queue('b')]
    const sum = await b.enqueue(tasks.add, await a.enqueue(tasks.add, 1, 2), await b.enqueue(tasks.add, 3, 4))
    expect(await sum.result).toBe(10)
  })

  test('dependents of a failed job wait, and run within the requeue() that makes it finish, in their order', async () => {
    const [a, b] = [queue('a'), queue('b')]
    const list = randomUUID()
    const parent = await a.enqueue(models.flaky, list)
    const children = [
      await a.with({ dependsOn: parent }).enqueue(push, list, 'near'),
      await b.with({ dependsOn: parent }).enqueue(push, list, 'far'),
    ]
    const grandchild = await b.with({ dependsOn: children }).enqueue(push, list, 'last')
    expect([parent, ...children, grandchild].map((job) => job.status)).toEqual([
      'failed',
      'deferred',
      'deferred',
      'deferred',
    ])
    expect((await children[1]!.dependencies())[0]!.waitsBecause).toMatch(/failed with Error: not yet/)
    await expect(grandchild.wait({ timeout: '1ms' })).rejects.toBeInstanceOf(WaitTimeoutError)
    await parent.requeue()
    expect(parent.status).toBe('finished')
    expect(await parent.result).toBe(list)
    expect(pushed(list)).toEqual(['near', 'far', 'last'])
    await grandchild.result
  })

  test('a dependent that the job itself enqueues runs before the call returns', async () => {
    const list = randomUUID()
    const connection = queue === onRedis ? { connection: REDIS_URL } : {}
    const job = await queue('q').enqueue(
      models.followUp,
      { prefix: h.prefix, ...connection },
      './test/fixtures/models#push',
      list,
      'followed',
    )
    expect(await job.result).toMatch(/deferred$/)
    expect(pushed(list)).toEqual(['followed'])
  })

  test('allowFailure, a canceled parent and a missing one', async () => {
    const q = queue()
    const failed = await q.enqueue(tasks.fail)
    expect(
      await q.with({ dependsOn: { job: failed, allowFailure: true } }).enqueue(tasks.nothing),
    ).toMatchObject({
      status: 'finished',
    })
    const waiting = await q.with({ dependsOn: failed }).enqueue(tasks.nothing)
    await waiting.cancel('no more')
    const child = await q.with({ dependsOn: waiting }).enqueue(tasks.nothing)
    expect([child.status, child.reason]).toEqual([
      'canceled',
      `its dependency ${waiting.id}@${q.name} was canceled`,
    ])
    await expect(child.result).rejects.toBeInstanceOf(JobCanceledError)
    await expect(q.with({ dependsOn: 'nobody' }).enqueue(tasks.nothing)).rejects.toBeInstanceOf(
      DependencyNotFoundError,
    )
  })

  test('a scheduled job runs at once', async () => {
    const q = queue()
    const jobs = [
      await q.enqueueIn('1h', tasks.add, 1, 1),
      await q.enqueueAt(new Date(4e12), tasks.add, 1, 2),
      await q.with({ in: '1h', dependsOn: await q.enqueue(tasks.nothing) }).enqueue(tasks.add, 1, 3),
    ]
    expect(jobs.map((job) => job.status)).toEqual(['finished', 'finished', 'finished'])
    expect(await Promise.all(jobs.map((job) => job.result))).toEqual([2, 3, 4])
  })

  test('many run one after the other, in their order', async () => {
    const list = randomUUID()
    const jobs = await queue().enqueueMany([
      call(push, list, 'a'),
      callWith({ priority: -9 }, push, list, 'b'),
      call(tasks.fail),
      call('./test/fixtures/models#push', list, 'c'),
    ])
    expect(jobs.map((job) => job.status)).toEqual(['finished', 'finished', 'failed', 'finished'])
    expect(pushed(list)).toEqual(['a', 'b', 'c'])
  })

  test('currentJob() is there, and what the job reports is kept', async () => {
    const job = await queue('q')
      .with({ meta: { from: 'test' } })
      .enqueue(tasks.about)
    expect(await job.result).toMatchObject({ id: job.id, queue: 'q', attempt: 1, pid: process.pid })
    expect([job.meta, job.progress, await job.log()]).toEqual([
      { from: 'test', seen: true },
      { done: 1, of: 2 },
      ['a line'],
    ])
  })

  test('meta of values that JSON loses comes there and back', async () => {
    const meta = { none: undefined, at: new Date(0), big: 1n }
    const job = await queue('q').with({ meta }).enqueue(tasks.metaOf)
    expect(await job.result).toEqual(meta)
    expect(job.meta).toEqual({ ...meta, seen: new Set([1]) })
  })

  test('a result or an error that is kept for no time is the caller’s all the same', async () => {
    const q = queue('q')
    const job = await q.with({ resultTtl: 0 }).enqueue(tasks.add, 1, 2)
    expect([job.status, await job.result]).toEqual(['finished', 3])
    const failed = await q.with({ failureTtl: 0 }).enqueue(tasks.fail, 'no luck')
    expect([failed.status, failed.error?.message]).toEqual(['failed', 'no luck'])
    await expect(failed.result).rejects.toThrow('TypeError: no luck')
    expect([await q.fetchJob(job.id), await q.fetchJob(failed.id)]).toEqual([null, null])
    await expect(job.refresh()).rejects.toBeInstanceOf(JobNotFoundError)
  })

  test('what has had its time is gone, and what is kept for ever stays', async () => {
    const q = queue('q')
    const short = await q.with({ resultTtl: '1ms' }).enqueue(tasks.nothing)
    const long = await q.with({ resultTtl: -1 }).enqueue(tasks.nothing)
    await expect.poll(() => q.fetchJob(short.id)).toBeNull()
    expect((await q.fetchJob(long.id))!.status).toBe('finished')
  })

  test('an ended job can be listed, requeued and deleted, and refuses the rest', async () => {
    const q = queue('q')
    const job = await q.with({ id: 'mine', meta: { n: 1 } }).enqueue(models.flaky, randomUUID())
    await expect(q.with({ id: 'mine' }).enqueue(tasks.nothing)).rejects.toBeInstanceOf(DuplicateJobError)
    expect((await q.jobs('failed')).map(({ id }) => id)).toEqual(['mine'])
    for (const refused of [() => job.cancel(), () => job.stop()])
      await expect(refused()).rejects.toBeInstanceOf(InvalidStateError)
    expect(await q.requeue()).toBe(1)
    expect((await job.refresh()).status).toBe('finished')
    expect((await job.runs()).map((run) => run.outcome)).toEqual(['failed', 'finished'])
    await job.delete()
    expect(await q.fetchJob('mine')).toBeNull()
  })

  test('jobs that are enqueued at once run at once', async () => {
    const q = queue()
    const jobs = await Promise.all(Array.from({ length: 20 }, (_, n) => q.enqueue(tasks.addLater, n, 1)))
    expect(await Promise.all(jobs.map((job) => job.result))).toEqual(jobs.map((_, n) => n + 1))
  })
})

describe('with no connection', () => {
  test('a program needs no Redis and ends by itself, with nothing closed', async () => {
    const env = { ...process.env, REDIS_URL: 'redis://127.0.0.1:1' }
    const program = 'test/fixtures/models-sync-program.ts'
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program], {
      env,
      timeout: 25_000,
    })
    expect(stdout).toBe('5\n')
  })

  test('queues of one prefix share their jobs, those of another do not', async () => {
    const job = await inMemory('q').enqueue(tasks.nothing)
    expect((await inMemory('q').fetchJob(job.id))!.id).toBe(job.id)
    expect(await inMemory('q', { prefix: `${h.prefix}-other` }).fetchJob(job.id)).toBeNull()
    expect(await inMemory('other').fetchJob(job.id)).toBeNull()
  })

  test('no handle is left open', async () => {
    const before = process.getActiveResourcesInfo().sort()
    await inMemory().with({ timeout: '1h' }).enqueue(tasks.addLater, 1, 2)
    await inMemory().enqueue(tasks.fail)
    expect(process.getActiveResourcesInfo().sort()).toEqual(before)
  })

  test('a job that never answers is left to itself after a grace', async () => {
    const job = await inMemory().with({ timeout: '1ms' }).enqueue(models.deaf)
    expect(job).toMatchObject({ status: 'failed', error: { name: 'JobTimeoutError' } })
  })
})

describe('with Redis', () => {
  test('any process finds the job', async () => {
    const job = await onRedis('q').enqueue(tasks.add, 1, 2)
    expect(await (await Job.fetch(job.id, { connection: REDIS_URL, prefix: h.prefix })).result).toBe(3)
    expect(await h.queue('q').count('finished')).toBe(1)
    expect(await h.redis.pttl(`${h.base('q')}job:${job.id}`)).toBeGreaterThan(400_000)
  })

  test('a worker of the same queue never takes one', async () => {
    const worker = h.worker()
    const running = worker.run()
    await (await h.queue().enqueue('./tasks#nothing')).result
    const q = onRedis('q')
    const jobs = await Promise.all(Array.from({ length: 50 }, (_, n) => q.enqueue(tasks.addLater, n, 1)))
    for (const job of jobs) expect(job.worker).toMatch(/^sync\./)
    await worker.stop()
    expect(await running).toMatchObject({ finished: 1 })
  })

  test('one that ends leaves the lease to those that still run', async () => {
    const q = onRedis('q')
    const long = q.enqueue(tasks.hold, h.gate('long'))
    await h.reached('long')
    await q.enqueue(tasks.nothing)
    const [, until] = await h.redis.zrange(`${h.base('q')}workers`, '0', '0', 'WITHSCORES')
    expect(Number(until)).toBeGreaterThan(Date.now())
    await h.open('long')
    expect(await (await long).result).toBe('let go')
    expect(await h.redis.zcard(`${h.base('q')}workers`)).toBe(0)
  })
})
