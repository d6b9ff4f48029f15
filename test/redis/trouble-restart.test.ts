import { describe, expect, onTestFinished, test } from 'vitest'
import { startRedis } from '../../lib/testing/index.ts'
import { harness, logbook } from '../kit/harness.ts'

const h = harness()

async function lastingServer() {
  const server = await startRedis({ quiet: true, appendonly: true, args: ['--appendfsync', 'always'] })
  onTestFinished(() => server.stop())
  return server
}

describe.each(['is restarted', 'crashes and comes back'] as const)('a Redis that %s', (how) => {
  test('[F8] while 200 jobs run and their results are awaited: each result comes, once', async () => {
    const server = await lastingServer()
    const connection = server.url
    const q = h.queue('q', { connection })
    const worker = h.worker('q', { connection, concurrency: 8 })
    const running = worker.run()
    const seen: number[] = []
    const jobs = await Promise.all(
      Array.from({ length: 200 }, (_, n) => q.enqueue('./scripts/tasks#addSlowly', n, 1)),
    )
    const all = jobs.map((job, n) => job.result.then((sum) => seen.push(n) && sum))
    await Promise.all(all.slice(0, 20))
    expect(seen.length).toBeLessThan(200)
    if (how !== 'is restarted') await server.kill()
    await server.restart()
    expect(await Promise.all(all)).toEqual(jobs.map((_, n) => n + 1))
    expect(new Set(seen).size).toBe(200)
    await worker.stop()
    await running
    expect(await q.counts()).toMatchObject({ finished: 200, started: 0, queued: 0, failed: 0 })
  })

  test('without an enqueue noticing', async () => {
    const server = await lastingServer()
    const q = h.queue('q', { connection: server.url })
    await q.enqueue('./tasks#add', 1, 2)
    if (how !== 'is restarted') await server.kill()
    const restarted = server.restart()
    const jobs = await Promise.all([1, 2, 3].map((n) => q.enqueue('./tasks#add', n, n)))
    await restarted
    expect((await q.jobIds()).slice(1)).toEqual(jobs.map((job) => job.id))
  })
})

test('[F9] a worker started before Redis says that it waits, and works when it comes', async () => {
  const server = await lastingServer()
  const connection = server.url
  const q = h.queue('q', { connection })
  const job = await q.enqueue('./tasks#add', 1, 2)
  await server.kill()
  const { logger, lines } = logbook()
  const worker = h.worker('q', { connection, logger })
  const running = worker.run()
  await expect.poll(() => lines.join('\n'), { timeout: 5_000 }).toMatch(/ECONNREFUSED.*Waiting for it\./)
  await server.restart()
  expect(await job.result).toBe(3)
  expect(lines.join('\n')).toContain('*** Listening on q...')
  await worker.stop()
  await running
})

test('a worker that waits for Redis can be stopped', async () => {
  const server = await lastingServer()
  await server.kill()
  const { logger, lines } = logbook()
  const worker = h.worker('q', { connection: server.url, logger })
  const running = worker.run()
  await expect.poll(() => lines.join('\n'), { timeout: 5_000 }).toContain('Waiting for it.')
  await worker.stop()
  expect(await running).toMatchObject({ finished: 0 })
})
