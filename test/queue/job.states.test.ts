import { describe, expect, test } from 'vitest'
import {
  callWith,
  InvalidStateError,
  Job,
  JobCanceledError,
  JobNotFoundError,
  type JobStatus,
  type Queue,
} from '../../lib/index.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()

const here = () => ({ connection: REDIS_URL, prefix: h.prefix })
const drain = () => h.drain('q', { paths: ['.'] })

/** A job in each state, made by the public surface. */
const inState: { readonly [S in JobStatus]: (q: Queue) => Promise<Job> } = {
  queued: (q) => q.enqueue(tasks.nothing),
  scheduled: (q) => q.enqueueIn('1h', tasks.nothing),
  deferred: async (q) => q.with({ dependsOn: await q.enqueueIn('1h', tasks.nothing) }).enqueue(tasks.nothing),
  async limited(q) {
    // The first takes the only place, and holds it.
    const limit = { key: 'one', concurrency: 1 }
    const [, second] = await q.enqueueMany([
      callWith({ limit }, './tasks#hold', h.gate('state'), true),
      callWith({ limit }, tasks.nothing),
    ])
    void h.worker('q', { shutdownTimeout: '1ms', concurrency: 2 }).run()
    await h.reached('state')
    await expect.poll(async () => (await second.refresh()).status).toBe('limited')
    return second
  },
  async started(q) {
    const job = await q.enqueue('./tasks#hold', h.gate('state'), true)
    void h.worker('q', { shutdownTimeout: '1ms' }).run()
    await h.reached('state')
    await expect.poll(async () => (await job.refresh()).status).toBe('started')
    return job
  },
  async finished(q) {
    const job = await q.enqueue(tasks.nothing)
    await drain()
    return job.refresh()
  },
  async failed(q) {
    const job = await q.enqueue(tasks.fail)
    await drain()
    return job.refresh()
  },
  async stopped(q) {
    const job = await inState.started(q)
    await job.stop()
    await job.wait().catch(() => {})
    return job.refresh()
  },
  async canceled(q) {
    const job = await q.enqueue(tasks.nothing)
    await job.cancel()
    return job
  },
}

describe('what can be done with it in each state', () => {
  const allowed: { readonly [S in JobStatus]: readonly string[] } = {
    // What is so already may be asked for again: an answer may have been lost.
    queued: ['cancel', 'delete', 'requeue'],
    scheduled: ['cancel', 'delete'],
    deferred: ['cancel', 'delete', 'requeue'],
    limited: ['cancel', 'delete', 'requeue'],
    started: ['stop'],
    finished: ['delete'],
    failed: ['requeue', 'delete'],
    stopped: ['requeue', 'delete'],
    canceled: ['cancel', 'requeue', 'delete'],
  }
  const actions = ['cancel', 'stop', 'requeue', 'delete'] as const
  const cases = Object.keys(allowed).flatMap((state) => actions.map((action) => [state, action] as const))

  test.each(cases)('%s: %s()', async (state, action) => {
    const job = await inState[state as JobStatus](h.queue())
    expect(job.status).toBe(state)
    if (allowed[state as JobStatus].includes(action)) {
      await job[action]()
      return
    }
    const error = await job[action]().catch((error) => error)
    expect(error).toBeInstanceOf(InvalidStateError)
    expect(error).toMatchObject({ code: 'INVALID_STATE', jobId: job.id, status: state })
    expect(error.message).toContain(`cannot ${action} job ${job.id}`)
    expect((await job.refresh()).status).toBe(state)
  })

  test('a job that is gone refuses everything as not found', async () => {
    const job = await h.queue().enqueue(tasks.nothing)
    await job.delete()
    for (const action of [...actions, 'refresh', 'wait', 'returnValue', 'runs'] as const)
      await expect(job[action]()).rejects.toBeInstanceOf(JobNotFoundError)
    expect([await job.position(), await job.dependencies(), await job.dependents(), await job.log()]).toEqual(
      [null, [], [], []],
    )
  })

  test('the hint says what to do instead', async () => {
    const q = h.queue()
    const queued = await inState.queued(q)
    await expect(queued.stop()).rejects.toThrow('it is queued; use cancel() for a job that waits')
    await queued.cancel()
    const started = await inState.started(q)
    await expect(started.cancel()).rejects.toThrow('it is started; use stop() for a job that runs')
    await expect(started.delete()).rejects.toThrow('it is started; stop() it first')
    await expect(started.requeue()).rejects.toThrow('expected failed, stopped or canceled')
  })
})

