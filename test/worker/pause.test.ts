import { expect, test } from 'vitest'
import { isSuspended, resume, SuspendedError, suspend, Worker } from '../../lib/index.ts'
import { harness, logbook, REDIS_URL } from '../kit/harness.ts'

const h = harness()
const here = () => ({ connection: REDIS_URL, prefix: h.prefix })

/** Resolves when the workers have looked at a queue once more: each look is a command of the script. */
async function idle(worker: { readonly name: string }): Promise<void> {
  await expect.poll(async () => (await Worker.fetch(worker.name, here()))?.state).toBe('idle')
}

test('not one more job begins once all workers are suspended, not even on an idle one [rq trap]', async () => {
  const q = h.queue()
  const workers = [h.worker(), h.worker()]
  const running = workers.map((worker) => worker.run())
  for (const worker of workers) await idle(worker)
  await suspend(here())
  const job = await q.enqueue('./tasks#add', 1, 2)
  // Both wake up for it, and say what they saw.
  await expect
    .poll(async () => (await Worker.all(here())).map(({ state }) => state))
    .toEqual(['suspended', 'suspended'])
  await expect.poll(() => h.redis.llen(`${h.base('q')}bell`)).toBe(0)
  expect((await job.refresh()).status).toBe('queued')
  expect(await isSuspended(here())).toBe(true)
  await resume(here())
  expect(await job.result).toBe(3)
  expect(await isSuspended(here())).toBe(false)
  for (const worker of workers) await worker.stop()
  await Promise.all(running)
})

test('a running job ends while everything is suspended', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#hold', h.gate('x'))
  const worker = h.worker()
  const running = worker.run()
  await h.reached('x')
  await suspend(here())
  const next = await q.enqueue('./tasks#add', 1, 1)
  await h.open('x')
  expect(await job.result).toBe('let go')
  expect((await next.refresh()).status).toBe('queued')
  await resume(here())
  expect(await next.result).toBe(2)
  await worker.stop()
  await running
})

test('a queue that is new while everything is suspended is suspended by its worker', async () => {
  await suspend(here())
  const job = await h.queue('new').enqueue('./tasks#add', 1, 1)
  const worker = h.worker('new')
  const running = worker.run()
  await expect.poll(async () => (await Worker.fetch(worker.name, here()))?.state).toBe('suspended')
  expect((await job.refresh()).status).toBe('queued')
  await resume(here())
  expect(await job.result).toBe(2)
  await worker.stop()
  await running
})

test('a suspension for a time ends by itself', async () => {
  await suspend({ ...here(), for: '300ms' })
  const job = await h.queue().enqueue('./tasks#add', 1, 1)
  const worker = h.worker()
  const running = worker.run()
  expect(await job.result).toBe(2)
  expect(await isSuspended(here())).toBe(false)
  await worker.stop()
  await running
})

test('what a crash leaves of a resume is mended by the next heartbeat', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#add', 1, 1)
  await h.redis.hset(`${h.base('q')}flags`, 'suspended', 'inf')
  const worker = h.worker()
  const running = worker.run()
  expect(await job.result).toBe(2)
  await worker.stop()
  await running
})

test('a burst on a suspended queue ends, and says that there may be more to do', async () => {
  const job = await h.queue().enqueue('./tasks#add', 1, 1)
  await suspend(here())
  const { logger, text } = logbook()
  expect(await h.drain('q', { logger })).toMatchObject({ finished: 0 })
  expect(text()).toContain('Suspended in burst mode, exiting')
  expect(text()).toContain('RQ is currently suspended, to resume job execution run "rq resume"')
  expect((await job.refresh()).status).toBe('queued')
})

test('a worker that is told so refuses to start while everything is suspended', async () => {
  await suspend(here())
  await expect(h.worker('q', { whenSuspended: 'throw' }).run()).rejects.toBeInstanceOf(SuspendedError)
  expect(await Worker.count(here())).toBe(0)
})

test('pausing one queue leaves the others alone', async () => {
  const [paused, open] = [h.queue('paused'), h.queue('open')]
  await paused.pause()
  expect([await paused.isPaused(), await open.isPaused()]).toEqual([true, false])
  const waits = await paused.enqueue('./tasks#add', 1, 1)
  const runs = await open.enqueue('./tasks#add', 2, 2)
  const worker = h.worker(['paused', 'open'])
  const running = worker.run()
  expect(await runs.result).toBe(4)
  expect((await waits.refresh()).status).toBe('queued')
  await paused.resume()
  expect(await waits.result).toBe(2)
  await worker.stop()
  await running
})

test('a pause wants some time, and knows its options', async () => {
  const q = h.queue()
  await expect(q.pause({ for: 0 })).rejects.toThrow('expected more than 0')
  await expect(async () => q.pause({ fro: 1 } as object)).rejects.toThrow("Did you mean 'for'?")
})

test('jobs claimed ahead go back when their queue is paused', async () => {
  const q = h.queue()
  // Short ones, so that the worker claims ahead; then one that stays.
  for (let n = 0; n < 30; n++) await q.enqueue('./tasks#nothing')
  const held = await q.enqueue('./tasks#hold', h.gate('x'))
  const after = []
  for (let n = 0; n < 30; n++) after.push(await q.enqueue('./tasks#nothing'))
  const worker = h.worker()
  const running = worker.run()
  await h.reached('x')
  await q.pause()
  await expect.poll(async () => (await q.jobIds()).length).toBe(30)
  await h.open('x')
  await held.result
  expect(await q.jobIds()).toEqual(after.map((job) => job.id))
  await worker.stop()
  await running
})
