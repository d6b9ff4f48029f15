import { expect, test } from 'vitest'
import type { RedisStore } from '../../lib/redis/store.ts'
import type { WorkerRegistry } from '../../lib/redis/worker-registry.ts'
import { silent } from '../../lib/worker/logger.ts'
import { Maintainer } from '../../lib/worker/maintainer.ts'
import { harness, logbook } from '../kit/harness.ts'

/** What RQ's own tests show of its worker, and no other test here does. */

const h = harness()

test('[F14] [rq 26] an id without a record is skipped', async () => {
  const q = h.queue()
  const lost = await q.enqueue('./tasks#add', 1, 1)
  const good = await q.enqueue('./tasks#add', 2, 2)
  await h.redis.del(`${h.base('q')}job:${lost.id}`)
  expect(await h.drain()).toMatchObject({ finished: 1, failed: 0 })
  expect(await good.result).toBe(4)
  expect(await q.count()).toBe(0)
})

test('[rq 26] a deleted job is not executed', async () => {
  const q = h.queue()
  const list = `${h.prefix}:ran`
  await (await q.enqueue('./tasks#note', list, 'deleted')).delete()
  await q.enqueue('./tasks#note', list, 'kept')
  await h.drain()
  expect(await h.redis.lrange(list, 0, -1)).toEqual(['kept'])
})

test('[rq 28] a job that runs is with its worker and nowhere else', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#hold', h.gate('x'))
  const worker = h.worker('q', { name: 'w' })
  const running = worker.run()
  await h.reached('x')
  expect(await h.redis.hkeys(`${h.base('q')}started:w`)).toEqual([job.id])
  expect([await q.count(), await q.count('started')]).toEqual([0, 1])
  await h.open('x')
  await job.result
  expect(await h.redis.exists(`${h.base('q')}started:w`)).toBe(0)
  await worker.stop()
  await running
})

test('[rq 29] what another living worker holds is left alone by the upkeep', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#hold', h.gate('x'))
  const first = h.worker()
  const second = h.worker()
  const running = [first.run(), second.run()]
  await h.reached('x')
  await h.open('x')
  expect(await job.result).toBe('let go')
  expect((await job.refresh()).recoveries).toBe(0)
  for (const worker of [first, second]) await worker.stop()
  await Promise.all(running)
})

