import { expect, test } from 'vitest'
import { QueueOrder } from '../../lib/worker/queue-order.ts'
import { harness, logbook } from '../kit/harness.ts'

const h = harness()

test('after maxJobs runs, failed and retried ones included, the worker ends and has claimed no more', async () => {
  const q = h.queue()
  await q.with({ retry: 1 }).enqueue('./tasks#fail')
  for (let n = 0; n < 50; n++) await q.enqueue('./tasks#nothing')
  const { logger, text } = logbook()
  const totals = await h.worker('q', { maxJobs: 20, concurrency: 4, logger }).run()
  expect(totals).toMatchObject({ retried: 1, finished: 19 })
  expect(text()).toContain('finished executing 20 jobs, quitting')
  expect(await q.count()).toBe(51 - 19)
})

test('maxJobs 1 runs one job and says so', async () => {
  const q = h.queue()
  for (let n = 0; n < 3; n++) await q.enqueue('./tasks#nothing')
  const { logger, text } = logbook()
  expect(await h.worker('q', { maxJobs: 1, burst: true, logger }).run()).toMatchObject({ finished: 1 })
  expect(text()).toContain('finished executing 1 jobs, quitting')
  expect(await q.count()).toBe(2)
})

test('a work-horse that has grown by more than maxMemoryMb is replaced before the next job', async () => {
  const q = h.queue()
  const { logger, text } = logbook()
  const worker = h.worker('q', { isolation: 'process', maxMemoryMb: 100, logger })
  const running = worker.run()
  const pids = []
  for (const mb of [1, 200, 1, 1]) pids.push(await (await q.enqueue('./tasks#hoardBuffer', mb)).result)
  expect(pids[1]).toBe(pids[0])
  expect(pids[2]).not.toBe(pids[0])
  expect(pids[3]).toBe(pids[2])
  expect(text()).toMatch(/Work-horse replaced: it has grown by 2\d\d MiB/)
  await worker.stop()
  expect(await running).toMatchObject({ finished: 4, failed: 0 })
})

test('[rq 34] an idle worker ends after maxIdleTime, counted from its last job', async () => {
  const q = h.queue()
  const { logger, text } = logbook()
  const worker = h.worker('q', { maxIdleTime: 1, logger })
  const running = worker.run()
  const job = await q.enqueue('./tasks#add', 1, 1)
  await job.result
  const began = performance.now()
  expect(await running).toMatchObject({ finished: 1 })
  expect(performance.now() - began).toBeGreaterThan(900)
  expect(performance.now() - began).toBeLessThan(4_000)
  expect(text()).toContain('idle for 1 seconds, quitting')
})

test('[rq 32] a burst on an empty queue has done nothing and leaves nothing behind', async () => {
  const { logger, text } = logbook()
  expect(await h.drain('q', { logger })).toEqual({ finished: 0, failed: 0, retried: 0, stopped: 0 })
  expect(text()).toContain('Worker done, quitting')
  expect(await h.redis.keys(`${h.prefix}:worker:*`)).toEqual([])
  expect(await h.redis.zcard(`${h.prefix}:workers`)).toBe(0)
})

test.each([
  ['maxJobs', 0, 'expected a whole number of at least 1'],
  ['concurrency', 4097, 'expected at most 4096 in each work-horse, got 4097 for 1: give it more horses'],
  ['maxIdleTime', 0, 'expected more than 0'],
  ['dequeueStrategy', 'roundrobin', "Did you mean 'round_robin'?"],
  ['workerTtl', '15s', 'expected at least twice the jobMonitoringInterval of 10 s, got 15 s'],
  ['exceptionHandlers', [5], 'expected functions, or strings'],
  ['exceptionHandlers', ['no path'], 'no path'],
  ['maintenanceInterval', 'soon', 'expected a duration'],
  ['whenSuspended', 'run', 'expected one of wait, throw'],
  ['burst', 'no', 'burst: expected a boolean, got string no'],
  ['captureOutput', 0, 'captureOutput: expected a boolean, got number 0'],
  ['logDescriptions', 'off', 'logDescriptions: expected a boolean, got string off'],
  ['disableDefaultExceptionHandler', 'no', 'disableDefaultExceptionHandler: expected a boolean'],
])('%s: %s is refused', (option, value, message) => {
  expect(() => h.worker('q', { [option]: value, jobMonitoringInterval: 10 } as object)).toThrow(message)
})

test('a concurrency that no single horse could hold is that of several', () => {
  h.worker('q', { isolation: 'process', concurrency: 4097, horses: 2 })
})

test('of workerTtl and jobMonitoringInterval one may be given alone', () => {
  h.worker('q', { workerTtl: 4 })
  h.worker('q', { jobMonitoringInterval: 30 })
})

test('round_robin: the queue that gave a job goes to the end, and with it those before it', () => {
  const order = new QueueOrder(['a', 'b', 'c'], 'round_robin')
  order.served('b')
  expect(order.queues).toEqual(['c', 'a', 'b'])
  order.served('a')
  expect(order.queues).toEqual(['b', 'c', 'a'])
})

test.each([1, 4])('round_robin takes from each queue in turn, with concurrency %d', async (concurrency) => {
  const list = `${h.prefix}:order`
  for (const name of ['a', 'b', 'c']) {
    for (let n = 1; n <= (name === 'b' ? 1 : 3); n++)
      await h.queue(name).enqueue('./tasks#note', list, `${name}${n}`)
  }
  const { lines, logger } = logbook()
  await h.drain(['a', 'b', 'c'], { dequeueStrategy: 'round_robin', concurrency, horses: 1, logger })
  // In the order in which they began: with several at once, what they do comes in any order.
  const order = lines.flatMap((line) => /^[abc]: tasks\.note\(.*'([abc]\d)'\)/.exec(line)?.[1] ?? [])
  if (concurrency === 1) expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3', 'c3'])
  else expect(new Set(order.slice(0, 4))).toEqual(new Set(['a1', 'b1', 'c1', 'a2']))
})

test('[rq 31] random runs all jobs, in an order that is neither queue by queue nor by turns', async () => {
  const list = `${h.prefix}:order`
  const names = ['a', 'b']
  for (const name of names) {
    for (let n = 0; n < 25; n++) await h.queue(name).enqueue('./tasks#note', list, name)
  }
  await h.drain(names, { dequeueStrategy: 'random' })
  const order = (await h.redis.lrange(list, 0, -1)).join('')
  expect(order).toHaveLength(50)
  expect(order.replaceAll('b', '')).toHaveLength(25)
  // One of 2^25 shuffles each.
  expect([`${'a'.repeat(25)}${'b'.repeat(25)}`, `${'b'.repeat(25)}${'a'.repeat(25)}`]).not.toContain(order)
  expect(['ab'.repeat(25), 'ba'.repeat(25)]).not.toContain(order)
})

test('defaultResultTtl is for jobs that do not set their own', async () => {
  const q = h.queue()
  const [plain, own] = [
    await q.enqueue('./tasks#add', 1, 1),
    await q.with({ resultTtl: 9 }).enqueue('./tasks#add', 1, 1),
  ]
  await h.drain('q', { defaultResultTtl: 77 })
  const ttls = await Promise.all([plain, own].map((job) => h.redis.ttl(`${h.base('q')}job:${job.id}`)))
  expect(ttls[0]).toBeGreaterThan(70)
  expect(ttls[0]).toBeLessThanOrEqual(77)
  expect(ttls[1]).toBeLessThanOrEqual(9)
})
