import { setImmediate } from 'node:timers/promises'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  InvalidArgumentError,
  InvalidStateError,
  Job,
  JobCanceledError,
  JobFailedError,
  JobNotFoundError,
  type JobStatus,
  type Queue,
  WaitTimeoutError,
} from '../../lib/index.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()

const here = () => ({ connection: REDIS_URL, prefix: h.prefix })
const drain = () => h.drain('q', { paths: ['.'] })

describe('what a job shows', () => {
  test('after enqueue: all that was given, before any worker has seen it', async () => {
    const q = h.queue()
    const before = Date.now()
    const options = { id: 'mine', priority: 3, description: 'adds', meta: { from: 'test' } }
    const job = await q.with(options).enqueue(tasks.add, 2, 3)
    expect(job).toMatchObject({
      id: 'mine',
      queue: 'q',
      func: './test/fixtures/tasks#add',
      args: [2, 3],
      status: 'queued',
      description: 'adds',
      priority: 3,
      meta: { from: 'test' },
      attempt: 0,
      recoveries: 0,
    })
    expect(job.createdAt.getTime()).toBeGreaterThanOrEqual(before)
    expect(job.enqueuedAt).toEqual(job.createdAt)
    for (const none of [
      'scheduledFor',
      'startedAt',
      'endedAt',
      'worker',
      'progress',
      'error',
      'reason',
    ] as const)
      expect(job[none]).toBeUndefined()
  })

  test('after fetch the same, by the clock of Redis', async () => {
    const q = h.queue()
    const job = await q.with({ priority: 3, meta: { from: 'test' } }).enqueue(tasks.echo, { deep: [1] })
    const fetched = await q.fetchJob(job.id)
    for (const name of ['id', 'queue', 'func', 'args', 'status', 'description', 'priority', 'meta'] as const)
      expect(fetched![name]).toEqual(job[name])
    expect(Math.abs(fetched!.createdAt.getTime() - job.createdAt.getTime())).toBeLessThan(5_000)
  })

  test('a scheduled job says when it is due', async () => {
    const job = await h.queue().enqueueAt(new Date(4e12), tasks.nothing)
    await job.refresh()
    expect([job.status, job.scheduledFor, job.enqueuedAt]).toEqual(['scheduled', new Date(4e12), undefined])
  })

  test('its properties stay as they were seen until refresh()', async () => {
    const q = h.queue()
    const job = await q.enqueue(tasks.add, 2, 3)
    const seen = await q.fetchJob(job.id)
    await drain()
    expect(seen!.status).toBe('queued')
    expect(await seen!.refresh()).toBe(seen)
    expect(seen).toMatchObject({ status: 'finished', attempt: 1, worker: expect.any(String) })
    expect(seen!.startedAt!.getTime()).toBeLessThanOrEqual(seen!.endedAt!.getTime())
    expect(seen!.startedAt!.getTime()).toBeGreaterThanOrEqual(seen!.createdAt.getTime())
  })

  test('a job that runs shows its worker, and what it has reported so far', async () => {
    const q = h.queue()
    const job = await q.enqueue('./tasks#hold', h.gate('shown'))
    const worker = h.worker('q', { name: 'wanda' })
    const running = worker.run()
    await h.reached('shown')
    await expect.poll(async () => (await job.refresh()).status).toBe('started')
    expect(job).toMatchObject({ worker: 'wanda', attempt: 1, endedAt: undefined })
    expect((await job.runs()).map((run) => [run.worker, run.outcome, run.endedAt])).toEqual([
      ['wanda', 'started', undefined],
    ])
    await h.open('shown')
    await worker.stop()
    await running
  })

  test('the log shows what it is: its id, function, state and when it was enqueued', async () => {
    const job = await h.queue().with({ id: 'x1' }).enqueue(tasks.add, 1, 2)
    expect(inspect(job)).toBe(
      `Job('x1', ./test/fixtures/tasks#add, queued, enqueuedAt=${job.enqueuedAt!.toISOString()})`,
    )
    expect(`${inspect({ job })}`).toContain("Job('x1', ")
  })

  test('where a Job stood among the arguments stands undefined', async () => {
    const q = h.queue()
    const a = await q.enqueue(tasks.add, 1, 2)
    const b = await q.enqueue(tasks.add, a, 7)
    expect(b.args).toEqual([undefined, 7])
    expect((await q.fetchJob(b.id))!.args).toEqual([undefined, 7])
  })
})