test('[rq 35] a job was enqueued, started and ended in this order, within the run', async () => {
  const before = Date.now() - 1_000
  const job = await h.queue().enqueue('./tasks#add', 1, 1)
  await h.drain()
  await job.refresh()
  const times = [before, job.enqueuedAt, job.startedAt, job.endedAt, Date.now() + 1_000].map(Number)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

test('[rq 43] the upkeep is done at the start, and then only after its interval', async () => {
  const tended: string[] = []
  let again = () => {}
  const nothing = { promoted: 0, expired: 0, recovered: 0, abandoned: 0, delivered: 0, repaired: 0 }
  const store = {
    async tend(queue: string) {
      tended.push(queue)
      if (tended.length > 1) again()
      return nothing
    },
  } as unknown as RedisStore
  const registry = { prune: async () => 0 } as unknown as WorkerRegistry
  const queues = { names: ['q'] }
  const maintainer = new Maintainer({
    store,
    queues,
    registry,
    takeTurn: async () => true,
    leaseMs: 600,
    log: silent,
    everyMs: 200,
  })
  const began = performance.now()
  const second = new Promise<void>((resolve) => {
    again = resolve
  })
  maintainer.start()
  maintainer.start()
  expect(tended).toEqual(['q'])
  await second
  // A fifth of the interval is jitter, and timers may be a little early.
  expect(performance.now() - began).toBeGreaterThan(150)
  await maintainer.stop()
})

test('[rq 44] the call stands in the log unless descriptions are turned off', async () => {
  const q = h.queue()
  const [shown, hidden] = [logbook(), logbook()]
  const first = await q.enqueue('./tasks#add', 1, 2)
  await h.drain('q', { logger: shown.logger })
  const second = await q.enqueue('./tasks#add', 1, 2)
  await h.drain('q', { logger: hidden.logger, logDescriptions: false })
  expect(shown.text()).toContain(`q: tasks.add(1, 2) (${first.id})`)
  expect(hidden.text()).toContain(`q: (${second.id})`)
  expect(hidden.text()).not.toContain('tasks.add')
})

test.each([
  [5, 'Result is kept for 5 seconds.'],
  [0, 'Result discarded immediately.'],
  [-1, 'Result will never expire, delete the job to remove it.'],
])('[rq 44] a result TTL of %d is told', async (resultTtl, line) => {
  const { logger, lines } = logbook()
  await h.queue().with({ resultTtl }).enqueue('./tasks#nothing')
  await h.drain('q', { logger })
  expect(lines).toContain(line)
})

test('[rq 59] a throw: failed, in the registry, as enqueued as before, with traceback and worker', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#fail', 'no luck')
  const enqueuedAt = job.enqueuedAt
  await h.drain('q', { name: 'w' })
  await job.refresh()
  expect(job.status).toBe('failed')
  expect(await q.jobIds('failed')).toEqual([job.id])
  expect(Math.abs(Number(job.enqueuedAt) - Number(enqueuedAt))).toBeLessThan(1_000)
  expect(job.error?.stack).toMatch(/TypeError: no luck\n {4}at fail/)
  expect((await job.runs()).map(({ worker, outcome }) => [worker, outcome])).toEqual([['w', 'failed']])
})

test('[rq 61] a job over its timeout fails, and what it would have done later is not done', async () => {
  const q = h.queue()
  const list = `${h.prefix}:late`
  const job = await q.with({ timeout: '300ms' }).enqueue('./tasks#noteLater', list, 20_000)
  await h.drain('q', { isolation: 'process' })
  await expect(job.result).rejects.toThrow('JobTimeoutError')
  expect(await q.jobIds('failed')).toEqual([job.id])
  expect(await h.redis.exists(list)).toBe(0)
})

test('[rq 62] a frozen work-horse is killed with the processes that its job started', async () => {
  const q = h.queue()
  // Time enough to start it, also where a machine has much else to do.
  const job = await q.with({ timeout: '3s' }).enqueue('./tasks#spawnAndSpin', `${h.prefix}:pid`)
  await h.drain('q', { isolation: 'process' })
  await expect(job.result).rejects.toThrow('JobTimeoutError')
  const pid = Number(await h.redis.get(`${h.prefix}:pid`))
  expect(pid).toBeGreaterThan(0)
  await expect.poll(() => isGone(pid), { timeout: 5_000 }).toBe(true)
})

test('[F26] [rq 119] any number of workers may do the scheduling: no lock, no leader, and what is due runs once', async () => {
  const q = h.queue()
  const list = `${h.prefix}:ran`
  const workers = [h.worker(), h.worker(), h.worker()]
  const running = workers.map((worker) => worker.run())
  const jobs = []
  for (let n = 0; n < 20; n++) jobs.push(await q.enqueueIn('50ms', './tasks#note', list, String(n)))
  for (const job of jobs) await job.result
  expect((await h.redis.lrange(list, 0, -1)).map(Number).sort((a, b) => a - b)).toEqual(jobs.map((_, n) => n))
  for (const worker of workers) await worker.stop()
  await Promise.all(running)
})

test('[rq 119] a burst runs what is due by then, and leaves the rest', async () => {
  const q = h.queue()
  const due = await q.enqueueAt(Date.now() - 1_000, './tasks#add', 1, 1)
  const later = await q.enqueueIn('1h', './tasks#add', 1, 1)
  await h.drain()
  expect(await due.result).toBe(2)
  expect((await later.refresh()).status).toBe('scheduled')
})

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}
