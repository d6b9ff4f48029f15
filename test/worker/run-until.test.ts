import { expect, test } from 'vitest'
import { harness } from '../kit/harness.ts'

const h = harness()

test('runUntil ends as soon as the queues of a burst are empty', async () => {
  const q = h.queue()
  for (let n = 0; n < 5; n++) await q.enqueue('./tasks#add', n, n)
  const began = performance.now()
  expect(await h.worker('q', { burst: true }).runUntil({ ms: 60_000 })).toMatchObject({ finished: 5 })
  expect(performance.now() - began).toBeLessThan(30_000)
})

test('runUntil claims nothing more for the last fifth of its time, in which what runs may end', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#hold', h.gate('last'))
  const worker = h.worker('q', { termTimeout: '100ms' })
  const running = worker.runUntil({ ms: 10_000 })
  await h.reached('last')
  await expect.poll(() => worker.readiness.stopping, { timeout: 20_000 }).toBe(true)
  const next = await q.enqueue('./tasks#nothing')
  await h.open('last')
  expect(await running).toMatchObject({ finished: 1 })
  expect([(await job.refresh()).status, (await next.refresh()).status]).toEqual(['finished', 'queued'])
})

test('what still runs when the time of runUntil is over is given back, uncounted', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#hold', h.gate('never'))
  const worker = h.worker('q', { termTimeout: '100ms' })
  const running = worker.runUntil({ ms: 4_000 })
  await h.reached('never')
  expect(await running).toMatchObject({ finished: 0, failed: 0 })
  await job.refresh()
  expect([job.status, job.attempt]).toEqual(['queued', 0])
  await h.open('never')
})

test.each([0, -1, Number.NaN, '5s' as unknown as number])('runUntil refuses %s', async (ms) => {
  await expect(h.worker().runUntil({ ms })).rejects.toThrow('expected { ms } as a time in milliseconds')
})
