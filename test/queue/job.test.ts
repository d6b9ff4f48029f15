import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import * as tasks from '../fixtures/tasks.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

const rich = { none: undefined, at: new Date(0), big: 1n, map: new Map([['a', 1]]) }

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

  test('meta of values that JSON loses, there and back, also where it is changed', async () => {
    const q = h.queue()
    const job = await q.with({ meta: rich }).enqueue(tasks.metaOf)
    await drain()
    expect(await job.result).toEqual(rich)
    await job.refresh()
    expect(job.meta).toEqual({ ...rich, seen: new Set([1]) })
    await job.updateMeta({ seen: undefined, more: new Date(1) })
    expect((await job.refresh()).meta).toEqual({ ...rich, more: new Date(1) })
  })

  test('texts that were cut within an emoji are made whole, and leave the other options readable', async () => {
    const half = 'sends \ud83d'
    const url = `http://127.0.0.1:9/${half}`
    const options = { description: half, headers: { a: half }, webhooks: { url, on: 'failed' } } as const
    const job = await h
      .queue()
      .with({ ...options, failureTtl: '1h' })
      .enqueue(tasks.nothing)
    await job.cancel()
    expect([job.description, job.headers]).toEqual(['sends \ufffd', { a: 'sends \ufffd' }])
    expect(await h.redis.pttl(`${h.base('q')}job:${job.id}`)).toBeLessThanOrEqual(3_600_000)
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
    // Times are whole milliseconds, each rounded by itself.
    expect(seen!.startedAt!.getTime()).toBeGreaterThanOrEqual(seen!.createdAt.getTime() - 2)
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
