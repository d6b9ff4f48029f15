import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { sendShutdown } from '../../lib/index.ts'
import { harness } from '../kit/harness.ts'
import { plainClient } from '../kit/plain-client.ts'
import { TestSentinels } from '../kit/sentinel.ts'

let sentinels: TestSentinels

const h = harness({ url: () => sentinels.url })

/** Two queues under load while something is done to the master; every job that was acknowledged must answer. */
async function underLoad(strike: () => Promise<void>) {
  const queues = ['a', 'b'].map((name) => h.queue(name, { commandTimeout: '30s' }))
  const workers = [0, 1].map(() => h.worker(['a', 'b'], { concurrency: 4 }))
  const running = workers.map((worker) => worker.run())
  onTestFinished(async () => {
    for (const worker of workers) await worker.stop()
    await Promise.all(running)
  })
  const enqueue = (n: number) => queues[n % 2]!.enqueue('./tasks#echo', n)
  const before = await Promise.all(Array.from({ length: 100 }, (_, n) => enqueue(n)))
  const held = await queues[0]!.enqueue('./tasks#hold', h.gate('x'))
  await h.reached('x')
  const awaited = held.result
  const later = await queues[1]!.enqueueIn('2s', './tasks#echo', 'later')
  const results = Promise.all([...before, later].map((job) => job.result))
  const master = await sentinels.master()
  // What the replica has not been sent is lost with its master.
  const direct = plainClient(master.url)
  expect(await direct.wait(1, 10_000)).toBeGreaterThanOrEqual(1)
  direct.disconnect()
  await strike()
  const during = await Promise.all(Array.from({ length: 50 }, (_, n) => enqueue(100 + n)))
  await h.open('x')
  expect(await awaited).toBe('let go')
  expect(await results).toHaveLength(101)
  expect(await Promise.all(during.map((job) => job.result))).toHaveLength(50)
  for (const [i, worker] of workers.entries()) {
    // Of the two, one may still be on its way back while the other has done all the work.
    const told = () =>
      sendShutdown(worker.name, { connection: sentinels.url, prefix: h.prefix }).then(() => 'told')
    await expect.poll(told, { timeout: 10_000 }).toBe('told')
    await running[i]
  }
}

describe('a master that dies', () => {
  beforeAll(async () => {
    sentinels = await TestSentinels.start()
  })
  afterAll(() => sentinels.stop())

  test('by kill -9 is replaced: workers, producers and waits go on [F13]', async () => {
    await underLoad(async () => {
      const master = await sentinels.master()
      await master.kill()
    })
  })
})

describe('a master that lives', () => {
  beforeAll(async () => {
    sentinels = await TestSentinels.start({ minReplicas: 1 })
  })
  afterAll(() => sentinels.stop())

  test('is replaced by SENTINEL FAILOVER: workers, producers and waits go on', async () => {
    await underLoad(() => sentinels.failover())
  })
})
