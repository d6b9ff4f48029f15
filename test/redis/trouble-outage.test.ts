import { afterAll, beforeAll, expect, test } from 'vitest'
import { DEFAULTS } from '../../lib/core/options.ts'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { harness, logbook, REDIS_URL } from '../kit/harness.ts'

/** What takes half a minute in life takes a second here: the outages are longer than the lease all the same. */
const SHORT = {
  leaseMs: 1_000,
  heartbeatMs: 250,
  maintenanceMs: 250,
  blockMs: 500,
  commandTimeoutMs: 600,
  connectTimeoutMs: 300,
}
const LIFELIKE = { ...DEFAULTS }

beforeAll(() => void Object.assign(DEFAULTS, SHORT))
afterAll(() => void Object.assign(DEFAULTS, LIFELIKE))

const h = harness()

test('[F11] a worker that was away for longer than its lease goes on, and its job runs once more', async () => {
  const proxy = await FaultProxy.start(REDIS_URL)
  const q = h.queue()
  const held = await q.enqueue('./tasks#hold', h.gate('held'), true)
  const { logger, text } = logbook()
  const worker = h.worker('q', { connection: proxy.url, logger })
  const running = worker.run()
  await h.reached('held')
  await proxy.refuse()
  await expect.poll(text, { timeout: 10_000 }).toContain('Lost the lease on all jobs')
  await proxy.heal()
  await h.reached('held')
  await h.open('held')
  expect(await held.result).toBe('let go')
  const next = await q.enqueue('./tasks#add', 1, 2)
  expect(await next.result).toBe(3)
  expect(text()).toMatch(/cannot be reached.*Trying again/)
  expect(Number(await h.redis.hget(`${h.base('q')}stats`, 'finished'))).toBe(2)
  await worker.stop()
  await running
})

test('[F11] another worker takes over from one that was cut off, and only one outcome is recorded', async () => {
  const proxy = await FaultProxy.start(REDIS_URL)
  const q = h.queue()
  const job = await q.enqueue('./tasks#hold', h.gate('both'))
  const first = h.worker('q', { connection: proxy.url, name: 'first' })
  const running = first.run()
  await h.reached('both')
  proxy.blackhole()
  const second = h.worker('q', { name: 'second' })
  const runningToo = second.run()
  await h.reached('both')
  await h.open('both')
  await h.open('both')
  expect(await job.result).toBe('let go')
  await proxy.heal()
  expect((await job.refresh()).worker).toBe('second')
  const next = await q.enqueue('./tasks#add', 1, 2)
  expect(await next.result).toBe(3)
  expect(Number(await h.redis.hget(`${h.base('q')}stats`, 'finished'))).toBe(2)
  await Promise.all([first.stop(), second.stop()])
  await Promise.all([running, runningToo])
})

test('[F12] a blocked connection that went silent is noticed, and the worker hears of jobs again', async () => {
  const proxy = await FaultProxy.start(REDIS_URL)
  const q = h.queue()
  const worker = h.worker('q', { connection: proxy.url })
  const running = worker.run()
  const isBlocked = (sent: string) => /blpop/i.test(sent)
  await expect.poll(() => proxy.swallow(isBlocked)).toBe(1)
  const jobs = []
  for (const n of [1, 2, 3]) jobs.push(await q.enqueue('./tasks#add', n, n))
  expect(await Promise.all(jobs.map((job) => job.result))).toEqual([2, 4, 6])
  await worker.stop()
  await running
})

test('[F6] a worker stops within its time though Redis is away', async () => {
  const proxy = await FaultProxy.start(REDIS_URL)
  const q = h.queue()
  const job = await q.enqueue('./tasks#add', 1, 2)
  const worker = h.worker('q', { connection: proxy.url })
  const running = worker.run()
  expect(await job.result).toBe(3)
  await proxy.refuse()
  const started = performance.now()
  await worker.stop()
  await running.catch(() => {})
  expect(performance.now() - started).toBeLessThan(5_000)
})
