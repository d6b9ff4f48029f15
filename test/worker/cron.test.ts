import { describe, expect, test, vi } from 'vitest'
import { Cron, type CronOptions } from '../../lib/index.ts'
import { Connection } from '../../lib/redis/connection.ts'
import { RedisCronStore } from '../../lib/redis/cron-store.ts'
import { RedisStore } from '../../lib/redis/store.ts'
import { toTarget } from '../../lib/redis/target.ts'
import { turnsOf } from '../../lib/redis/turns.ts'
import { CronTicker } from '../../lib/worker/cron-ticker.ts'
import { toLogger } from '../../lib/worker/logger.ts'
import { elapse } from '../kit/elapse.ts'
import { calls, FaultProxy } from '../kit/fault-proxy.ts'
import { harness, logbook, REDIS_URL } from '../kit/harness.ts'

const h = harness()

const entry = (more: Partial<CronOptions> = {}): CronOptions => {
  const schedule = more.cron ? {} : { every: '1h' }
  return { name: 'x', queue: 'q', func: './tasks#add', args: [1, 2], ...schedule, ...more }
}

/** A Cron, a ticker of a worker that does nothing else, and what they leave in the keys. */
async function bench(url = REDIS_URL) {
  const cron = new Cron({ connection: url, prefix: h.prefix })
  const connection = new Connection(toTarget(url))
  const store = new RedisStore(connection, h.prefix)
  const cronStore = new RedisCronStore(connection, h.prefix)
  const log = logbook()
  const ticker = new CronTicker(store, cronStore, toLogger(log.logger), turnsOf(connection, 'ticker'))
  const key = (name: string) => `${h.prefix}:{:cron}:${name}`
  return {
    cron,
    ticker,
    connection,
    cronStore,
    log,
    key,
    q: h.queue(),
    /** As though the entry's next slot were so long ago. */
    async overdue(name: string, ms: number): Promise<number> {
      const slot = (await cronStore.now()) - ms
      await h.redis.zadd(key('due'), slot, name)
      return slot
    },
    async [Symbol.asyncDispose]() {
      await ticker.stop()
      await cron.close()
      await store.close()
    },
  }
}

/** The slots of the jobs that an entry has, in their order. */
function slotsOf(ids: readonly string[]): number[] {
  const times = ids.map((id) => id.slice(id.lastIndexOf('-') + 1))
  const form = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/
  return times.map((text) => Date.parse(text.replace(form, '$1-$2-$3T$4:$5:$6$7Z'))).sort((a, b) => a - b)
}

describe.each([2, 5])('%d workers', (n) => {
  test('[F26] fire each slot exactly once [rq trap]', async () => {
    await using cron = new Cron({ connection: REDIS_URL, prefix: h.prefix })
    const q = h.queue()
    const list = `${h.prefix}:ran`
    // None of them works on the entry's queue but the first: any worker fires any entry.
    const workers = Array.from({ length: n }, (_, i) => h.worker(i === 0 ? 'q' : `other${i}`))
    const running = workers.map((worker) => worker.run())
    const args = [list, 'tick']
    await cron.register(entry({ every: '100ms', times: 10, missed: 'all', func: './tasks#note', args }))
    const blocking = h.redis.duplicate()
    for (let i = 0; i < 10; i++) expect(await blocking.blpop(list, 20)).toEqual([list, 'tick'])
    blocking.disconnect()
    await Promise.all(workers.map((worker) => worker.stop()))
    await Promise.all(running)
    const ids = await q.jobIds('finished')
    expect(ids).toHaveLength(10)
    const slots = slotsOf(ids)
    expect(slots.map((slot) => slot - slots[0]!)).toEqual(slots.map((_, i) => i * 100))
    expect(await h.redis.llen(list)).toBe(0)
    expect(await cron.fetch('x')).toMatchObject({ runs: 10, nextAt: undefined, lastAt: new Date(slots[9]!) })
    expect(await h.redis.zcard(`${h.prefix}:{:cron}:pending`)).toBe(0)
  })
})

test('tickers that look in the same moment share the slots among them', async () => {
  await using b = await bench()
  await using other = await bench()
  for (let i = 0; i < 20; i++) {
    await b.cron.register(entry({ name: `x${i}` }))
  }
  const counts = await Promise.all([b.ticker.runOnce(), other.ticker.runOnce()])
  expect(counts[0]!.fired + counts[1]!.fired).toBe(20)
  expect(await b.q.count()).toBe(20)
})

test('an entry fires on time, and at once when it is registered while workers sleep', async () => {
  await using b = await bench()
  const worker = h.worker('q')
  const running = worker.run()
  const before = await b.cronStore.now()
  await b.cron.register(entry({ startAt: before + 300 }))
  await expect.poll(() => b.q.jobIds('finished'), { interval: 5 }).toHaveLength(1)
  const [id] = await b.q.jobIds('finished')
  const late = (await b.q.fetchJob(id!))!.createdAt.getTime() - (before + 300)
  expect(late).toBeGreaterThanOrEqual(0)
  // Far from the five seconds between two looks, whatever else this machine does.
  expect(late).toBeLessThan(1_000)
  await worker.stop()
  await running
})

