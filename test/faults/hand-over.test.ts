import { expect, test, vi } from 'vitest'
import { call } from '../../lib/index.ts'
import type { RedisStore } from '../../lib/redis/store.ts'
import type { QueueOrder } from '../../lib/worker/queue-order.ts'
import { QueueSet } from '../../lib/worker/queue-set.ts'
import { QueueWatch } from '../../lib/worker/queue-watch.ts'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'
import { until } from '../kit/until.ts'
import { rqworker, SHORT_LEASE } from './kit.ts'

const h = harness()

/** Far below the lease of 30 s that a job would else be held for. */
const SOON_MS = 10_000

const ran = () => h.redis.lrange(h.gate('ran'), 0, -1)
const held = (worker: string) => h.redis.hkeys(`${h.base('q')}started:${worker}`)
const isIdle = () =>
  until('a worker noted as idle', async () => (await h.redis.zcard(`${h.base('q')}idle`)) > 0)

/** Enqueues a job that is handed to the worker, and on its way there from then on. */
async function handOver(worker: string) {
  const job = await h.queue().enqueue('./tasks#note', h.gate('ran'), 'ran')
  expect(await held(worker)).toEqual([job.id])
  return job
}

/** An idle worker behind a proxy. */
async function idleWorker(options: Parameters<typeof h.worker>[1] = {}) {
  const proxy = await FaultProxy.start(REDIS_URL)
  const worker = h.worker('q', { connection: proxy.url, ...options })
  const running = worker.run()
  await isIdle()
  return { proxy, worker, running }
}

test('[F11] a job that was handed to a worker whose connection broke is run as soon as it is back', async () => {
  const { proxy, worker, running } = await idleWorker()
  proxy.blackhole()
  const job = await handOver(worker.name)
  const cutAt = performance.now()
  proxy.cut()
  await proxy.heal()
  await job.result
  expect(performance.now() - cutAt).toBeLessThan(SOON_MS)
  expect(await ran()).toEqual(['ran'])
  expect(job.recoveries).toBe(0)
  await worker.stop()
  await running
})

test('[F12] nor is it kept by one whose socket is half open for as long as its lease', async () => {
  const { proxy, worker, running } = await idleWorker()
  proxy.blackhole()
  const job = await handOver(worker.name)
  await proxy.heal()
  const handedAt = performance.now()
  await job.result
  expect(performance.now() - handedAt).toBeLessThan(20_000)
  expect(await ran()).toEqual(['ran'])
  await worker.stop()
  await running
}, 60_000)

test('[F6] a worker that is told to stop gives back what is on its way to it', async () => {
  const { proxy, worker, running } = await idleWorker()
  proxy.delay(300)
  const job = await handOver(worker.name)
  proxy.delay(0)
  await worker.stop()
  await running
  expect(await ran()).toEqual([])
  expect(await held(worker.name)).toEqual([])
  expect(await h.queue().jobIds()).toEqual([job.id])
  // As though it had never been claimed: nobody has to wait for it to run alone.
  expect(Object.keys(await h.redis.hgetall(`${h.base('q')}job:${job.id}`)).sort()).toEqual(['args', 'fn'])
})

test('[F6] nor does it begin what a claim brings that was under way by then', async () => {
  const { proxy, worker, running } = await idleWorker({ concurrency: 4 })
  proxy.delay(300)
  const one = call('./tasks#note', h.gate('ran'), 'ran')
  const jobs = await h.queue().enqueueMany([one, one])
  await until('the claim', async () => (await held(worker.name)).length === 2)
  proxy.delay(0)
  await worker.stop()
  expect(await running).toEqual({ finished: 0, failed: 0, retried: 0, stopped: 0 })
  expect(await ran()).toEqual([])
  expect(await h.queue().jobIds()).toEqual(jobs.map(({ id }) => id))
  for (const { id } of jobs) expect(await h.redis.hexists(`${h.base('q')}job:${id}`, 'al')).toBe(0)
})

test('[F6] so does one that ends because it was idle for too long', async () => {
  const { proxy, worker, running } = await idleWorker({ maxIdleTime: '2s' })
  proxy.delay(1_500)
  const since = () => h.redis.zrange(`${h.base('q')}idle`, '0', '0', 'WITHSCORES')
  const before = await since()
  // Its last look has found nothing, and it has not heard so yet.
  await until('its last look', async () => `${await since()}` !== `${before}`)
  const job = await handOver(worker.name)
  proxy.delay(0)
  await running
  expect(await ran()).toEqual([])
  expect(await held(worker.name)).toEqual([])
  expect(await h.queue().jobIds()).toEqual([job.id])
})

