import { expect, test } from 'vitest'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()

test('a job that a claim brings after a cold stop began goes back at once, and does not hold it up', async () => {
  const proxy = await FaultProxy.start(REDIS_URL)
  const q = h.queue()
  const job = await q.enqueue('./tasks#hold', h.gate('x'))
  const worker = h.worker('q', { name: 'w', connection: proxy.url })
  proxy.delay(150)
  const running = worker.run()
  await expect.poll(() => h.redis.hlen(`${h.base('q')}started:w`), { interval: 10, timeout: 20_000 }).toBe(1)
  const began = performance.now()
  await worker.stopNow()
  await running
  expect(performance.now() - began).toBeLessThan(8_000)
  expect(await q.jobIds()).toEqual([job.id])
  expect((await job.refresh()).attempt).toBe(0)
})
