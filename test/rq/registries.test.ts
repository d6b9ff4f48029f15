import { describe, expect, test } from 'vitest'
import {
  call,
  InvalidArgumentError,
  InvalidStateError,
  type Job,
  JobNotFoundError,
  Worker,
} from '../../lib/index.ts'
import * as tasks from '../fixtures/tasks.ts'
import { elapse } from '../kit/elapse.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()
const drain = () => h.drain('q', { paths: ['.'] })
const many = (n: number) => Array.from({ length: n }, (_, i) => call(tasks.add, i, 0))

test('each state has a registry, and each job is in one', async () => {
  const q = h.queue()
  const jobs = {
    finished: await q.enqueue(tasks.nothing),
    failed: await q.enqueue(tasks.fail),
    canceled: await q.enqueueIn('1h', tasks.nothing),
    scheduled: await q.enqueueIn('1h', tasks.nothing),
  }
  await jobs.canceled.cancel()
  await drain()
  const deferred = await q.with({ dependsOn: jobs.failed }).enqueue(tasks.nothing)
  const where = [
    [q.finishedJobRegistry, jobs.finished],
    [q.failedJobRegistry, jobs.failed],
    [q.canceledJobRegistry, jobs.canceled],
    [q.scheduledJobRegistry, jobs.scheduled],
    [q.deferredJobRegistry, deferred],
  ] as const
  for (const [registry, job] of where) {
    expect(String(registry)).toBe(`Registry('q', ${registry.state})`)
    expect([await registry.count(), await registry.ids()]).toEqual([1, [job.id]])
    expect((await registry.jobs()).map(({ id, status }) => [id, status])).toEqual([[job.id, registry.state]])
    for (const [, other] of where) expect(await registry.has(other)).toBe(other === job)
  }
  for (const empty of [q.startedJobRegistry, q.stoppedJobRegistry, q.registry('queued')])
    expect([await empty.count(), await empty.has(deferred.id)]).toEqual([0, false])
  expect(() => q.registry('finnished' as never)).toThrow("Did you mean 'finished'?")
})

test('times are dates: expiry, due time, waiting since, end of the lease', async () => {
  const q = h.queue()
  const kept = await q.with({ resultTtl: -1 }).enqueue(tasks.nothing)
  const done = await q.with({ resultTtl: '1h' }).enqueue(tasks.nothing)
  await drain()
  const { finishedJobRegistry: finished, scheduledJobRegistry: scheduled } = q
  await done.refresh()
  const expected = done.endedAt!.getTime() + 3_600_000
  expect(Math.abs((await finished.expiresAt(done))!.getTime() - expected)).toBeLessThan(2_000)
  expect(await finished.expiresAt(kept.id)).toBeNull()
  expect(await finished.entries()).toEqual([
    { id: done.id, at: await finished.expiresAt(done) },
    { id: kept.id, at: null },
  ])
  const due = await q.enqueueAt(new Date(4e12), tasks.nothing)
  expect(await scheduled.scheduledFor(due)).toEqual(new Date(4e12))
  expect(await scheduled.entries({ limit: 0 })).toEqual([])
  const waits = await q.with({ dependsOn: due }).enqueue(tasks.nothing)
  expect(await q.deferredJobRegistry.entries()).toEqual([
    { id: waits.id, at: (await waits.refresh()).createdAt },
  ])
  const queued = await q.enqueue(tasks.nothing)
  expect(await q.registry('queued').entries()).toEqual([{ id: queued.id, at: null }])
  await expect(finished.expiresAt('nobody')).rejects.toBeInstanceOf(JobNotFoundError)
  await expect(scheduled.expiresAt(due)).rejects.toBeInstanceOf(InvalidArgumentError)
  await expect(finished.scheduledFor(done)).rejects.toBeInstanceOf(InvalidArgumentError)
})

test('a listing shows what has expired until a clean-up, which no reading does by itself [rq 115] [rq trap]', async () => {
  const q = h.queue()
  const [short, long] = [
    await q.with({ resultTtl: '10s' }).enqueue(tasks.nothing),
    await q.with({ resultTtl: '1h' }).enqueue(tasks.nothing),
  ]
  await drain()
  await elapse(h.redis, h.prefix, 20_000)
  const { finishedJobRegistry: finished } = q
  for (let reading = 0; reading < 2; reading++) {
    expect([await finished.count(), await finished.ids()]).toEqual([2, [short.id, long.id]])
    expect((await finished.jobs()).map(({ id }) => id)).toEqual([long.id])
  }
  expect(await finished.cleanup()).toBe(1)
  expect(await finished.ids()).toEqual([long.id])
  expect(await finished.cleanup()).toBe(0)
})

test('a clean-up of hundreds takes as many calls as it needs', async () => {
  const q = h.queue('q', { defaults: { resultTtl: '10s' } })
  await q.enqueueMany(many(250))
  await h.drain('q', { paths: ['.'], concurrency: 50 })
  await elapse(h.redis, h.prefix, 20_000)
  expect(await q.finishedJobRegistry.cleanup()).toBe(250)
})

test('a finished job is never made a failed one by a clean-up; a started one whose worker died is queued again [rq trap]', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#hold', h.gate('dead'))
  const worker = h.worker('q', { name: 'dies' })
  const running = worker.run()
  await h.reached('dead')
  await expect.poll(async () => (await job.refresh()).isStarted).toBe(true)
  const [entry] = await q.startedJobRegistry.entries()
  expect(entry).toMatchObject({ id: job.id, at: expect.any(Date) })
  expect(await q.startedJobRegistry.has(job)).toBe(true)
  expect(await q.startedJobRegistry.cleanup()).toBe(0)
  await expect(q.startedJobRegistry.remove(job)).rejects.toBeInstanceOf(InvalidStateError)
  await elapse(h.redis, h.prefix, 60_000)
  expect(await q.startedJobRegistry.cleanup()).toBe(1)
  expect(await q.jobIds()).toEqual([job.id])
  await job.cancel()
  await h.open('dead')
  await worker.stopNow()
  await running
})

