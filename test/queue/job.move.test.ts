import { describe, expect, test } from 'vitest'
import { call, DuplicateJobError, Group, InvalidArgumentError, InvalidStateError } from '../../lib/index.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()

describe('moveTo', () => {
  test('takes a queued job, with all that it was given, to the end of another queue', async () => {
    const [low, high] = [h.queue('low'), h.queue('high')]
    await high.enqueue(tasks.nothing)
    const options = { timeout: 5, meta: { who: 'me' }, tags: ['x'], priority: 3 }
    const job = await low.with(options).enqueue(tasks.add, 1, 2)
    const moved = await job.moveTo('high')
    expect(moved).toMatchObject({ id: job.id, queue: 'high', status: 'queued', args: [1, 2], timeout: 5 })
    expect([moved.meta, moved.tags, moved.priority]).toEqual([{ who: 'me' }, ['x'], 3])
    expect([await low.fetchJob(job.id), await moved.position()]).toEqual([null, 1])
    await h.drain('high', { paths: ['.'] })
    expect(await moved.result).toBe(3)
  })

  test('and with its time to wait, its unique key and its limit, which hold there', async () => {
    const [low, high] = [h.queue('low'), h.queue('high')]
    const limit = { key: 'api', concurrency: 2, rate: { max: 1, per: '1h' } }
    const options = { ttl: '1h', unique: 'mine', limit }
    const job = await low.with(options).enqueue(tasks.nothing)
    const second = await low.with({ limit }).enqueue(tasks.nothing)
    await job.refresh()
    const moved = await job.moveTo('high')
    expect(Math.round(moved.ttl! / 60)).toBe(60)
    await expect(high.with({ unique: 'mine' }).enqueue(tasks.nothing)).rejects.toThrow(DuplicateJobError)
    await low.with({ unique: 'mine' }).enqueue(tasks.nothing)
    await second.moveTo('high')
    expect(await h.drain('high', { paths: ['.'] })).toMatchObject({ finished: 1 })
    expect(await high.counts()).toMatchObject({ finished: 1, scheduled: 1 })
  })

  test('and with what is over by then', async () => {
    const job = await h.queue('low').with({ ttl: '1h' }).enqueue(tasks.nothing)
    await h.redis.hset(`${h.base('low')}job:${job.id}`, 'x', 1)
    const moved = await job.moveTo('high')
    await h.drain('high', { paths: ['.'] })
    expect((await moved.refresh()).status).toBe('canceled')
  })

  test('a scheduled one that is to go ahead still does', async () => {
    const low = h.queue('low')
    const job = await low.with({ atFront: true, at: 4e12 }).enqueue(tasks.nothing)
    await job.moveTo('high')
    expect(await h.redis.hget(`${h.base('high')}job:${job.id}`, 'front')).toBe('1')
  })

  test('keeps the time of a scheduled one', async () => {
    const job = await h.queue('low').enqueueAt(new Date(4e12), tasks.nothing)
    expect(await job.moveTo('high')).toMatchObject({ status: 'scheduled', scheduledFor: new Date(4e12) })
  })

  test('is refused where the job does not wait, or others wait for it, and then changes nothing', async () => {
    const q = h.queue('low')
    const done = await q.enqueue(tasks.nothing)
    await h.drain('low', { paths: ['.'] })
    await expect(done.moveTo('high')).rejects.toThrow(InvalidStateError)
    const parent = await q.enqueue(tasks.nothing)
    const child = await q.with({ dependsOn: parent }).enqueue(tasks.nothing)
    await expect(parent.moveTo('high')).rejects.toThrow('1 jobs depend on it')
    await expect(child.moveTo('high')).rejects.toThrow('it is deferred')
    const group = await Group.create({ connection: REDIS_URL, prefix: h.prefix })
    const [member] = await group.enqueueMany(q, [call(tasks.nothing)])
    await expect(member!.moveTo('high')).rejects.toThrow('it is in a group')
    await expect(parent.moveTo('low')).rejects.toThrow(InvalidArgumentError)
    expect(await q.jobIds()).toEqual([parent.id, member!.id])
  })

  test('or a job that has its unique key', async () => {
    const [low, high] = [h.queue('low'), h.queue('high')]
    const job = await low.with({ unique: 'mine' }).enqueue(tasks.nothing)
    const other = await high.with({ unique: 'mine' }).enqueue(tasks.nothing)
    await expect(job.moveTo('high')).rejects.toThrow(`its job ${other.id} has the unique key`)
    expect((await job.refresh()).status).toBe('canceled')
  })

  test('leaves the job canceled, with the reason, where the other queue has one of its id', async () => {
    const [low, high] = [h.queue('low'), h.queue('high')]
    const job = await low.with({ id: 'same' }).enqueue(tasks.nothing)
    await high.with({ id: 'same' }).enqueue(tasks.nothing)
    await expect(job.moveTo('high')).rejects.toThrow('it has a job of this id')
    expect(await job.refresh()).toMatchObject({ status: 'canceled', reason: 'moved to queue high' })
  })
})
