import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WorkerPool } from '../../lib/index.ts'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { FIXTURES, harness, logbook } from '../kit/harness.ts'
import { sampleOf } from '../metrics/kit.ts'

const h = harness()

/** The log of a worker, and where it says that a path is answered. */
function listening() {
  const book = logbook()
  const base = (path: string) =>
    book.lines
      .map((line) => /^Answering (.*) on (http:\S+)$/.exec(line))
      .find((match) => match?.[1]?.split(', ').includes(path))?.[2]
  return {
    ...book,
    async get(path: string, init?: RequestInit) {
      await expect.poll(() => base(path)).toBeDefined()
      const response = await fetch(`${base(path)}${path}`, init)
      const text = await response.text()
      return { status: response.status, type: response.headers.get('content-type'), text }
    },
    of: base,
  }
}

test('a worker says that it is alive, and whether it is ready, until it has stopped', async () => {
  const { logger, get, of } = listening()
  await h.queue().enqueue('./tasks#hold', h.gate('g'))
  const worker = h.worker('q', { name: 'w1', healthPort: 0, logger, isolation: 'thread' })
  const running = worker.run()
  await h.reached('g')
  const alive = await get('/healthz')
  expect([alive.status, alive.type]).toEqual([200, 'application/json'])
  expect(JSON.parse(alive.text)).toEqual({
    status: 'ok',
    pid: process.pid,
    version: expect.any(String),
    node: process.version,
    uptimeSeconds: expect.any(Number),
    eventLoopLagMs: expect.any(Number),
  })
  const ready = await get('/readyz')
  expect(ready.status).toBe(200)
  expect(JSON.parse(ready.text)).toEqual({
    status: 'ready',
    workers: [
      {
        worker: 'w1',
        ready: true,
        redis: true,
        registered: true,
        prepared: true,
        stopping: false,
        heartbeatAgeMs: expect.any(Number),
      },
    ],
  })
  const stopping = worker.stop()
  const unready = await get('/readyz')
  expect(unready.status).toBe(503)
  expect(JSON.parse(unready.text)).toMatchObject({ status: 'not ready', workers: [{ stopping: true }] })
  expect((await get('/healthz')).status).toBe(200)
  await h.open('g')
  await stopping
  await running
  await expect(fetch(`${of('/healthz')}/healthz`)).rejects.toThrow()
})

test('a worker without Redis is alive and not ready, and ready once Redis is there', async () => {
  const proxy = await FaultProxy.start(h.url)
  await proxy.refuse()
  const { logger, get } = listening()
  const worker = h.worker('q', { connection: proxy.url, healthPort: 0, logger })
  const running = worker.run()
  expect((await get('/healthz')).status).toBe(200)
  const away = await get('/readyz')
  expect(away.status).toBe(503)
  expect(JSON.parse(away.text).workers[0]).toMatchObject({
    redis: false,
    registered: false,
    heartbeatAgeMs: null,
  })
  await proxy.heal()
  await expect.poll(async () => (await get('/readyz')).status, { timeout: 15_000 }).toBe(200)
  await worker.stop()
  await running
}, 30_000)

test('metrics have a port of their own, or that of the health checks', async () => {
  const { logger, get, of } = listening()
  await h.queue().enqueue('./tasks#nothing')
  await h.drain()
  const worker = h.worker('q', { healthPort: 0, metricsPort: 0, logger })
  const running = worker.run()
  const { status, type, text } = await get('/metrics')
  expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
  expect(sampleOf(text, 'rq_jobs_processed_total', { outcome: 'success' })).toBe(1)
  const open = await get('/metrics', { headers: { accept: 'application/openmetrics-text;version=1.0.0' } })
  expect(open.type).toContain('application/openmetrics-text')
  expect(open.text).toMatch(/# TYPE rq_jobs_processed counter\nrq_jobs_processed_total\{.*# EOF\n$/s)
  expect(of('/metrics')).toBe(of('/readyz'))
  expect((await get('/metrics', { method: 'POST' })).status).toBe(405)
  expect((await get('/metrics', { method: 'HEAD' })).text).toBe('')
  const missing = await fetch(`${of('/metrics')}/other`)
  expect([missing.status, await missing.json()]).toEqual([
    404,
    { status: 'error', error: 'expected one of /healthz, /readyz, /metrics' },
  ])
  await worker.stop()
  await running
})

test('a pool answers for its workers', async () => {
  const { logger, get } = listening()
  const pool = new WorkerPool('q', {
    connection: h.url,
    prefix: h.prefix,
    paths: [FIXTURES],
    size: 2,
    healthPort: 0,
    metricsPort: 0,
    logger,
  })
  onTestFinished(() => pool.stopNow())
  const running = pool.run()
  await expect
    .poll(
      async () => JSON.parse((await get('/readyz')).text).workers.filter((each: any) => each.ready).length,
      {
        timeout: 20_000,
      },
    )
    .toBe(2)
  const { workers } = JSON.parse((await get('/readyz')).text)
  expect(workers.map((each: any) => each.worker).sort()).toEqual(pool.workers.map(({ name }) => name).sort())
  expect(sampleOf((await get('/metrics')).text, 'rq_workers', { state: 'idle' })).toBe(2)
  expect((await get('/healthz')).status).toBe(200)
  await pool.stop()
  await running
}, 30_000)

test('a port that is taken, or is none, is refused in plain words', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  await expect(h.worker('q', { healthPort: port }).run()).rejects.toThrow(
    `healthPort: cannot listen on 127.0.0.1:${port}: listen EADDRINUSE`,
  )
  expect(() => h.worker('q', { metricsPort: 70_000 })).toThrow('metricsPort: expected a port from 0 to 65535')
})
