import { describe, expect, test } from 'vitest'
import { InvalidArgumentError, type Job, Queue, UnnamableFunctionError } from '../../lib/index.ts'
import * as callbacks from '../fixtures/callbacks.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()

const drain = (options = {}) => h.drain('q', { paths: ['.'], ...options })

const all = {
  onSuccess: callbacks.told,
  onFailure: callbacks.toldOfFailure,
  onStopped: callbacks.told,
}

/** What a job's callbacks answered, in the order they were called. */
async function answersOf(job: Job, q: Queue): Promise<unknown[]> {
  const ids = (await q.jobIds('finished')).filter((id) => id.startsWith(`${job.id}.`))
  const jobs = await Promise.all(ids.map((id) => q.fetchJob(id)))
  return Promise.all(jobs.map((each) => each!.returnValue()))
}

describe('a callback', () => {
  test('is called on success with the job and its result, and no other one is [rq 103]', async () => {
    const q = h.queue()
    const job = await q.with({ ...all, meta: { who: 'me' } }).enqueue(tasks.add, 3, 4)
    await drain()
    const answers = await answersOf(job, q)
    expect(answers).toMatchObject([
      {
        job: { id: job.id, queue: 'q', args: [3, 4], status: 'finished', attempt: 1, meta: { who: 'me' } },
        value: 7,
      },
    ])
    expect((answers[0] as { job: { endedAt: Date } }).job.endedAt).toBeInstanceOf(Date)
  })

  test('is called with meta of values that JSON loses, and without any that cannot be decoded', async () => {
    const q = h.queue()
    const rich = { at: new Date(0), none: undefined }
    const job = await q.with({ ...all, meta: rich }).enqueue(tasks.nothing)
    const damaged = await q.with(all).enqueue(tasks.nothing)
    await h.redis.hset(`${h.base('q')}job:${damaged.id}`, 'meta', 'S{')
    await drain()
    expect(await answersOf(job, q)).toMatchObject([{ job: { meta: rich } }])
    expect(await answersOf(damaged, q)).toMatchObject([{ job: { meta: {} } }])
  })

  test('is called on failure with the error, once, when no retry is left [rq 103] [rq trap]', async () => {
    const q = h.queue()
    const job = await q.with({ ...all, retry: 2 }).enqueue(tasks.fail, 'no luck')
    await drain()
    expect(await answersOf(job, q)).toEqual([
      { id: job.id, name: 'TypeError', message: 'no luck', attempt: 3 },
    ])
  })

  test('is called when the job brought its work-horse down [rq trap]', async () => {
    const q = h.queue()
    const job = await q.with(all).enqueue(tasks.exit, 3)
    await drain({ isolation: 'process' })
    expect(await answersOf(job, q)).toMatchObject([{ id: job.id, name: 'WorkHorseDiedError' }])
  })

  test('is called when the job ran over its timeout', async () => {
    const q = h.queue()
    const job = await q.with({ ...all, timeout: '50ms' }).enqueue(tasks.hang)
    await drain({ isolation: 'process' })
    expect(await answersOf(job, q)).toMatchObject([{ name: 'JobTimeoutError' }])
  })

  test('is called for a job that was stopped', async () => {
    const q = h.queue()
    const job = await q.with(all).enqueue('./tasks#hold', h.gate('stop'), true)
    const worker = h.worker('q')
    void worker.run()
    await h.reached('stop')
    await expect.poll(async () => (await job.refresh()).status).toBe('started')
    await job.stop()
    await expect.poll(() => q.count('failed').then(async (n) => n + (await q.count('finished')))).toBe(1)
    // The callback is a path of the project's root, which this worker does not know: it failed, and says so.
    await worker.stop()
    const [id] = await q.jobIds('failed')
    expect(id).toMatch(new RegExp(`^${job.id}\\.stopped-`))
    expect(String((await q.fetchJob(id!))!.error)).toContain('callbacks')
  })

  test('may be named by its path, and have a timeout of its own [rq 104]', async () => {
    const q = h.queue()
    const slow = { func: './callbacks#hangs', timeout: '50ms' }
    const job = await q.with({ onSuccess: slow }).enqueue('./tasks#add', 1, 2)
    const other = await q.with({ onSuccess: './callbacks#told' }).enqueue('./tasks#add', 1, 2)
    await h.drain('q', { isolation: 'process' })
    expect(await job.result).toBe(3)
    const [failed] = await q.jobs('failed')
    expect(failed?.error?.name).toBe('JobTimeoutError')
    expect(await answersOf(other, q)).toHaveLength(1)
  })

  test('sees the job as it ended [rq 106]', async () => {
    const q = h.queue()
    const job = await q.with({ onSuccess: callbacks.look }).enqueue(tasks.echo2, REDIS_URL, h.prefix)
    await drain()
    expect(await answersOf(job, q)).toEqual(['finished'])
  })

  test('that throws changes nothing for the job, and is kept as failed itself [rq 107] [rq trap]', async () => {
    const q = h.queue()
    const job = await q.with({ onSuccess: callbacks.throws }).enqueue(tasks.add, 1, 2)
    const child = await q.with({ dependsOn: job }).enqueue(tasks.nothing)
    await drain()
    expect((await job.refresh()).status).toBe('finished')
    expect((await child.refresh()).status).toBe('finished')
    expect((await q.jobs('failed')).map(({ error }) => error?.message)).toEqual(['the callback failed'])
  })

  test('goes ahead of what waits in the queue', async () => {
    const q = h.queue()
    const job = await q.with({ onSuccess: './callbacks#told' }).enqueue('./tasks#add', 1, 2)
    await q.enqueue('./tasks#hold', h.gate('second'))
    const third = await q.enqueue('./tasks#nothing')
    const running = h.drain('q')
    await h.reached('second')
    await expect
      .poll(async () => (await q.jobIds()).map((id) => id.split('.')[0]))
      .toEqual([job.id, third.id])
    await h.open('second')
    await running
  })

  test('is called again for each end of a job that is requeued', async () => {
    const q = h.queue()
    const job = await q.with({ onFailure: callbacks.toldOfFailure }).enqueue(tasks.fail)
    await drain()
    await job.requeue()
    await drain()
    expect(await answersOf(job, q)).toHaveLength(2)
  })

  test('is called of a job whose result is not kept', async () => {
    const q = h.queue()
    const job = await q.with({ onSuccess: callbacks.told, resultTtl: 0 }).enqueue(tasks.add, 1, 2)
    await drain()
    expect(await answersOf(job, q)).toMatchObject([{ value: 3 }])
    expect(await q.fetchJob(job.id)).toBeNull()
  })

  test('is called in the synchronous mode as well, with and without Redis [rq 122]', async () => {
    for (const q of [h.queue('q', { async: false }), new Queue('q', { async: false, prefix: h.prefix })]) {
      const good = await q.with(all).enqueue(tasks.add, 1, 2)
      const bad = await q.with(all).enqueue(tasks.fail, 'no luck')
      expect(await answersOf(good, q)).toMatchObject([{ value: 3 }])
      expect(await answersOf(bad, q)).toMatchObject([{ message: 'no luck' }])
    }
  })

  test('that cannot be called is refused when the job is enqueued', async () => {
    const q = h.queue()
    await expect(q.with({ onSuccess: () => {} }).enqueue(tasks.add, 1, 2)).rejects.toThrow(
      UnnamableFunctionError,
    )
    await expect(q.with({ onSuccess: 7 as never }).enqueue(tasks.add, 1, 2)).rejects.toThrow(
      InvalidArgumentError,
    )
    await expect(q.with({ onSuccess: '' }).enqueue(tasks.add, 1, 2)).rejects.toThrow(InvalidArgumentError)
    const unknown = { func: callbacks.told, timeuot: 3 } as never
    await expect(q.with({ onFailure: unknown }).enqueue(tasks.add, 1, 2)).rejects.toThrow(/onFailure.timeout/)
  })
})