test('[F6] so does one that is paused, and another has it at once', async () => {
  const { proxy, worker, running } = await idleWorker()
  proxy.delay(300)
  const job = await handOver(worker.name)
  proxy.delay(0)
  worker.pause()
  const other = h.worker('q')
  const otherRuns = other.run()
  const pausedAt = performance.now()
  await job.result
  expect(performance.now() - pausedAt).toBeLessThan(SOON_MS)
  expect(await ran()).toEqual(['ran'])
  expect((await job.refresh()).worker).toBe(other.name)
  await Promise.all([worker.stop(), other.stop()])
  await Promise.all([running, otherRuns])
})

test('a job that comes together with the answer to a look that found nothing is begun, not given back', async () => {
  const { proxy, worker, running } = await idleWorker()
  const first = await h.queue().enqueue('./tasks#hold', h.gate('first'))
  await until('its beginning told', async () => (await first.refresh()).status === 'started')
  // One round trip later the worker has heard of that.
  const claims = () => h.redis.hget(`${h.base('q')}stats`, 'claims')
  const claimed = await claims()
  proxy.hold()
  await h.open('first')
  await isIdle()
  const job = await handOver(worker.name)
  proxy.release()
  await job.result
  expect(await claims()).toBe(claimed)
  await worker.stop()
  await running
})

test('[F1] a worker that is killed before it heard of its job holds it until the lease is over, and then it runs once', async () => {
  const dead = rqworker(h.prefix, ['--name', 'dead', ...SHORT_LEASE])
  await isIdle()
  dead.child.kill('SIGSTOP')
  const job = await handOver('dead')
  dead.child.kill('SIGKILL')
  await dead.ended
  const next = rqworker(h.prefix, ['--name', 'next', ...SHORT_LEASE])
  await job.result
  expect(await ran()).toEqual(['ran'])
  // It had not begun: nothing is counted.
  expect((await job.refresh()).recoveries).toBe(0)
  next.child.kill('SIGTERM')
  expect(await next.ended).toBe(0)
})

test('[F22] a worker that was frozen for longer than its lease does not begin what was handed to it meanwhile', async () => {
  const frozen = rqworker(h.prefix, ['--name', 'frozen', ...SHORT_LEASE])
  await isIdle()
  frozen.child.kill('SIGSTOP')
  const job = await handOver('frozen')
  const other = rqworker(h.prefix, ['--name', 'other', ...SHORT_LEASE])
  await job.result
  other.child.kill('SIGTERM')
  expect(await other.ended).toBe(0)
  frozen.child.kill('SIGCONT')
  expect(await (await h.queue().enqueue('./tasks#add', 1, 1)).result).toBe(2)
  expect(await ran()).toEqual(['ran'])
  frozen.child.kill('SIGTERM')
  expect(await frozen.ended).toBe(0)
})

test('[F38] what is handed to a worker whose name a dead one had, before it has looked, runs once', async () => {
  const proxy = await FaultProxy.start(REDIS_URL)
  proxy.delay(200)
  await h.redis.zadd(`${h.base('q')}idle`, Date.now(), '30000:heir')
  const worker = h.worker('q', { connection: proxy.url, name: 'heir' })
  const running = worker.run()
  const channel = `${h.prefix}:control:heir`
  await until('a subscription', async () => (await h.redis.pubsub('NUMSUB', channel))[1] === 1)
  const job = await handOver('heir')
  proxy.delay(0)
  await job.result
  expect(await ran()).toEqual(['ran'])
  await worker.stop()
  await running
})

test('[F1] a queue that goes is left only when nothing can be handed over any more, and nothing was', async () => {
  for (const handed of [[], ['j']]) {
    const queues = new QueueSet('*')
    queues.refresh(['gone'])
    let arrived: string[] = []
    const store = {
      queues: async () => [],
      leave: vi.fn(async () => {}),
      // The answer comes behind what was handed over before.
      notIdle: async () => {
        arrived = handed
      },
    }
    const nothing = { update: () => {} }
    const watch = new QueueWatch({
      worker: 'w',
      queues,
      store: store as unknown as RedisStore,
      executor: { idsOf: () => new Set(arrived) },
      order: nothing as unknown as QueueOrder,
      doorbell: nothing as never,
      onChange: () => {},
    })
    await watch.runOnce()
    expect(store.leave.mock.calls).toEqual(handed.length === 0 ? [['gone', 'w']] : [])
  }
})