describe('cancel', () => {
  test('keeps the reason, tells those who wait, and no worker runs the job', async () => {
    const q = h.queue()
    const list = `${h.prefix}:order`
    const job = await q.enqueue(tasks.note, list, 'x')
    const waiting = job.result
    waiting.catch(() => {})
    await job.cancel('not wanted any more')
    expect(job).toMatchObject({
      status: 'canceled',
      reason: 'not wanted any more',
      endedAt: expect.any(Date),
    })
    const error = await waiting.catch((error) => error)
    expect(error).toBeInstanceOf(JobCanceledError)
    expect(error).toMatchObject({
      status: 'canceled',
      message: expect.stringContaining('not wanted any more'),
    })
    expect(await drain()).toMatchObject({ finished: 0 })
    expect(await h.redis.exists(list)).toBe(0)
    expect(await job.runs()).toEqual([])
  })
})

describe('finding jobs', () => {
  test('Job.fetch finds an id in whichever queue it is', async () => {
    const [a, b] = [h.queue('a'), h.queue('b')]
    await a.enqueue(tasks.nothing)
    const job = await b.with({ id: 'elsewhere' }).enqueue(tasks.add, 1, 2)
    const found = await Job.fetch<number>('elsewhere', here())
    expect([found.id, found.queue, found.args]).toEqual([job.id, 'b', [1, 2]])
    await expect(Job.fetch('nobody', here())).rejects.toBeInstanceOf(JobNotFoundError)
  })

  test('a queue knows its own jobs only', async () => {
    const [a, b] = [h.queue('a'), h.queue('b')]
    const job = await b.enqueue(tasks.nothing)
    expect(await a.fetchJob(job.id)).toBeNull()
    expect((await b.fetchJob(job.id))!.id).toBe(job.id)
  })

  test('pages, ids and counts of every state', async () => {
    const q = h.queue()
    const ids: string[] = []
    for (let n = 0; n < 7; n++) ids.push((await q.with({ id: `j${n}` }).enqueue(tasks.add, n, 0)).id)
    expect(await q.jobIds('queued', { offset: 2, limit: 3 })).toEqual(['j2', 'j3', 'j4'])
    expect((await q.jobs('queued', { offset: 5 })).map((job) => job.args[0])).toEqual([5, 6])
    expect(await q.jobs('queued', { offset: 7 })).toEqual([])
    expect(await q.jobs('queued', { limit: 0 })).toEqual([])
    for (const limit of [Number.POSITIVE_INFINITY, Number.NaN, 1.5, -1]) {
      const refused = `limit: expected a whole number, 0 or more, got ${limit}`
      await expect(q.jobIds('queued', { limit })).rejects.toThrow(refused)
      await expect(q.registry('queued').entries({ limit })).rejects.toThrow(refused)
    }
    await expect(q.jobs('queued', { offset: -1 })).rejects.toThrow('offset: expected a whole number')
    expect([await q.count(), await q.count('finished')]).toEqual([7, 0])
    await (await q.fetchJob('j6'))!.cancel()
    await inState.scheduled(q)
    await inState.deferred(q)
    await drain()
    expect(await q.counts()).toEqual({
      queued: 0,
      scheduled: 2,
      limited: 0,
      deferred: 1,
      started: 0,
      finished: 6,
      failed: 0,
      stopped: 0,
      canceled: 1,
    })
    for (const state of ['scheduled', 'deferred', 'finished', 'canceled'] as const) {
      const jobs = await q.jobs(state)
      expect(jobs.map((job) => job.status)).toEqual(jobs.map(() => state))
      expect(jobs).toHaveLength(await q.count(state))
    }
  })

  test('a started job is listed and counted as such', async () => {
    const q = h.queue()
    const job = await inState.started(q)
    expect([await q.jobIds('started'), await q.count('started')]).toEqual([[job.id], 1])
    expect((await q.jobs('started'))[0]!.status).toBe('started')
  })

  test('dependencies and dependents name each other', async () => {
    const [a, b] = [h.queue('a'), h.queue('b')]
    const parent = await a.enqueue(tasks.add, 1, 2)
    const near = await a.with({ dependsOn: parent }).enqueue(tasks.nothing)
    const far = await b.enqueue(tasks.add, parent, 1)
    expect((await parent.dependents()).map((job) => [job.id, job.queue])).toEqual([
      [near.id, 'a'],
      [far.id, 'b'],
    ])
    expect(await far.dependencies()).toEqual([
      {
        id: parent.id,
        queue: 'a',
        state: 'waits',
        status: 'queued',
        waitsBecause: `tasks.add (${parent.id}) in queue a is queued`,
        result: undefined,
      },
    ])
    await h.drain('a', { paths: ['.'] })
    expect(await far.dependencies()).toMatchObject([
      { state: 'finished', result: 3, waitsBecause: undefined },
    ])
    expect(await parent.dependents()).toEqual([])
  })
})
