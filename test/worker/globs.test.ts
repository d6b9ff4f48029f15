import { expect, test } from 'vitest'
import { Worker } from '../../lib/index.ts'
import { harness, logbook } from '../kit/harness.ts'

const h = harness()

test('[R37] a worker on * takes from all queues, those made later too', async () => {
  const early = await h.queue('b').enqueue('./tasks#add', 1, 1)
  const { logger, lines } = logbook()
  const worker = h.worker('*', { logger })
  const running = worker.run()
  expect(await early.result).toBe(2)
  expect(lines).toContain('*** Listening on *...')
  expect(worker.queues).toEqual(['b'])
  const began = performance.now()
  expect(await (await h.queue('a').enqueue('./tasks#add', 2, 2)).result).toBe(4)
  expect(performance.now() - began).toBeLessThan(4_000)
  expect(worker.queues).toEqual(['a', 'b'])
  // Its bell is heard as any other is: nobody waits for the next look at the list.
  for (let n = 0; n < 3; n++)
    expect(await (await h.queue('a').enqueue('./tasks#add', n, n)).result).toBe(2 * n)
  await worker.stop()
  await running
})

test('[R37] it starts where there is no queue at all', async () => {
  const worker = h.worker('mail_*')
  const running = worker.run()
  await expect.poll(() => Worker.count({ connection: h.url, prefix: h.prefix })).toBe(1)
  expect(worker.queues).toEqual([])
  const other = await h.queue('low').enqueue('./tasks#add', 1, 1)
  expect(await (await h.queue('mail_in').enqueue('./tasks#add', 1, 2)).result).toBe(3)
  expect((await other.refresh()).status).toBe('queued')
  await worker.stop()
  await running
})

test('[R37] the queues are asked by the alphabet, after those that are named', async () => {
  const ended: string[] = []
  for (const name of ['c', 'a', 'critical', 'b']) await h.queue(name).enqueue('./tasks#add', 1, 1)
  const logger = { ...logbook().logger, info: (line: string) => void ended.push(line) }
  await h.drain(['critical', '*', '!b'], { logger })
  const order = ended.filter((line) => line.includes('tasks.add')).map((line) => line.split(':')[0])
  expect(order).toEqual(['critical', 'a', 'c'])
})

test('a queue that was deleted stays deleted, though a worker on * had worked on it', async () => {
  const q = h.queue('gone')
  await (await h.queue('kept').enqueue('./tasks#add', 1, 1)).refresh()
  const job = await q.enqueue('./tasks#add', 1, 1)
  const worker = h.worker('*', { jobMonitoringInterval: '200ms' })
  const running = worker.run()
  await job.result
  await q.delete()
  await expect.poll(() => worker.queues, { timeout: 15_000 }).toEqual(['kept'])
  const seen = Number(await h.redis.hget(`${h.prefix}:worker:${worker.name}`, 'heartbeat'))
  await expect
    .poll(async () => Number(await h.redis.hget(`${h.prefix}:worker:${worker.name}`, 'heartbeat')))
    .toBeGreaterThan(seen)
  expect(await h.redis.smembers(`${h.prefix}:queues`)).toEqual(['kept'])
  expect(await h.redis.exists(`${h.base('gone')}workers`)).toBe(0)
  await worker.stop()
  await running
})

test('a burst on * runs what its jobs enqueue into queues that are new', async () => {
  await h.queue('first').enqueue('./tasks#enqueueInto', h.url, h.prefix, 'second')
  expect(await h.drain('*')).toMatchObject({ finished: 2 })
})

test('[S9] queues with weights are drained, the heavier more often first', async () => {
  for (const name of ['high', 'low'])
    for (let n = 0; n < 30; n++) await h.queue(name).enqueue('./tasks#add', n, n)
  const order: string[] = []
  const logger = { ...logbook().logger, info: (line: string) => void order.push(line) }
  await h.drain(['high:9', 'low:1'], { logger })
  const queues = order.filter((line) => line.includes('tasks.add')).map((line) => line.split(':')[0])
  expect(queues).toHaveLength(60)
  const firstHalf = queues.slice(0, 30).filter((queue) => queue === 'high').length
  expect(firstHalf).toBeGreaterThan(20)
})

test.each([
  [['high:5'], { dequeueStrategy: 'random' }, "expected 'weighted' beside queues with weights, got 'random'"],
  [
    ['high'],
    { dequeueStrategy: 'weighted' },
    "'weighted' expects queues with weights, as in high:5, got none",
  ],
] as const)('%o with %o is refused', (queues, options, message) => {
  expect(() => h.worker([...queues], options)).toThrow(message)
})

test.each(['all*', '!mail', 'a!b', '*'])('a queue cannot be called %s', (name) => {
  expect(() => h.queue(name)).toThrow('without braces, colons, asterisks, exclamation marks')
})
