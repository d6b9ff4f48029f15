import { describe, expect, test } from 'vitest'
import { JobCanceledError, JobNotFoundError } from '../../lib/index.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

/** A job that has failed, as this object knows. */
async function failedJob(task = './tasks#fail', ...args: unknown[]) {
  const q = h.queue()
  const job = await q.enqueue(task, ...args)
  await h.drain()
  await job.refresh()
  expect(job.status).toBe('failed')
  return job
}

describe('the runs of a job', () => {
  test('tell the worker, the times, the outcome and the result of each [rq 55]', async () => {
    const q = h.queue()
    const job = await q.enqueue('./tasks#add', 1, 2)
    expect(await job.runs()).toEqual([])
    expect(await job.latestRun()).toBeNull()
    await h.drain('q', { name: 'w1' })
    const [run, ...others] = await job.runs()
    expect(others).toEqual([])
    expect(run).toMatchObject({ attempt: 1, worker: 'w1', outcome: 'finished', error: undefined, result: 3 })
    expect(run!.endedAt!.getTime()).toBeGreaterThanOrEqual(run!.startedAt.getTime())
    expect(await job.latestRun()).toEqual(run)
  })

  test('are told the oldest first, and the latest is the last [rq 50]', async () => {
    const q = h.queue()
    const job = await q.with({ retry: 2 }).enqueue('./tasks#failUntil', 3)
    await h.drain()
    const runs = await job.runs()
    expect(runs.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'finished'])
    expect(await job.latestRun()).toEqual(runs[2])
    expect(runs.map(({ error }) => error?.message)).toEqual(['attempt 1', 'attempt 2', undefined])
  })

  test('keep every error of a job that is retried [rq trap]', async () => {
    const q = h.queue()
    const job = await q.with({ retry: 3 }).enqueue('./tasks#failUntil', 9)
    await h.drain()
    const stacks = (await job.runs()).map(({ error }) => error!.stack)
    expect(stacks).toHaveLength(4)
    for (const stack of stacks) expect(stack).toContain('fixtures/tasks')
  })

  test('tell one that returned nothing from one that has not ended [rq 52]', async () => {
    const q = h.queue()
    const [nothing, nil] = [await q.enqueue('./tasks#nothing'), await q.enqueue('./tasks#echo', null)]
    expect([await nothing.latestRun(), await nil.latestRun()]).toEqual([null, null])
    await h.drain()
    expect(await nothing.latestRun()).toMatchObject({ outcome: 'finished', result: undefined })
    expect(await nil.latestRun()).toMatchObject({ outcome: 'finished', result: null })
  })

  test('tell of one that is under way', async () => {
    const q = h.queue()
    const job = await q.enqueue('./tasks#hold', h.gate('x'))
    const worker = h.worker()
    const running = worker.run()
    await h.reached('x')
    await expect.poll(async () => (await job.latestRun())?.outcome, { timeout: 10_000 }).toBe('started')
    expect(await job.latestRun()).toMatchObject({ attempt: 1, endedAt: undefined, result: undefined })
    await h.open('x')
    await job.result
    await worker.stop()
    await running
  })
})