test('a burst worker runs what is due, and no more', async () => {
  await using b = await bench()
  await b.cron.register(entry())
  await b.cron.register(entry({ name: 'later', startAt: Date.now() + 3_600_000 }))
  await h.drain()
  expect(await b.q.count('finished')).toBe(1)
})

describe('when a worker dies', () => {
  test('between claim and enqueue, another enqueues the same job', async () => {
    await using b = await bench()
    const { nextAt, queue } = await b.cron.register(entry())
    const slot = nextAt!.getTime()
    const definition = JSON.parse((await b.cronStore.definition('x'))!)
    const ref = `cron-x-${nextAt!.toISOString().replace(/[-:]/g, '')}@${queue}`.replace('.000', '')
    const claim = { definition, slot, next: slot + 3_600_000, job: { ref, slot } }
    expect(await b.cronStore.claim(claim)).toBe('claimed')
    expect(await b.ticker.runOnce()).toEqual({ fired: 0, skipped: 0, healed: 0 })
    await elapse(h.redis, h.prefix, 6_000)
    expect(await b.ticker.runOnce()).toEqual({ fired: 0, skipped: 0, healed: 1 })
    expect((await b.q.jobIds()).map((id) => `${id}@q`)).toEqual([ref])
    expect(await b.ticker.runOnce()).toEqual({ fired: 0, skipped: 0, healed: 0 })
  })

  test('between enqueue and its note of it, nothing is enqueued twice', async () => {
    await using b = await bench()
    await b.cron.register(entry())
    await b.ticker.runOnce()
    const [id] = await b.q.jobIds()
    await h.redis.zadd(b.key('pending'), 1, `${id}@q`)
    expect((await b.ticker.runOnce()).healed).toBe(0)
    expect(await b.q.jobIds()).toEqual([id])
    expect(await h.redis.exists(b.key('pending'))).toBe(0)
  })

  test('and the entry was removed meanwhile, its slot is struck off', async () => {
    await using b = await bench()
    await h.redis.zadd(b.key('pending'), 1, 'cron-gone-20260101T000000Z@q')
    expect((await b.ticker.runOnce()).healed).toBe(0)
    expect(await b.q.count()).toBe(0)
    expect(await h.redis.exists(b.key('pending'))).toBe(0)
  })
})

describe('slots that were missed', () => {
  test('get one job for the latest', async () => {
    await using b = await bench()
    await b.cron.register(entry({ every: '1s' }))
    const slot = await b.overdue('x', 10_500)
    expect(await b.ticker.runOnce()).toMatchObject({ fired: 1, skipped: 0 })
    const [fired] = slotsOf(await b.q.jobIds())
    expect(fired).toBe(slot + 10_000)
    expect((await b.cron.fetch('x')).nextAt).toEqual(new Date(slot + 11_000))
  })

  test('get none with skip, once they are later than the grace time', async () => {
    await using b = await bench()
    await b.cron.register(entry({ missed: 'skip', graceTime: '10s' }))
    await b.overdue('x', 9_000)
    expect(await b.ticker.runOnce()).toMatchObject({ fired: 1, skipped: 0 })
    await b.overdue('x', 11_000)
    expect(await b.ticker.runOnce()).toMatchObject({ fired: 0, skipped: 1 })
    // For the walker, as time did not really pass.
    await h.redis.hdel(b.key('last'), 'x')
  })

  test('get one each with all, a hundred a look', async () => {
    await using b = await bench()
    await b.cron.register(entry({ every: '1s', missed: 'all' }))
    const slot = await b.overdue('x', 149_500)
    expect(await b.ticker.runOnce()).toMatchObject({ fired: 100 })
    expect(await b.ticker.runOnce()).toMatchObject({ fired: 50 })
    const slots = slotsOf(await b.q.jobIds('queued', { limit: 1_000 }))
    expect(slots).toEqual(Array.from({ length: 150 }, (_, i) => slot + i * 1_000))
  })

  test('do not go on beyond the number of times', async () => {
    await using b = await bench()
    await b.cron.register(entry({ every: '1s', missed: 'all', times: 3 }))
    await b.overdue('x', 100_000)
    expect(await b.ticker.runOnce()).toMatchObject({ fired: 3 })
    expect(await b.ticker.runOnce()).toMatchObject({ fired: 0 })
    expect(await b.cron.fetch('x')).toMatchObject({ nextAt: undefined, runs: 3 })
  })
})

