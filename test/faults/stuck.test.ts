import { expect, test } from 'vitest'
import { harness, logbook } from '../kit/harness.ts'

const h = harness()

test('[F19] a job that cannot be killed, in the process of its worker, fails at its timeout, and another has its slot', async () => {
  const q = h.queue()
  const stuck = await q.with({ timeout: '300ms' }).enqueue('./tasks#hang')
  const next = await q.enqueue('./tasks#add', 1, 1)
  const worker = h.worker('q', { isolation: 'none' })
  const running = worker.run()
  await expect(stuck.result).rejects.toMatchObject({ cause: { name: 'JobTimeoutError' } })
  expect(await next.result).toBe(2)
  await worker.stop()
  await running
})

test('[F19] and may be tried again there, while its first run goes on unheard', async () => {
  const q = h.queue()
  const job = await q.with({ timeout: '300ms', retry: 1 }).enqueue('./tasks#hangOnce')
  const { logger, text } = logbook()
  await h.drain('q', { isolation: 'none', logger })
  expect(await job.result).toBe(2)
  expect(text()).toContain('exceeded its timeout of 0.3 seconds')
})