describe('the next outcome', () => {
  test('of a job that has not ended is its run, when that has [rq 53]', async () => {
    const q = h.queue()
    const job = await q.enqueue('./tasks#add', 1, 2)
    const next = job.nextOutcome({ timeout: '20s' })
    await h.drain()
    expect(await next).toMatchObject({ attempt: 1, outcome: 'finished', result: 3 })
  })

  test('is there at once where the job has ended since it was last seen [rq 53]', async () => {
    const q = h.queue()
    const job = await q.enqueue('./tasks#add', 1, 2)
    await h.drain()
    expect(await job.nextOutcome()).toMatchObject({ outcome: 'finished', result: 3 })
  })

  test('is null when its time is over [rq 53]', async () => {
    const q = h.queue()
    const job = await q.enqueue('./tasks#add', 1, 2)
    expect(await job.nextOutcome({ timeout: '10ms' })).toBeNull()
    await h.drain()
    await job.result
    expect(await job.nextOutcome({ timeout: '10ms' })).toBeNull()
  })

  test('of a job that has ended is that of its next run, not the old one [rq trap]', async () => {
    const job = await failedJob('./tasks#failUntil', 2)
    const next = job.nextOutcome({ timeout: '20s' })
    // Another program requeues it, and it fails again.
    const other = (await h.queue().fetchJob(job.id))!
    await other.requeue()
    await h.drain()
    const run = await next
    expect(run).toMatchObject({ attempt: 1, outcome: 'failed', error: { message: 'attempt 1' } })
    expect(run!.startedAt.getTime()).toBe((await job.latestRun())!.startedAt.getTime())
    expect(await job.runs()).toHaveLength(2)
    expect(await job.nextOutcome({ timeout: '10ms' })).toBeNull()
  })

  test('after a requeue is never missed, however quick the worker is', async () => {
    const job = await failedJob()
    const worker = h.worker()
    const running = worker.run()
    for (let n = 2; n <= 12; n++) {
      await job.requeue()
      expect(await job.nextOutcome({ timeout: '20s' })).toMatchObject({ outcome: 'failed' })
      expect(await job.runs()).toHaveLength(Math.min(n, 10))
    }
    await worker.stop()
    await running
  })

  test('is heard by everybody who waits for it, each the first that they have not seen', async () => {
    const job = await failedJob()
    const fresh = (await h.queue().fetchJob(job.id))!
    const waiting = [job.nextOutcome(), job.nextOutcome(), fresh.nextOutcome()]
    await (await h.queue().fetchJob(job.id))!.requeue()
    await h.drain()
    for (const run of await Promise.all(waiting)) expect(run).toMatchObject({ outcome: 'failed' })
  })

  test('of a job that repeats is that of its last run', async () => {
    const q = h.queue()
    const job = await q.with({ repeat: 2 }).enqueue('./retry-tasks#counts', `${h.prefix}:n`)
    const next = job.nextOutcome()
    await h.drain()
    expect(await next).toMatchObject({ outcome: 'finished', result: 3 })
  })

  test('of a job whose result is not kept is known all the same', async () => {
    const q = h.queue()
    const job = await q.with({ resultTtl: 0 }).enqueue('./tasks#add', 1, 2)
    const next = job.nextOutcome()
    // Until it is noted, nothing would tell it.
    await expect.poll(() => h.redis.hget(`${h.base('q')}watched`, job.id)).not.toBeNull()
    await h.drain()
    expect(await next).toMatchObject({ attempt: 1, outcome: 'finished', result: 3 })
  })

  test('tells of a stop, and rejects where no run has ended the job', async () => {
    const q = h.queue()
    const [stopped, canceled, deleted] = [
      await q.enqueue('./tasks#hold', h.gate('x'), true),
      await q.enqueue('./tasks#nothing'),
      await q.enqueue('./tasks#nothing'),
    ]
    const outcomes = [stopped, canceled, deleted].map((job) => job.nextOutcome().catch((error) => error))
    await expect.poll(() => h.redis.hlen(`${h.base('q')}watched`)).toBe(3)
    await canceled.cancel('not needed')
    await deleted.delete()
    const worker = h.worker()
    const running = worker.run()
    await h.reached('x')
    await stopped.stop()
    const [stop, cancel, deletion] = await Promise.all(outcomes)
    expect(stop).toMatchObject({ outcome: 'stopped', error: { name: 'JobStoppedError' } })
    expect(cancel).toBeInstanceOf(JobCanceledError)
    expect(deletion).toBeInstanceOf(JobCanceledError)
    await expect(deleted.nextOutcome()).rejects.toBeInstanceOf(JobNotFoundError)
    await worker.stop()
    await running
  })

  test('can be given up by a signal', async () => {
    const job = await failedJob()
    const reason = new Error('no more')
    const over = new AbortController()
    const next = job.nextOutcome({ signal: over.signal, timeout: '1h' })
    over.abort(reason)
    await expect(next).rejects.toBe(reason)
  })
})