describe('with overlap: skip', () => {
  test('a slot gets no job while the last one waits or runs', async () => {
    await using b = await bench()
    await b.cron.register(entry({ every: '1s', overlap: 'skip' }))
    await b.overdue('x', 3_500)
    expect(await b.ticker.runOnce()).toMatchObject({ fired: 1 })
    await b.overdue('x', 0)
    expect(await b.ticker.runOnce()).toMatchObject({ fired: 0, skipped: 1 })
    await h.drain()
    await b.overdue('x', 0)
    expect(await b.ticker.runOnce()).toMatchObject({ fired: 1, skipped: 0 })
  })

  test('a job that is claimed and not enqueued yet counts as running', async () => {
    await using b = await bench()
    await b.cron.register(entry({ overlap: 'skip' }))
    await b.ticker.runOnce()
    const [id] = await b.q.jobIds()
    await (await b.q.fetchJob(id!))!.delete()
    await h.redis.zadd(b.key('pending'), await b.cronStore.now(), `${id}@q`)
    await b.overdue('x', 0)
    expect(await b.ticker.runOnce()).toMatchObject({ fired: 0, skipped: 1 })
  })
})

test('a damaged entry is told of, and keeps no other from firing', async () => {
  await using b = await bench()
  await b.cron.register(entry())
  await b.cron.register(entry({ name: 'bad' }))
  await h.redis.hset(b.key('entries'), 'bad', '{"rev":"a.b"')
  expect(await b.ticker.runOnce()).toMatchObject({ fired: 1 })
  expect(b.log.text()).toContain('cron bad: cron entry bad: its definition cannot be read')
  await b.cron.remove('bad')
})

test('a slot whose job cannot be enqueued now is enqueued later', async () => {
  await using b = await bench()
  await b.cron.register(entry())
  // A key of the wrong type makes the queue refuse what comes.
  await h.redis.set(`${h.base('q')}queued`, 'damage')
  expect(await b.ticker.runOnce()).toMatchObject({ fired: 0 })
  expect(b.log.text()).toContain('cron x: ')
  await h.redis.del(`${h.base('q')}queued`)
  const [ref] = await h.redis.zrange(b.key('pending'), '0', '-1')
  await h.redis.del(`${h.base('q')}job:${ref!.split('@')[0]}`)
  await elapse(h.redis, h.prefix, 6_000)
  expect(await b.ticker.runOnce()).toMatchObject({ healed: 1 })
  expect(await b.q.count()).toBe(1)
})

test('a worker goes on firing after Redis was away, also what was registered meanwhile', async () => {
  await using b = await bench()
  const proxy = await FaultProxy.start(REDIS_URL)
  const worker = h.worker('q', { connection: proxy.url })
  const running = worker.run()
  await b.cron.register(entry({ name: 'one' }))
  await expect.poll(() => b.q.count('finished'), { timeout: 10_000 }).toBe(1)
  await proxy.refuse()
  await b.cron.register(entry({ name: 'two' }))
  await proxy.heal()
  await expect.poll(() => b.q.count('finished'), { timeout: 10_000 }).toBe(2)
  await worker.stop()
  await running
})

describe('after a lost reply', () => {
  async function lossy() {
    const proxy = await FaultProxy.start(REDIS_URL)
    return { proxy, b: await bench(proxy.url) }
  }

  test('to a claim, the slot is found behind and enqueued once', async () => {
    const { proxy, b } = await lossy()
    await using _ = b
    await b.cron.register(entry())
    const dropped = proxy.dropReply(calls('cron-claim'))
    expect(await b.ticker.runOnce()).toMatchObject({ fired: 0 })
    await dropped
    await elapse(h.redis, h.prefix, 6_000)
    expect(await b.ticker.runOnce()).toMatchObject({ healed: 1 })
    expect(await b.q.count()).toBe(1)
  })

  test.each(['enqueue', 'cron-done', 'cron-look'] as const)(
    'to %s, the job is there once',
    async (script) => {
      const { proxy, b } = await lossy()
      await using _ = b
      await b.cron.register(entry())
      const dropped = proxy.dropReply(calls(script))
      expect(await b.ticker.runOnce()).toMatchObject({ fired: 1 })
      await dropped
      expect(await b.q.count()).toBe(1)
      expect(await h.redis.exists(b.key('pending'))).toBe(0)
    },
  )

  test('to a registration, its first slot is the one that was set', async () => {
    const { proxy, b } = await lossy()
    await using _ = b
    const dropped = proxy.dropReply(calls('cron-set'))
    const { nextAt } = await b.cron.register(entry())
    await dropped
    expect((await b.cron.register(entry())).nextAt).toEqual(nextAt)
  })
})

test('a look costs one command when nothing is due', async () => {
  await using b = await bench()
  await b.cron.register(entry({ startAt: Date.now() + 3_600_000 }))
  const run = vi.spyOn(b.connection, 'run')
  const attempt = vi.spyOn(b.connection, 'attempt')
  await b.ticker.runOnce()
  expect([run.mock.calls.length, attempt.mock.calls.length]).toEqual([1, 0])
})
