import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { DEFAULTS } from '../../lib/core/options.ts'
import { Connection } from '../../lib/redis/connection.ts'
import type { Doorbell } from '../../lib/redis/doorbell.ts'
import type { RedisStore } from '../../lib/redis/store.ts'
import { toTarget } from '../../lib/redis/target.ts'
import { turnsOf } from '../../lib/redis/turns.ts'
import type { WorkerRegistry } from '../../lib/redis/worker-registry.ts'
import { Ear } from '../../lib/worker/ear.ts'
import { silent } from '../../lib/worker/logger.ts'
import { Maintainer } from '../../lib/worker/maintainer.ts'
import { Sleepers } from '../../lib/worker/sleepers.ts'
import { harness, logbook, REDIS_URL } from '../kit/harness.ts'
import { until } from '../kit/until.ts'

const h = harness()

describe('of many workers', () => {
  async function turns() {
    const connection = new Connection(toTarget(REDIS_URL))
    const [a, b] = ['a', 'b'].map((worker) => turnsOf(connection, worker))
    return { connection, a: a!, b: b! }
  }

  test('one at a time looks after a queue, and goes on until another one does', async () => {
    const { connection, a, b } = await turns()
    expect(await a(h.base('q'), 5_000)).toBe(true)
    expect(await b(h.base('q'), 5_000)).toBe(false)
    // Sent again after a lost reply it is no other's.
    expect(await a(h.base('q'), 5_000)).toBe(true)
    expect(await h.redis.pttl(`${h.base('q')}tended`)).toBeGreaterThan(4_000)
    await h.redis.pexpireat(`${h.base('q')}tended`, 1)
    expect(await b(h.base('q'), 5_000)).toBe(true)
    expect(await a(h.base('q'), 5_000)).toBe(false)
    await connection.close()
  })

  test('one whose turn it is not leaves a queue to the one that has looked after it, and asks half as often', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    // Without jitter.
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.5)
    onTestFinished(() => random.mockRestore())
    const tended: string[] = []
    const store = {
      prefix: h.prefix,
      groups: { tend: async () => 0 },
      async tend(queue: string) {
        tended.push(queue)
        return { promoted: 0, expired: 0, recovered: 0, abandoned: 0, delivered: 0, repaired: 0 }
      },
    } as unknown as RedisStore
    const asked: string[] = []
    const maintainer = new Maintainer({
      store,
      queues: { names: ['a', 'b'] },
      registry: { prune: async () => 0 } as unknown as WorkerRegistry,
      takeTurn: async (base) => asked.push(base) > 2 && base === h.base('b'),
      leaseMs: DEFAULTS.leaseMs,
      log: silent,
      everyMs: DEFAULTS.maintenanceMs,
    })
    maintainer.start()
    await vi.advanceTimersByTimeAsync(1.1 * DEFAULTS.maintenanceMs)
    // The first round is its own, whoever had the turn.
    expect([tended, asked]).toEqual([
      ['a', 'b'],
      [h.base('a'), h.base('b')],
    ])
    await vi.advanceTimersByTimeAsync(1.8 * DEFAULTS.maintenanceMs)
    expect(asked).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(0.2 * DEFAULTS.maintenanceMs)
    expect([tended, asked.length]).toEqual([['a', 'b', 'b'], 4])
    await maintainer.stop()
  })

  test('one that starts looks after its queues at once, whoever has done so of late', async () => {
    const q = h.queue()
    // A worker died with this job, whose lease is over, and had looked after the queue a moment before.
    const job = await q.enqueue('./tasks#add', 1, 2)
    await h.redis
      .multi()
      .zrem(`${h.base('q')}queued`, job.id)
      .zadd(`${h.base('q')}workers`, 1, 'dead')
      .hset(`${h.base('q')}started:dead`, job.id, '1:1')
      .set(`${h.base('q')}tended`, 'dead', 'PX', 60_000)
      .exec()
    const { logger, text } = logbook()
    const worker = h.worker('q', { logger })
    const running = worker.run()
    expect(await job.result).toBe(3)
    // It tells so once all is done; another pass may have run the job by then.
    await until('it to tell', async () => text().includes('took back 1 job whose worker is gone'))
    await worker.stop()
    await running
  })
})

test('a job that nobody was told of is found by whoever looks after its queue', async () => {
  const q = h.queue()
  // It would not look by itself within this test.
  const worker = h.worker('q', {
    interval: 600,
    workerTtl: 600,
    jobMonitoringInterval: 300,
    maintenanceInterval: '200ms',
  })
  const running = worker.run()
  await expect.poll(() => h.redis.zcard(`${h.base('q')}idle`)).toBe(1)
  const id = 'unheard'
  await h.redis
    .multi()
    .hset(`${h.base('q')}job:${id}`, 'fn', `${Date.now()} ./tasks#add`, 'args', '[1,2]')
    .zadd(`${h.base('q')}queued`, 1, id)
    .sadd(`${h.prefix}:queues`, 'q')
    .exec()
  expect(await (await q.fetchJob<number>(id))!.result).toBe(3)
  await worker.stop()
  await running
})

test('a wait for the bell that hears nothing is followed by the next, without a look at the queues', async () => {
  const waits = [null, null, 'bell']
  let heard = 0
  const doorbell = {
    wait: (ms: number) =>
      new Promise<string | null>((resolve) => setTimeout(() => resolve(waits[heard++]!), ms)),
  } as Doorbell
  await new Promise<void>((resolve) => {
    new Ear({ doorbell, blockMs: 5 }, new Sleepers(), () => true, resolve).listen(Number.POSITIVE_INFINITY)
  })
  expect(heard).toBe(3)
})
