import { describe, expect, test } from 'vitest'
import { type Job, JobCanceledError, JobFailedError, type JobOptions } from '../../lib/index.ts'
import { AppError, type Fault, RefusedError } from '../fixtures/retry-tasks.ts'
import { harness, logbook } from '../kit/harness.ts'

const h = harness()

/** The error that the job itself failed with. */
async function causeOf(job: Job): Promise<Error & { code?: string }> {
  const error = (await job.result.catch((error) => error)) as JobFailedError
  expect(error).toBeInstanceOf(JobFailedError)
  return error.cause as Error
}

/** Its wait is over. */
async function makeDue(job: Job): Promise<void> {
  await h.redis.zadd(`${h.base('q')}scheduled`, 1, job.id)
  await h.redis.hset(`${h.base('q')}job:${job.id}`, 'due', 1)
}

const outcomesOf = async (job: Job) => (await job.runs()).map(({ attempt, outcome }) => [attempt, outcome])

describe('a job that fails', () => {
  test('runs once and max times more, with its retries counted down [rq 70]', async () => {
    const q = h.queue()
    const job = await q.with({ retry: { max: 2, interval: '1h' } }).enqueue('./tasks#failUntil', 9)
    const left = [job.retriesLeft]
    for (const _ of [1, 2, 3]) {
      await h.drain()
      left.push((await job.refresh()).retriesLeft)
      if (job.status === 'scheduled') await makeDue(job)
    }
    expect(left).toEqual([2, 1, 0, 0])
    expect(await outcomesOf(job)).toEqual([
      [1, 'failed'],
      [2, 'failed'],
      [3, 'failed'],
    ])
    expect(await q.count('failed')).toBe(1)
  })

  test('and is requeued has all its retries again [rq trap]', async () => {
    const q = h.queue()
    const job = await q.with({ retry: 1 }).enqueue('./tasks#failUntil', 9)
    await h.drain()
    expect((await job.refresh()).retriesLeft).toBe(0)
    await job.requeue()
    expect(job.retriesLeft).toBe(1)
    await h.drain()
    expect(await job.runs()).toHaveLength(4)
  })

  test('waits out its interval among the scheduled [rq 71]', async () => {
    const q = h.queue()
    const job = await q.with({ retry: { max: 1, interval: 5 } }).enqueue('./tasks#fail')
    const before = Date.now()
    await h.drain()
    await job.refresh()
    expect(job.status).toBe('scheduled')
    const wait = job.scheduledFor!.getTime() - before
    expect(wait).toBeGreaterThanOrEqual(5_000)
    expect(wait).toBeLessThan(60_000)
    expect(await q.count()).toBe(0)
  })

  test('goes to the head of its queue where it says so, also after its wait [rq 74]', async () => {
    const q = h.queue()
    const { logger, text } = logbook()
    const retry = { max: 1, interval: '1h', atFront: true }
    const job = await q.with({ retry }).enqueue('./tasks#failUntil', 2)
    await h.drain('q', { logger })
    expect(text()).toContain(`(${job.id}) runs again in 3600s, at the front, 0 retries left`)
    await q.enqueue('./tasks#note', `${h.prefix}:order`, 'other')
    await makeDue(job)
    await h.drain('q', { logger })
    expect(await job.result).toBe(2)
    expect(text().indexOf(`Job OK (${job.id})`)).toBeLessThan(text().indexOf('tasks.note'))
  })

  test.each<[string, Fault, JobOptions['retry'], number]>([
    ['its class', 'card', { max: 2, only: [AppError] }, 3],
    ['its code', 'card', { max: 2, only: ['E_CARD'] }, 3],
    ['its name', 'type', { max: 2, only: ['TypeError'] }, 3],
    ['not being one of those', 'type', { max: 2, only: [AppError] }, 1],
    ['being excepted', 'card', { max: 2, except: [AppError] }, 1],
    ['being unrecoverable', 'unrecoverable', { max: 2 }, 1],
    ['being of a class below that', 'refused', { max: 2, only: [RefusedError] }, 1],
  ])('is retried or not by %s', async (_, fault, retry, runs) => {
    const q = h.queue()
    const job = await q.with({ retry: retry! }).enqueue('./retry-tasks#throws', fault)
    await h.drain('q', { isolation: 'thread' })
    await causeOf(job)
    expect(await job.runs()).toHaveLength(runs)
    const stored = await h.redis.hget(`${h.base('q')}job:${job.id}`, 'err')
    expect(Object.keys(JSON.parse(stored!))).not.toContain('kinds')
  })

  test('by its timeout is retried as by any error, and only as its policy says', async () => {
    const q = h.queue()
    const retried = await q
      .with({ timeout: '100ms', retry: { max: 1, only: ['JOB_TIMEOUT'] } })
      .enqueue('./tasks#spin')
    const not = await q
      .with({ timeout: '100ms', retry: { max: 1, except: ['JobTimeoutError'] } })
      .enqueue('./tasks#spin')
    await h.drain('q', { isolation: 'thread' })
    expect(await outcomesOf(retried)).toHaveLength(2)
    expect(await outcomesOf(not)).toHaveLength(1)
  })

  test('by ending its work-horse is retried', async () => {
    const q = h.queue()
    const job = await q.with({ retry: 1 }).enqueue('./tasks#exit', 3)
    await h.drain('q', { isolation: 'thread' })
    expect((await causeOf(job)).name).toBe('WorkHorseDiedError')
    expect(await job.runs()).toHaveLength(2)
  })

  test('is not retried once it was stopped, and its history says so [rq 77]', async () => {
    const q = h.queue()
    const job = await q.with({ retry: 5, repeat: 5 }).enqueue('./tasks#hold', h.gate('x'), true)
    const worker = h.worker()
    const running = worker.run()
    await h.reached('x')
    await job.stop()
    await expect(job.result).rejects.toBeInstanceOf(JobCanceledError)
    expect(await outcomesOf(job)).toEqual([[1, 'stopped']])
    expect(await q.counts()).toMatchObject({ stopped: 1, failed: 0, queued: 0, scheduled: 0 })
    await worker.stop()
    await running
  })
})

