import { describe, expect, test } from 'vitest'
import { call, Group, InvalidArgumentError, InvalidStateError } from '../../lib/index.ts'
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

  test('leaves the job canceled, with the reason, where the other queue has one of its id', async () => {
    const [low, high] = [h.queue('low'), h.queue('high')]
    const job = await low.with({ id: 'same' }).enqueue(tasks.nothing)
    await high.with({ id: 'same' }).enqueue(tasks.nothing)
    await expect(job.moveTo('high')).rejects.toThrow('it has a job of this id')
    expect(await job.refresh()).toMatchObject({ status: 'canceled', reason: 'moved to queue high' })
  })
})