describe('requeue', () => {
  const failures = async (n: number): Promise<Job[]> => {
    const q = h.queue()
    const jobs = []
    for (let i = 0; i < n; i++) jobs.push(await q.enqueue(tasks.fail))
    await drain()
    return jobs
  }

  test('one, at the front, or a list, of this registry only', async () => {
    const q = h.queue()
    const [a, b, c] = (await failures(3)) as [Job, Job, Job]
    const canceled = await q.enqueueIn('1h', tasks.nothing)
    await canceled.cancel()
    const { failedJobRegistry: failed } = q
    expect(await failed.requeue(a)).toBe(1)
    expect(await failed.requeue(b.id, { atFront: true })).toBe(1)
    expect(await failed.requeue([c, a.id, canceled, 'nobody'])).toBe(1)
    expect(await q.jobIds()).toEqual([b.id, a.id, c.id])
    await expect(failed.requeue(canceled)).rejects.toThrow('is canceled; expected failed')
    await expect(q.finishedJobRegistry.requeue(a)).rejects.toBeInstanceOf(InvalidArgumentError)
  })

  test('while walking through the registry misses none', async () => {
    const q = h.queue()
    await failures(12)
    for await (const job of q.failedJobRegistry) await job.requeue()
    expect(await q.counts()).toMatchObject({ failed: 0, queued: 12 })
  })

  test('on a synchronous queue runs the job again at once', async () => {
    const q = h.queue('q', { async: false })
    const job = await q.enqueue(tasks.fail)
    expect(await q.failedJobRegistry.requeue(job)).toBe(1)
    expect(await job.runs()).toHaveLength(2)
  })
})

test('walking through a registry shows all that it held, page after page', async () => {
  const q = h.queue()
  const jobs = await q.enqueueMany(many(1_203))
  const seen: string[] = []
  for await (const job of q.registry('queued')) {
    if (seen.length === 0) await jobs[700]!.delete()
    seen.push(job.id)
  }
  expect(seen).toEqual(jobs.map(({ id }) => id).filter((id) => id !== jobs[700]!.id))
})

test('remove cancels what waits, and deletes what has ended or is told to', async () => {
  const q = h.queue()
  const done = await q.enqueue(tasks.nothing)
  await drain()
  const [later, waits] = [await q.enqueueIn('1h', tasks.nothing), await q.enqueueIn('1h', tasks.nothing)]
  expect(await q.scheduledJobRegistry.remove(later)).toBe(true)
  expect((await later.refresh()).reason).toBe('removed from the scheduled registry')
  expect(await q.scheduledJobRegistry.remove(waits.id, { deleteJob: true })).toBe(true)
  expect(await q.fetchJob(waits.id)).toBeNull()
  expect(await q.scheduledJobRegistry.remove(waits)).toBe(false)
  await expect(q.finishedJobRegistry.remove(done)).rejects.toThrow(/deleteJob: true/)
  expect(await q.failedJobRegistry.remove(done, { deleteJob: true })).toBe(false)
  expect(await q.finishedJobRegistry.remove(done, { deleteJob: true })).toBe(true)
  expect(await q.startedJobRegistry.remove(done)).toBe(false)
})

test('purge deletes what ended long enough ago, and nothing else', async () => {
  const q = h.queue('q', { defaults: { resultTtl: '1d' } })
  await q.enqueueMany(many(230))
  await h.drain('q', { paths: ['.'], concurrency: 50 })
  await elapse(h.redis, h.prefix, 60_000)
  const young = await q.enqueue(tasks.nothing)
  await drain()
  expect(await q.purge('finished', { olderThan: '2m' })).toBe(0)
  const progress: number[] = []
  expect(await q.purge('finished', { olderThan: '30s', onProgress: (n) => progress.push(n) })).toBe(230)
  expect(progress.at(-1)).toBe(230)
  expect(await q.jobIds('finished')).toEqual([young.id])
  expect(await q.purge('finished')).toBe(1)
  await expect(q.purge('queued')).rejects.toThrow(/use empty\(\)/)
})

test('the started registry and the worker agree on what runs, and what a dead worker held heals by itself [rq 116]', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#hold', h.gate('run'))
  const worker = h.worker('q', { name: 'w' })
  const running = worker.run()
  await h.reached('run')
  const here = { connection: REDIS_URL, prefix: h.prefix }
  expect(await q.startedJobRegistry.ids()).toEqual([job.id])
  expect((await Worker.fetch('w', here))?.currentJobIds).toEqual([job.id])
  await h.open('run')
  await worker.stop()
  await running
  expect([await q.startedJobRegistry.ids(), await Worker.fetch('w', here)]).toEqual([[], null])

  // As a worker leaves it that dies with a job.
  const held = await q.enqueue('./tasks#nothing')
  await h.redis.zrem(`${h.base('q')}queued`, held.id)
  await h.redis.hset(`${h.base('q')}started:dead`, held.id, '1:1')
  await h.redis.zadd(`${h.base('q')}workers`, 1, 'dead')
  expect(await q.startedJobRegistry.ids()).toEqual([held.id])
  expect(await q.startedJobRegistry.cleanup()).toBe(1)
  expect([await q.startedJobRegistry.ids(), await q.jobIds()]).toEqual([[], [held.id]])
})
