import { describe, expect, test } from 'vitest'
import { InvalidStateError, LeaseLostError, Queue, RedisUnavailableError } from '../../lib/index.ts'
import * as tasks from '../fixtures/tasks.ts'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()

describe('reserve()', () => {
  test('takes the job that is next, and ack() finishes it with a result', async () => {
    const q = h.queue()
    const first = await q.with({ headers: { a: 'b' } }).enqueue(tasks.add, 1, 2)
    await q.enqueue(tasks.add, 3, 4)
    const taken = (await q.reserve())!
    expect(taken).toMatchObject({
      id: first.id,
      queue: 'q',
      func: './test/fixtures/tasks#add',
      args: [1, 2],
      attempt: 1,
      headers: { a: 'b' },
    })
    expect((await first.refresh()).status).toBe('started')
    await taken.ack(3)
    expect(await first.result).toBe(3)
    expect(await q.count()).toBe(1)
  })

  test('answers null where nothing is queued', async () => {
    expect(await h.queue().reserve()).toBeNull()
  })

  test('fail() fails it, or has it run again where it may', async () => {
    const q = h.queue()
    const job = await q.with({ retry: 1 }).enqueue(tasks.nothing)
    await (await q.reserve())!.fail(new RangeError('by hand'))
    expect((await job.refresh()).status).toBe('queued')
    const again = (await q.reserve())!
    expect(again.attempt).toBe(2)
    await again.fail(new RangeError('by hand'))
    expect((await job.refresh()).error).toMatchObject({ name: 'RangeError', message: 'by hand' })
  })

  test('release() gives it back to the head of its queue, uncounted, as the end of its scope does', async () => {
    const q = h.queue()
    const job = await q.enqueue(tasks.nothing)
    await q.enqueue(tasks.nothing)
    await (await q.reserve())!.release()
    {
      await using taken = await q.reserve()
      expect(taken!.id).toBe(job.id)
    }
    expect((await q.jobIds())[0]).toBe(job.id)
    const taken = (await q.reserve())!
    expect([taken.id, taken.attempt]).toEqual([job.id, 1])
    await taken.ack()
  })

  test('settles a job once', async () => {
    const q = h.queue()
    await q.enqueue(tasks.nothing)
    const taken = (await q.reserve())!
    await taken.ack()
    await expect(taken.fail(new Error('late'))).rejects.toThrow(InvalidStateError)
  })

  test('can settle it again after an outage, also where the first call came through', async () => {
    const proxy = await FaultProxy.start(REDIS_URL)
    const q = h.queue('q', { connection: proxy.url, commandTimeout: '300ms' })
    for (const cut of [() => proxy.blackhole(), () => proxy.hold()]) {
      const job = await h.queue().enqueue(tasks.nothing)
      const taken = (await q.reserve())!
      cut()
      await expect(taken.ack(1)).rejects.toThrow(RedisUnavailableError)
      proxy.release()
      await proxy.heal()
      await taken.ack(1)
      await expect(taken.ack(1)).rejects.toThrow(InvalidStateError)
      expect(await job.result).toBe(1)
    }
  })

  test('says that the outcome came too late when the lease is gone', async () => {
    const q = h.queue()
    const job = await q.enqueue('./tasks#add', 1, 2)
    const taken = (await q.reserve())!
    // As when the process was stopped for longer than its lease.
    const [holder] = await h.redis.zrange(`${h.base('q')}workers`, '0', '-1')
    await h.redis.zadd(`${h.base('q')}workers`, 1, holder!)
    const worker = h.worker('q', { maintenanceInterval: '50ms' })
    const running = worker.run()
    expect(await job.result).toBe(3)
    await expect(taken.ack('late')).rejects.toThrow(LeaseLostError)
    expect(await job.result).toBe(3)
    await worker.stop()
    await running
  })

  test('passes over what is damaged, which fails', async () => {
    const q = h.queue()
    const bad = await q.enqueue(tasks.nothing)
    const good = await q.enqueue(tasks.nothing)
    await h.redis.hset(`${h.base('q')}job:${bad.id}`, 'args', '{oops')
    const taken = (await q.reserve())!
    expect(taken.id).toBe(good.id)
    await taken.ack()
    expect((await bad.refresh()).error?.name).toBe('InvalidJobError')
  })

  test('passes over what has waited too long, and what is over its limit', async () => {
    const q = h.queue()
    const late = await q.with({ ttl: '1h' }).enqueue(tasks.nothing)
    await h.redis.hset(`${h.base('q')}job:${late.id}`, 'x', 1)
    const limit = { key: 'one', concurrency: 1 }
    const jobs = [
      await q.with({ limit }).enqueue(tasks.nothing),
      await q.with({ limit }).enqueue(tasks.nothing),
      await q.enqueue(tasks.nothing),
    ]
    const taken = [(await q.reserve())!, (await q.reserve())!]
    expect(taken.map(({ id }) => id)).toEqual([jobs[0]!.id, jobs[2]!.id])
    expect([(await late.refresh()).status, (await jobs[1]!.refresh()).status]).toEqual([
      'canceled',
      'limited',
    ])
    expect(await q.reserve()).toBeNull()
    for (const each of taken) await each.ack()
  })

  test('releases dependents and calls callbacks, as any end does', async () => {
    const q = h.queue()
    const job = await q.with({ onSuccess: './callbacks#told' }).enqueue(tasks.nothing)
    const child = await q.with({ dependsOn: job }).enqueue(tasks.nothing)
    await (await q.reserve())!.ack()
    expect((await child.refresh()).status).toBe('queued')
    expect((await q.peek())[0]!.id).toMatch(new RegExp(`^${job.id}\\.finished`))
  })
})

describe('peek() and size()', () => {
  test('look without taking', async () => {
    const q = h.queue()
    const jobs = [
      await q.enqueue(tasks.echo, 1),
      await q.enqueue(tasks.echo, 2),
      await q.enqueue(tasks.echo, 3),
    ]
    expect((await q.peek()).map(({ id }) => id)).toEqual([jobs[0]!.id])
    expect((await q.peek(2, 1)).map(({ id }) => id)).toEqual([jobs[1]!.id, jobs[2]!.id])
    expect(await q.size()).toBe(3)
  })

  test('and reserve() work in memory', async () => {
    const q = new Queue('memory', { async: false, prefix: h.prefix })
    expect([await q.size(), await q.peek(), await q.reserve()]).toEqual([0, [], null])
  })
})
