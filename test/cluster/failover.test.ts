import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { sendShutdown } from '../../lib/index.ts'
import { TestCluster } from '../kit/cluster.ts'
import { harness } from '../kit/harness.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await TestCluster.start()
})
afterAll(() => cluster.stop())

const h = harness({ url: () => cluster.url })
/** Each on another master. */
const NAMES = ['a', 'b', 'c']

test('a master is killed under load: no acknowledged job is lost, what is awaited arrives, and workers hear commands [F37]', async () => {
  const queues = NAMES.map((name) => h.queue(name, { commandTimeout: '30s' }))
  const workers = [0, 1].map(() => h.worker(NAMES, { concurrency: 4 }))
  const running = workers.map((worker) => worker.run())
  onTestFinished(async () => {
    for (const worker of workers) await worker.stop()
    await Promise.all(running)
  })
  const victim = await cluster.masterOf(h.base('a'))
  const acknowledged: Promise<unknown>[] = []
  const enqueue = async (n: number) => {
    const job = await queues[n % 3]!.enqueue('./tasks#echo', n)
    acknowledged.push(job.result)
  }
  for (let n = 0; n < 300; n++) await enqueue(n)
  // What a replica has not been sent is lost with its master; these have been, so that the test is exact.
  const held = await queues[0]!.enqueue('./tasks#hold', h.gate('x'))
  await h.reached('x')
  const later = await queues[0]!.enqueueIn('3s', './tasks#echo', 'later')
  acknowledged.push(later.result)
  expect(await victim.admin.wait(1, 10_000)).toBe(1)
  await cluster.kill(victim)
  // The producers go on meanwhile: to the other nodes at once, to this one when its replica has taken over.
  await Promise.all(Array.from({ length: 90 }, (_, n) => enqueue(300 + n)))
  await h.open('x')
  expect(await held.result).toBe('let go')
  const results = (await Promise.all(acknowledged)) as unknown[]
  expect(results.filter((one) => typeof one === 'number').sort((x, y) => Number(x) - Number(y))).toEqual(
    Array.from({ length: 390 }, (_, n) => n),
  )
  expect(await cluster.masterOf(h.base('a'))).not.toBe(victim)
  for (const [i, worker] of workers.entries()) {
    await sendShutdown(worker.name, { connection: cluster.url, prefix: h.prefix })
    await running[i]
  }
  await cluster.restart(victim)
})