describe('a job that asks to run again', () => {
  test.each(['throw', 'return'] as const)(
    'by a Retry that it %ss does, and each run says so [rq 76]',
    async (how) => {
      const q = h.queue()
      const job = await q.enqueue('./retry-tasks#asksUntil', 3, { reason: 'not yet' }, how)
      expect(await h.drain()).toMatchObject({ finished: 1, failed: 0, retried: 2 })
      expect(await job.result).toBe(3)
      const runs = await job.runs()
      expect(runs.map(({ attempt, outcome, error }) => [attempt, outcome, error?.message])).toEqual([
        [1, 'retried', 'not yet'],
        [2, 'retried', 'not yet'],
        [3, 'finished', undefined],
      ])
    },
  )

  test('over its own limit fails, with what it said last as the cause [rq 76]', async () => {
    const q = h.queue()
    const job = await q.enqueue('./retry-tasks#asksUntil', 9, { max: 2, reason: 'not yet' })
    await h.drain()
    const error = await causeOf(job)
    expect(error).toMatchObject({
      name: 'MaxRetriesExceededError',
      code: 'MAX_RETRIES_EXCEEDED',
      message: 'the job asked to run again after attempt 3, but 2 retries are its limit: not yet',
      cause: { name: 'Retry', message: 'not yet' },
    })
    expect(await outcomesOf(job)).toEqual([
      [1, 'retried'],
      [2, 'retried'],
      [3, 'failed'],
    ])
    expect(await q.count('failed')).toBe(1)
  })

  test('over the limit of its policy fails too, where it names none itself', async () => {
    const q = h.queue()
    const job = await q.with({ retry: 1 }).enqueue('./retry-tasks#asksUntil', 9)
    await h.drain()
    expect((await causeOf(job)).message).toBe(
      'the job asked to run again after attempt 2, but 1 retry is its limit',
    )
  })

  test('without any limit goes on for as long as it asks', async () => {
    const q = h.queue()
    const job = await q.enqueue('./retry-tasks#asksUntil', 25)
    await h.drain()
    expect(await job.result).toBe(25)
    expect(await job.runs()).toHaveLength(10)
  })

  test('and that fails in between has one counter for both [rq trap]', async () => {
    const q = h.queue()
    const job = await q.with({ retry: 3 }).enqueue('./retry-tasks#failsAndAsks')
    await h.drain()
    expect(await outcomesOf(job)).toEqual([
      [1, 'retried'],
      [2, 'failed'],
      [3, 'retried'],
      [4, 'failed'],
    ])
    expect((await causeOf(job)).message).toBe('failed')
  })

  test('waits as long as it asks, or else as its policy says', async () => {
    const q = h.queue()
    const own = await q
      .with({ retry: { max: 3, interval: '1h' } })
      .enqueue('./retry-tasks#asksUntil', 2, { in: '2h' })
    const policy = await q.with({ retry: { max: 3, interval: '1h' } }).enqueue('./retry-tasks#asksUntil', 2)
    const before = Date.now()
    await h.drain()
    const waits = [own, policy].map(async (job) => (await job.refresh()).scheduledFor!.getTime() - before)
    expect((await Promise.all(waits)).map((ms) => Math.floor(ms / 3_600_000))).toEqual([2, 1])
  })

  test('may tell what made it ask', async () => {
    const q = h.queue()
    const job = await q
      .with({ retry: { max: 3, interval: '1h' } })
      .enqueue('./retry-tasks#asksBecauseOf', 'busy')
    await h.drain()
    expect((await job.latestRun())!.error).toMatchObject({
      name: 'Retry',
      message: 'later',
      cause: { name: 'TypeError', message: 'busy' },
    })
  })

  test('with what cannot be used fails like any other', async () => {
    const q = h.queue()
    const job = await q.enqueue('./retry-tasks#asksWrongly')
    await h.drain()
    expect((await causeOf(job)).message).toMatch(/max: expected a whole number/)
  })

  test('from a work-horse of its own does as well', async () => {
    const q = h.queue()
    const job = await q.enqueue('./retry-tasks#asksUntil', 2, { reason: 'x' }, 'return')
    await h.drain('q', { isolation: 'process' })
    expect(await job.result).toBe(2)
  })
})

