import { describe, expect, test } from 'vitest'
import { type EndedJob, InvalidArgumentError, Queue } from '../../lib/index.ts'
import * as callbacks from '../fixtures/callbacks.ts'
import * as tasks from '../fixtures/middleware.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

const headers = { traceparent: '00-0af7-b7ad-01', tenant: 'acme' }

describe('headers', () => {
  test.each(['process', 'thread', 'none'] as const)(
    'travel with a job to where it runs: %s',
    async (isolation) => {
      const q = h.queue()
      const job = await q.with({ headers }).enqueue(tasks.headers)
      await h.drain('q', { paths: ['.'], isolation })
      expect(await job.result).toEqual(headers)
      expect((await q.fetchJob(job.id))!.headers).toEqual(headers)
    },
  )

  test('are nothing in the record where there are none', async () => {
    const q = h.queue()
    for (const options of [{}, { headers: {} }]) {
      const job = await q.with(options).enqueue(tasks.headers)
      expect(await h.redis.hget(`${h.base('q')}job:${job.id}`, 'opts')).toBeNull()
      expect(job.headers).toEqual({})
    }
  })

  test('of a queue hold for each job that has none of its own', async () => {
    const q = h.queue('q', { defaults: { headers } })
    const plain = await q.enqueue(tasks.headers)
    const own = await q.with({ headers: { locale: 'de' } }).enqueue(tasks.headers)
    await h.drain('q', { paths: ['.'] })
    expect([await plain.result, await own.result]).toEqual([headers, { locale: 'de' }])
  })

  test('stay through retries, requeues, repetitions and moves', async () => {
    const q = h.queue()
    const job = await q.with({ headers, retry: 1, repeat: 1 }).enqueue(tasks.headersUnless, 1)
    const failing = await q.with({ headers, id: 'again' }).enqueue(tasks.headersUnless, 1)
    await h.drain('q', { paths: ['.'] })
    expect(await job.result).toEqual(headers)
    await failing.requeue()
    await failing.refresh()
    expect(failing.headers).toEqual(headers)
    const other = h.queue('other')
    const moved = await q.with({ headers }).enqueue(tasks.headers)
    await moved.moveTo('other')
    await h.drain('other', { paths: ['.'] })
    expect(await (await other.fetchJob(moved.id))!.returnValue()).toEqual(headers)
  })

  test('come with the callback of a job too', async () => {
    const q = h.queue()
    const job = await q.with({ headers, onSuccess: callbacks.told }).enqueue(tasks.headers)
    await h.drain('q', { paths: ['.'] })
    const ids = await q.jobIds('finished')
    const callback = await q.fetchJob(ids.find((id) => id.startsWith(`${job.id}.`))!)
    expect(callback!.headers).toEqual(headers)
    expect(((await callback!.returnValue()) as { job: EndedJob }).job.id).toBe(job.id)
  })

  test('are part of what is signed', async () => {
    const secret = 'a secret of some length'
    const q = h.queue('q', { secret })
    const good = await q.with({ headers }).enqueue(tasks.headers)
    const forged = await q.with({ headers }).enqueue(tasks.headers)
    const key = `${h.base('q')}job:${forged.id}`
    const opts = (await h.redis.hget(key, 'opts'))!
    await h.redis.hset(key, 'opts', opts.replace('acme', 'evil'))
    await h.drain('q', { paths: ['.'], secret })
    expect(await good.result).toEqual(headers)
    await expect(forged.result).rejects.toThrow(/sign/)
  })

  test('travel in the synchronous mode without Redis', async () => {
    const q = new Queue('q', { async: false, prefix: h.prefix })
    expect(await (await q.with({ headers }).enqueue(tasks.headers)).returnValue()).toEqual(headers)
  })

  test.each([
    ['x'],
    [['x']],
    [{ 'a b': 'x' }],
    [{ '': 'x' }],
    [{ a: 7 }],
    [{ [`${'a'.repeat(65)}`]: 'x' }],
    [{ a: 'x'.repeat(8_192) }],
    [Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`h${i}`, 'x']))],
  ])('that are too many, too long or no texts are refused (%#)', async (wrong) => {
    await expect(
      h
        .queue()
        .with({ headers: wrong as never })
        .enqueue(tasks.headers),
    ).rejects.toThrow(InvalidArgumentError)
  })

  test('that were damaged in Redis fail their own job', async () => {
    const q = h.queue()
    const job = await q.enqueue(tasks.headers)
    await h.redis.hset(`${h.base('q')}job:${job.id}`, 'opts', '{"headers":{"a":7}}')
    await h.drain('q', { paths: ['.'] })
    expect(await q.count('failed')).toBe(1)
  })
})
