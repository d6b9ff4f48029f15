import { setImmediate } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  InvalidArgumentError,
  type Job,
  JobFailedError,
  JobNotFoundError,
  WaitTimeoutError,
} from '../../lib/index.ts'
import { withTesting } from '../../lib/testing/index.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

const drain = () => h.drain('q', { paths: ['.'] })

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

  test.each(['off', 'fake'] as const)(
    'may be waited for by any number with one signal [%s]',
    async (mode) => {
      const warned: Error[] = []
      const onWarning = (warning: Error) => void warned.push(warning)
      process.on('warning', onWarning)
      onTestFinished(() => void process.off('warning', onWarning))
      await withTesting(mode, async () => {
        const job = await h.queue().enqueue(tasks.add, 1, 2)
        const controller = new AbortController()
        const waits = Array.from({ length: 12 }, () => job.wait({ signal: controller.signal }))
        controller.abort(new RangeError('enough'))
        for (const wait of waits) await expect(wait).rejects.toThrow('enough')
      })
      await setImmediate()
      expect(warned).toEqual([])
    },
  )

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
