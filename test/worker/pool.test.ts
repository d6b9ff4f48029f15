import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { WorkerPool, type WorkerPoolOptions } from '../../lib/index.ts'
import { FIXTURES, harness, logbook, REDIS_URL } from '../kit/harness.ts'

const h = harness()

function pool(options: WorkerPoolOptions = {}): WorkerPool {
  const made = new WorkerPool('q', {
    connection: REDIS_URL,
    prefix: h.prefix,
    paths: [FIXTURES],
    isolation: 'none',
    ...options,
  })
  onTestFinished(() => made.stopNow())
  return made
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('[rq 125] a pool starts its workers, and all of them work', async () => {
  const q = h.queue()
  const made = pool({ size: 2 })
  const running = made.run()
  const jobs = [await q.enqueue('./tasks#hold', h.gate('a')), await q.enqueue('./tasks#hold', h.gate('b'))]
  await h.reached('a')
  await h.reached('b')
  const workers = await Promise.all(jobs.map(async (job) => (await job.refresh()).worker))
  expect(new Set(workers).size).toBe(2)
  expect(new Set(made.workers.map(({ name }) => name))).toEqual(new Set(workers))
  for (const name of ['a', 'b']) await h.open(name)
  expect(await Promise.all(jobs.map((job) => job.result))).toEqual(['let go', 'let go'])
  const pids = made.workers.map(({ pid }) => pid!)
  await made.stop()
  expect(await running).toMatchObject({ finished: 2 })
  expect(made.workers).toEqual([])
  expect(pids.filter(isAlive)).toEqual([])
})

test('what its jobs enqueue is where its workers are', async () => {
  const job = await h.queue().enqueue('./place-tasks#enqueueInner')
  await pool({ burst: true }).run()
  expect(await job.result).toMatchObject({ prefix: h.prefix, found: true })
})

test('[rq 125] a worker that dies is replaced', async () => {
  const q = h.queue()
  const { logger, text } = logbook()
  const made = pool({ size: 1, logger })
  const running = made.run()
  await expect.poll(() => h.redis.zcard(`${h.prefix}:workers`), { timeout: 20_000 }).toBe(1)
  const pid = made.workers[0]!.pid!
  process.kill(pid, 'SIGKILL')
  await expect.poll(() => made.workers[0]?.pid ?? pid, { timeout: 10_000 }).not.toBe(pid)
  expect(text()).toContain(`(PID ${pid}) ended, starting another`)
  expect(await (await q.enqueue('./tasks#add', 1, 1)).result).toBe(2)
  await made.stop()
  await running
})

test('[rq 125] a burst is over when the queues are empty; its totals are those of all workers', async () => {
  const q = h.queue()
  const jobs = []
  for (let n = 0; n < 20; n++) jobs.push(await q.enqueue('./tasks#add', n, n))
  const { logger, text } = logbook()
  expect(await pool({ size: 2, burst: true, logger }).run()).toMatchObject({ finished: 20, failed: 0 })
  expect(await jobs[19]!.result).toBe(38)
  expect(text()).toContain('Worker done, quitting')
  expect(text()).toContain('Worker pool done, quitting')
})

test('a worker that has had its maxJobs is followed by another, at once and until a stop', async () => {
  const q = h.queue()
  const { logger, text } = logbook()
  const made = pool({ maxJobs: 1, logger })
  const running = made.run()
  for (const n of [1, 2, 3]) expect(await (await q.enqueue('./tasks#add', n, n)).result).toBe(2 * n)
  await made.stop()
  expect(await running).toMatchObject({ finished: 3 })
  expect(text()).toMatch(/\(PID \d+\) has run its jobs, starting another/)
  expect(text()).not.toContain('ended, starting another')
})

test('a burst goes on after maxJobs, until the queues are empty', async () => {
  const q = h.queue()
  for (let n = 0; n < 3; n++) await q.enqueue('./tasks#add', n, n)
  expect(await pool({ maxJobs: 2, burst: true }).run()).toMatchObject({ finished: 3 })
  expect(await q.count()).toBe(0)
})

test('a warm stop lets running jobs end, a cold one gives them back', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#hold', h.gate('x'), true)
  const made = pool({ isolation: 'process' })
  const running = made.run()
  await h.reached('x')
  const stopping = made.stop()
  await made.stopNow()
  await stopping
  await running
  expect((await job.refresh()).status).toBe('queued')
})

test('no worker outlives a pool that was killed', async () => {
  const q = h.queue()
  await q.enqueue('./tasks#hold', h.gate('x'))
  const program = new URL('../fixtures/pool-program.ts', import.meta.url).pathname
  const child = fork(program, [REDIS_URL, h.prefix, FIXTURES], { execArgv: ['--import', 'tsx'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await h.reached('x')
  child.send('pids')
  const [pids] = (await once(child, 'message')) as [number[]]
  expect(pids.filter(isAlive)).toHaveLength(2)
  child.kill('SIGKILL')
  await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([])
  await expect.poll(() => q.count(), { timeout: 10_000 }).toBe(1)
})

test.each([
  [{ size: 0 }, 'size: expected a whole number from 1'],
  [{ connection: { retryStrategy: () => 1 } }, 'plain options, which can be sent to the worker processes'],
  [{ sise: 2 } as object, 'Did you mean'],
])('%o is refused', (options, message) => {
  expect(() => new WorkerPool('q', options as WorkerPoolOptions)).toThrow(message)
})
