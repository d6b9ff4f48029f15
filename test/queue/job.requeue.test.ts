import { describe, expect, test } from 'vitest'
import { JobCanceledError, JobFailedError } from '../../lib/index.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

const drain = () => h.drain('q', { paths: ['.'] })

describe('requeue', () => {
  test('runs the job again with all its attempts, and every error is kept [rq trap]', async () => {
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