describe('a job that repeats', () => {
  test('runs that many times more, and ends with the last result', async () => {
    const q = h.queue()
    const job = await q.with({ repeat: 3 }).enqueue('./retry-tasks#counts', `${h.prefix}:n`)
    expect(job.repeatsLeft).toBe(3)
    const after = await q.with({ dependsOn: job }).enqueue('./tasks#echo', job)
    expect(await h.drain()).toEqual({ finished: 5, failed: 0, retried: 0, stopped: 0 })
    expect([await job.result, await after.result]).toEqual([4, 4])
    const runs = await job.runs()
    expect(runs.map(({ attempt, outcome, result }) => [attempt, outcome, result])).toEqual([
      [1, 'finished', 1],
      [1, 'finished', 2],
      [1, 'finished', 3],
      [1, 'finished', 4],
    ])
    expect(job.repeatsLeft).toBe(0)
  })

  test('waits out its intervals in their order [rq trap]', async () => {
    const q = h.queue()
    const job = await q
      .with({ repeat: { times: 3, interval: ['1ms', '1h', '2h'] } })
      .enqueue('./retry-tasks#counts', `${h.prefix}:n`)
    const worker = h.worker()
    const running = worker.run()
    await expect.poll(async () => (await job.refresh()).repeatsLeft, { timeout: 20_000 }).toBe(1)
    expect(job.status).toBe('scheduled')
    expect(job.scheduledFor!.getTime() - Date.now()).toBeGreaterThan(3_500_000)
    expect(await job.returnValue()).toBeUndefined()
    await job.cancel('enough')
    await expect(job.result).rejects.toThrow('enough')
    expect(await job.runs()).toHaveLength(2)
    await worker.stop()
    await running
  })

  test('has all its retries in each repetition', async () => {
    const q = h.queue()
    const key = `${h.prefix}:n`
    const job = await q.with({ repeat: 2, retry: 1 }).enqueue('./retry-tasks#counts', key, 3)
    await h.drain()
    expect(await job.result).toBe(4)
    expect(await outcomesOf(job)).toEqual([
      [1, 'finished'],
      [1, 'finished'],
      [1, 'failed'],
      [2, 'finished'],
    ])
  })

  test('ends with the first failure that no retry mends', async () => {
    const q = h.queue()
    const job = await q.with({ repeat: 5 }).enqueue('./retry-tasks#counts', `${h.prefix}:n`, 2)
    await h.drain()
    expect((await causeOf(job)).message).toBe('fails at 2')
    expect(await outcomesOf(job)).toEqual([
      [1, 'finished'],
      [1, 'failed'],
    ])
    expect(await q.counts()).toMatchObject({ failed: 1, queued: 0, scheduled: 0 })
    expect((await job.refresh()).repeatsLeft).toBe(4)
  })

  test('whose result could not be kept says so in that run alone', async () => {
    const q = h.queue()
    const job = await q.with({ repeat: 1 }).enqueue('./tasks#unserializable')
    await h.drain()
    const [first] = await job.runs()
    expect(first!.outcome).toBe('finished')
    expect(() => first!.result).toThrow(/could not be kept/)
  })
})

test('the log tells of each retry and each repetition [rq trap]', async () => {
  const q = h.queue()
  const { logger, text } = logbook()
  const fails = await q.with({ retry: 2 }).enqueue('./tasks#failUntil', 2)
  const asks = await q.enqueue('./retry-tasks#asksUntil', 2, { reason: 'not yet' })
  const repeats = await q.with({ repeat: { times: 2, interval: '1ms' } }).enqueue('./tasks#add', 1, 2)
  await h.drain('q', { logger })
  const worker = h.worker('q', { logger })
  const running = worker.run()
  await repeats.result
  await worker.stop()
  await running
  expect(text()).toMatch(new RegExp(`q: Job FAILED \\(${fails.id}\\) in \\d\\.\\d{3}s: Error: attempt 1`))
  expect(text()).toContain(`q: Job (${fails.id}) runs again at once, 1 retry left`)
  expect(text()).toMatch(new RegExp(`q: Job RETRIED \\(${asks.id}\\) in \\d\\.\\d{3}s, as it asked: not yet`))
  expect(text()).toContain(`q: Job (${asks.id}) runs again at once, after attempt 1`)
  expect(text()).toMatch(new RegExp(`q: Job OK \\(${repeats.id}\\) in \\d\\.\\d{3}s, result = 3`))
  expect(text()).toContain(`q: Job (${repeats.id}) repeats in 0.001s, 2 runs to come`)
  expect(text()).toContain(`q: Job (${repeats.id}) repeats in 0.001s, 1 run to come`)
})
