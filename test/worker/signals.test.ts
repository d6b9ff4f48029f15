import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { Worker, type WorkerOptions, WorkerPool } from '../../lib/index.ts'
import { HorsePool } from '../../lib/worker/horse-pool.ts'
import { FIXTURES, harness, logbook, REDIS_URL } from '../kit/harness.ts'

const h = harness()

async function busy(options: WorkerOptions = {}) {
  const job = await h.queue().enqueue('./tasks#hold', h.gate('x'), true)
  const worker = h.worker('q', { isolation: 'process', ...options })
  const running = worker.run()
  await h.reached('x')
  return { job, worker, running }
}

test('[R47] a stop without a limit waits for its jobs, until another one sets it', async () => {
  const { job, worker, running } = await busy({ shutdownTimeout: '10ms' })
  const patient = worker.stop({ timeout: -1 })
  // A job under no deadline can be let go at leisure.
  expect((await job.refresh()).status).toBe('started')
  await worker.stop()
  await patient
  await running
  expect(await job.refresh()).toMatchObject({ status: 'queued', attempt: 0 })
})

// The second is longer than a timer can count.
test.each([-1, '30d'])('[R47] a job that ends in time has ended', async (timeout) => {
  const { job, worker, running } = await busy({ shutdownTimeout: '10ms', termTimeout: 0 })
  const stopping = worker.stop({ timeout })
  await h.open('x')
  await stopping
  await running
  expect(await job.result).toBe('let go')
})

test.each(['20s', '30d'])(
  '[R54] [R56] jobs are told after the pre-shutdown timeout, and killed after the term timeout',
  async (termTimeout) => {
    const q = h.queue()
    const job = await q.enqueue('./tasks#endOnAbort', h.gate('x'))
    const worker = h.worker('q', { isolation: 'process', preShutdownTimeout: '10ms', termTimeout })
    const running = worker.run()
    await h.reached('x')
    await worker.stop()
    await running
    // It took longer to end than the usual half second, and was given the time.
    expect(await job.result).toBe('ShutdownError')
  },
)

test('[R49] killing what runs fails it, and the worker goes on', async () => {
  const { job, worker, running } = await busy()
  expect(worker.runningJobs).toMatchObject([{ id: job.id, queue: 'q', func: './tasks#hold' }])
  expect(worker.runningJobs[0]!.pid).toEqual(expect.any(Number))
  expect(worker.killRunning()).toBe(1)
  await expect(job.result).rejects.toMatchObject({ cause: { name: 'WorkHorseDiedError' } })
  expect(await (await h.queue().enqueue('./tasks#add', 1, 2)).result).toBe(3)
  expect(worker.killRunning()).toBe(0)
  await worker.stop()
  await running
})

test.each([
  ['process', 'the work-horse was killed on request while it ran this job'],
  ['thread', 'the work-horse was killed on request while it ran this job'],
  ['none', 'the work-horse was killed on request while it ran this job (it runs in the worker itself'],
] as const)('[R49] the error says so where that is a %s', async (isolation, message) => {
  const { job, worker, running } = await busy({ isolation })
  expect(worker.killRunning()).toBe(1)
  await expect(job.result).rejects.toMatchObject({
    cause: { name: 'WorkHorseDiedError', message: expect.stringContaining(message) },
  })
  await h.open('x')
  await worker.stop()
  await running
})

test('[R50] a job that runs without a work-horse means that the worker is broken: it ends', async () => {
  const { job, worker, running } = await busy()
  vi.spyOn(HorsePool.prototype, 'kill').mockReturnValueOnce(false)
  const ended = expect(running).rejects.toThrow(/work-horse/)
  expect(worker.killRunning()).toBe(0)
  await ended
  // What it held is free for others.
  expect((await job.refresh()).status).toBe('queued')
})

test('[R51] [R52] a paused worker lets its job end and takes no other until it is resumed', async () => {
  const { job, worker, running } = await busy()
  const next = await h.queue().enqueue('./tasks#add', 1, 2)
  worker.pause()
  await h.open('x')
  expect(await job.result).toBe('let go')
  const state = async () => (await Worker.fetch(worker.name, { connection: h.url, prefix: h.prefix }))?.state
  await expect.poll(state).toBe('suspended')
  expect((await next.refresh()).status).toBe('queued')
  worker.resume()
  expect(await next.result).toBe(3)
  await expect.poll(state).toBe('idle')
  await worker.stop()
  await running
})

test('a paused burst waits', async () => {
  const job = await h.queue().enqueue('./tasks#add', 1, 2)
  const worker = h.worker('q', { burst: true })
  worker.pause()
  const running = worker.run()
  await expect.poll(() => Worker.count({ connection: h.url, prefix: h.prefix })).toBe(1)
  worker.resume()
  expect(await running).toMatchObject({ finished: 1 })
  expect(await job.result).toBe(3)
})