describe('its result', () => {
  test('a job is never thenable: awaiting it gives the job', async () => {
    const job = await h.queue().enqueue(tasks.add, 1, 2)
    expect('then' in job).toBe(false)
    expect(await job).toBe(job)
    expect(await Promise.resolve(job)).toBe(job)
  })

  test('is a promise made on first access, and the same one from then on', async () => {
    const q = h.queue()
    const job = await q.enqueue(tasks.add, 1, 2)
    // Nobody is noted as waiting before it is asked for.
    expect(await h.redis.exists(`${h.base('q')}watched`)).toBe(0)
    const { result } = job
    expect(job.result).toBe(result)
    await drain()
    expect(await result).toBe(3)
    expect(job.result).toBe(result)
  })

  test.each([
    ['undefined', tasks.nothing, [], undefined],
    ['null', tasks.echo, [null], null],
    ['false', tasks.echo, [false], false],
    ['an empty string', tasks.echo, [''], ''],
    ['NaN', tasks.echo, [Number.NaN], Number.NaN],
    ['several lines', tasks.echo, ['a\nb\n'], 'a\nb\n'],
  ] as [string, (...args: unknown[]) => unknown, unknown[], unknown][])(
    'may be %s',
    async (_, fn, args, expected) => {
      const q = h.queue()
      const job = await q.enqueue(fn, ...args)
      const waiting = job.result
      await drain()
      expect(await waiting).toEqual(expected)
      expect(await job.wait()).toEqual(expected)
      expect(await job.returnValue()).toEqual(expected)
    },
  )

  test('returnValue() does not wait, and is undefined for what has not finished', async () => {
    const q = h.queue()
    const [good, bad] = [await q.enqueue(tasks.add, 1, 2), await q.enqueue(tasks.fail)]
    expect(await good.returnValue()).toBeUndefined()
    await drain()
    expect(await good.returnValue()).toBe(3)
    expect(await bad.returnValue()).toBeUndefined()
    expect(good.status).toBe('finished')
  })

  test('wait() gives up after its timeout, and the job goes on', async () => {
    const q = h.queue()
    const job = await q.enqueue(tasks.add, 1, 2)
    const error = await job.wait({ timeout: '20ms' }).catch((error) => error)
    expect(error).toBeInstanceOf(WaitTimeoutError)
    expect(error).toMatchObject({
      jobId: job.id,
      message: expect.stringContaining('within 0.02 s; it goes on'),
    })
    await drain()
    expect(await job.wait({ timeout: 5 })).toBe(3)
    await expect(job.wait({ timeout: 'soon' })).rejects.toBeInstanceOf(InvalidArgumentError)
  })

  test('wait() ends with the signal it was given', async () => {
    const job = await h.queue().enqueue(tasks.nothing)
    const reason = new Error('no more time')
    await expect(job.wait({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const waiting = job.wait({ signal: controller.signal, timeout: '1h' })
    await setImmediate()
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
  })

  test('of a failed job is a JobFailedError, whose cause is the job’s own error with its causes', async () => {
    const q = h.queue()
    const job = await q.with({ description: 'tries' }).enqueue(tasks.fail, 'no luck')
    await drain()
    const error: JobFailedError = await job.result.then(
      () => undefined!,
      (error) => error,
    )
    expect(error).toBeInstanceOf(JobFailedError)
    expect(error).toMatchObject({
      code: 'JOB_FAILED',
      jobId: job.id,
      message: `job ${job.id} (tries) failed: TypeError: no luck`,
    })
    expect(error.cause).toMatchObject({
      name: 'TypeError',
      message: 'no luck',
      cause: { message: 'the cause' },
    })
    expect((error.cause as Error).stack).toMatch(/at fail .*fixtures\/tasks/)
    await job.refresh()
    expect(job.error).toMatchObject({
      name: 'TypeError',
      message: 'no luck',
      cause: { message: 'the cause' },
    })
  })

  test('of a job that is gone is a JobNotFoundError, for those who never saw it end', async () => {
    const q = h.queue()
    const job = await q.with({ resultTtl: 0 }).enqueue(tasks.add, 1, 2)
    await drain()
    await expect(job.result).rejects.toBeInstanceOf(JobNotFoundError)
    await expect(job.refresh()).rejects.toThrow(/never enqueued, was deleted, or its time to live/)
    await expect(job.returnValue()).rejects.toBeInstanceOf(JobNotFoundError)
  })

  test('of a job that is gone is what the object itself has seen', async () => {
    const q = h.queue()
    const job = await q.enqueue(tasks.add, 1, 2)
    await drain()
    await job.refresh()
    await q.fetchJob(job.id).then((other) => other!.delete())
    expect(await job.result).toBe(3)
  })

  test('reaches all who wait for it, though it is kept for no time', async () => {
    const q = h.queue()
    const job = await q.with({ resultTtl: 0 }).enqueue(tasks.add, 1, 2)
    const waiting = [job.result, job.wait(), (await q.fetchJob(job.id))!.result]
    // Noted as waiting once the server has answered.
    await expect.poll(() => h.redis.hexists(`${h.base('q')}watched`, job.id)).toBe(1)
    await drain()
    expect(await Promise.all(waiting)).toEqual([3, 3, 3])
  })
})

describe('its time to live', () => {
  const pttl = (job: Job) => h.redis.pttl(`${h.base('q')}job:${job.id}`)

  test.each([
    ['a result', 'finished', tasks.nothing, {}, 500_000],
    ['a result with resultTtl', 'finished', tasks.nothing, { resultTtl: '1h' }, 3_600_000],
    ['a failure', 'failed', tasks.fail, {}, 365 * 86_400_000],
    ['a failure with failureTtl', 'failed', tasks.fail, { failureTtl: 60 }, 60_000],
  ] as const)('%s is kept that long, and listed that long', async (_, status, fn, options, expected) => {
    const q = h.queue()
    const job = await q.with(options).enqueue(fn)
    await drain()
    const left = await pttl(job)
    expect(left).toBeGreaterThan(expected - 20_000)
    expect(left).toBeLessThanOrEqual(expected)
    const expiresAt = Number(await h.redis.zscore(`${h.base('q')}${status}`, job.id))
    expect(Math.abs(expiresAt - Date.now() - left)).toBeLessThan(5_000)
  })

  test('-1 keeps it for ever', async () => {
    const q = h.queue()
    const jobs = [
      await q.with({ resultTtl: -1 }).enqueue(tasks.nothing),
      await q.with({ failureTtl: -1 }).enqueue(tasks.fail),
    ]
    await drain()
    expect(await Promise.all(jobs.map(pttl))).toEqual([-1, -1])
  })

  test('0 keeps nothing', async () => {
    const q = h.queue()
    const jobs = [
      await q.with({ resultTtl: 0 }).enqueue(tasks.nothing),
      await q.with({ failureTtl: 0 }).enqueue(tasks.fail),
    ]
    await drain()
    expect(await Promise.all(jobs.map(pttl))).toEqual([-2, -2])
    expect(await q.counts()).toMatchObject({ finished: 0, failed: 0 })
  })

  test('what is requeued does not expire while it waits', async () => {
    const q = h.queue()
    const job = await q.with({ failureTtl: 60 }).enqueue(tasks.fail)
    await drain()
    await job.requeue()
    expect(await pttl(job)).toBe(-1)
  })

  test('what has expired is gone', async () => {
    const q = h.queue()
    const job = await q.with({ resultTtl: '1ms' }).enqueue(tasks.nothing)
    await drain()
    await expect.poll(() => q.fetchJob(job.id)).toBeNull()
  })
})

/** A job in each state, made by the public surface. */
const inState: { readonly [S in JobStatus]: (q: Queue) => Promise<Job> } = {
  queued: (q) => q.enqueue(tasks.nothing),
  scheduled: (q) => q.enqueueIn('1h', tasks.nothing),
  deferred: async (q) => q.with({ dependsOn: await q.enqueueIn('1h', tasks.nothing) }).enqueue(tasks.nothing),
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

describe('requeue', () => {
  test('runs the job again with all its attempts, and every error is kept', async () => {
    const q = h.queue()
    const job = await q.with({ retry: 1 }).enqueue('./tasks#failUntil', 9)
    await h.drain()
    await job.requeue()
    expect(job).toMatchObject({ status: 'queued', attempt: 0, error: undefined, endedAt: undefined })
    await h.drain()
    const runs = await job.runs()
    expect(runs.map(({ attempt, outcome, error }) => [attempt, outcome, error?.message])).toEqual([
      [1, 'failed', 'attempt 1'],
      [2, 'failed', 'attempt 2'],
      [1, 'failed', 'attempt 1'],
      [2, 'failed', 'attempt 2'],
    ])
    for (const run of runs) expect(run.endedAt!.getTime()).toBeGreaterThanOrEqual(run.startedAt.getTime())
  })

  test('of more than ten runs the last ten are kept', async () => {
    const q = h.queue()
    const job = await q.with({ retry: 11 }).enqueue('./tasks#failUntil', 99)
    await h.drain()
    expect((await job.runs()).map((run) => run.attempt)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  test('makes a new promise of its result', async () => {
    const q = h.queue()
    const job = await q.enqueue(tasks.fail)
    await drain()
    const failed = job.result
    await expect(failed).rejects.toBeInstanceOf(JobFailedError)
    await job.requeue()
    expect(job.result).not.toBe(failed)
    job.result.catch(() => {})
    await job.cancel()
    await expect(job.result).rejects.toBeInstanceOf(JobCanceledError)
  })

  test('puts the job behind all others, or ahead of them', async () => {
    const q = h.queue()
    const [a, b] = [await q.enqueue(tasks.fail), await q.enqueue(tasks.fail)]
    await drain()
    const other = await q.enqueue(tasks.nothing)
    await a.requeue()
    await b.requeue({ atFront: true })
    expect(await q.jobIds()).toEqual([b.id, other.id, a.id])
    expect([await b.position(), await other.position(), await a.position()]).toEqual([0, 1, 2])
  })

  test('one, some or all that have failed', async () => {
    const q = h.queue()
    const jobs = []
    for (let n = 0; n < 5; n++) jobs.push(await q.enqueue(tasks.fail))
    await drain()
    const failed = await q.jobs('failed')
    expect(new Set(failed.map((job) => job.id))).toEqual(new Set(jobs.map((job) => job.id)))
    await jobs[0]!.requeue()
    expect(await q.requeue([jobs[1]!.id, jobs[2]!.id, 'nobody'])).toBe(2)
    expect(await q.requeue()).toBe(2)
    expect(await q.counts()).toMatchObject({ failed: 0, queued: 5 })
    expect(await q.requeue()).toBe(0)
  })

  test('of all ends, though they fail again at once', async () => {
    const q = h.queue()
    for (let n = 0; n < 20; n++) await q.enqueue('./tasks#fail')
    await h.drain()
    const worker = h.worker()
    const running = worker.run()
    expect(await q.requeue()).toBe(20)
    await worker.stop()
    await running
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
    expect([await q.count(), await q.count('finished')]).toEqual([7, 0])
    await (await q.fetchJob('j6'))!.cancel()
    await inState.scheduled(q)
    await inState.deferred(q)
    await drain()
    expect(await q.counts()).toEqual({
      queued: 0,
      scheduled: 2,
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