test.each(['pause', 'stop'] as const)(
  'a job that waits for another of its id goes back in a %s',
  async (how) => {
    const first = await h.queue('a').with({ id: 'same' }).enqueue('./tasks#hold', h.gate('x'), true)
    const second = await h.queue('b').with({ id: 'same' }).enqueue('./tasks#add', 1, 2)
    const worker = h.worker(['a', 'b'], { isolation: 'process', concurrency: 2, shutdownTimeout: '1m' })
    const running = worker.run()
    await h.reached('x')
    const ids = () => h.redis.hlen(`${h.base('b')}started:${worker.name}`)
    await expect.poll(ids).toBe(1)
    const stopping = how === 'stop' ? worker.stop() : worker.pause()
    await expect.poll(async () => (await second.refresh()).status).toBe('queued')
    await h.open('x')
    expect(await first.result).toBe('let go')
    if (how === 'pause') {
      worker.resume()
      expect(await second.result).toBe(3)
      await worker.stop()
    }
    await stopping
    await running
    expect((await second.refresh()).status).toBe(how === 'pause' ? 'finished' : 'queued')
  },
)

test('a worker tells what it runs', async () => {
  const { logger, lines } = logbook()
  const { job, worker, running } = await busy({ logger })
  worker.tellRunning()
  expect(lines.at(-1)).toMatch(
    new RegExp(`^q: tasks\\.hold \\(${job.id}\\) has run for \\d+\\.\\ds, PID \\d+$`),
  )
  await h.open('x')
  await job.result
  await expect.poll(() => worker.runningJobs).toEqual([])
  worker.tellRunning()
  expect(lines.at(-1)).toBe('Nothing runs')
  await worker.stop()
  await running
})

test('[D17] fresh work-horses load what has changed, between jobs', async () => {
  const q = h.queue()
  const { job, worker, running } = await busy()
  const before = (await (await q.enqueue('./tasks#add', 0, 0)).refresh()).status
  expect(before).toBe('queued')
  const [old] = worker.runningJobs
  await worker.renewHorses()
  await h.open('x')
  expect(await job.result).toBe('let go')
  const pid = await (await q.enqueue('./tasks#pidOfHorse')).result
  expect(pid).not.toBe(old!.pid)
  await expect.poll(() => isAlive(old!.pid!)).toBe(false)
  await worker.stop()
  await running
})

test('[R43] [R44] [R45] the list of processes shows what the worker and its work-horse do', async () => {
  const before = process.title
  const { job, worker, running } = await busy({ titlePrefix: 'rqworker' })
  const [{ pid } = { pid: null }] = worker.runningJobs
  const title = (of: number | null) =>
    readFileSync(`/proc/${of}/cmdline`, 'latin1').replaceAll('\0', ' ').trim()
  expect(title(pid)).toMatch(/^rqworker: Processing q since \d{10} \[tasks\.hold\]$/)
  await expect.poll(() => process.title).toMatch(new RegExp(`^rqworker: Forked ${pid} at \\d{10}`))
  await h.open('x')
  await job.result
  await expect.poll(() => process.title).toBe('rqworker: Waiting for q')
  await expect.poll(() => title(pid)).toBe('rqworker: Waiting for q')
  worker.pause()
  await expect.poll(() => process.title).toBe('rqworker: Paused')
  await worker.stop()
  await running
  expect(process.title).toBe(before)
})

test('[D51] a pool has workers for different queues', async () => {
  const parts = [{ queues: 'a' }, { queues: ['b', 'c'], count: 2, concurrency: 3 }]
  const place = { connection: REDIS_URL, prefix: h.prefix }
  const pool = new WorkerPool(parts, { ...place, paths: [FIXTURES], isolation: 'none' })
  expect(pool.size).toBe(3)
  const running = pool.run()
  await expect.poll(() => Worker.count(place), { timeout: 20_000 }).toBe(3)
  const shapes = (await Worker.all(place)).map(({ queues, concurrency }) => `${queues} ${concurrency}`)
  expect(shapes.sort()).toEqual(['a 1', 'b,c 3', 'b,c 3'])
  const jobs = await Promise.all(['a', 'b', 'c'].map((name) => h.queue(name).enqueue('./tasks#add', 1, 1)))
  expect(await Promise.all(jobs.map((job) => job.result))).toEqual([2, 2, 2])
  pool.pause()
  const states = async () => (await Worker.all(place)).map(({ state }) => state)
  await expect.poll(states, { timeout: 10_000 }).toEqual(['suspended', 'suspended', 'suspended'])
  pool.resume()
  await expect.poll(states, { timeout: 10_000 }).toEqual(['idle', 'idle', 'idle'])
  await pool.stop()
  expect(await running).toMatchObject({ finished: 3 })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
