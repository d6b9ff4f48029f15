import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { slotGuard } from '../../lib/redis/keys.ts'
import { TestCluster } from '../kit/cluster.ts'
import { harness } from '../kit/harness.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await TestCluster.start({ masters: 3, replicas: 0 })
})
afterAll(() => cluster.stop())

const h = harness({ url: () => cluster.url, slackMs: 5_000 })

test('no script enters a queue of which only a part has moved: it waits until all of it has', async () => {
  const q = h.queue('a', { commandTimeout: '20s' })
  const first = await q.enqueueMany(
    Array.from({ length: 20 }, () => ({ func: './tasks#nothing', args: [], options: {} })),
  )
  const base = h.base('a')
  const call = ['EVAL', 'return 1', 2, base, slotGuard(base)] as const
  let waiting: Promise<unknown> | undefined
  await cluster.migrate(base, async (from, to) => {
    waiting = q.enqueue('./tasks#echo', 'late')
    await expect(from.admin.call(...call)).rejects.toThrow(/^ASK/)
    const [, asked] = await Promise.allSettled([to.admin.call('ASKING'), to.admin.call(...call)])
    expect(String((asked as PromiseRejectedResult).reason)).toMatch(/TRYAGAIN/)
    // Reads of one key are served by whichever node has it.
    expect((await q.fetchJob(first[0]!.id))!.status).toBe('queued')
  })
  await waiting
  expect(await q.count()).toBe(21)
  expect(await h.drain('a')).toMatchObject({ finished: 21 })
})

test('the slot of a queue is moved to and fro under load: every job runs once, every result arrives [F37]', async () => {
  const names = ['a', 'b']
  const queues = names.map((name) => h.queue(name, { commandTimeout: '20s' }))
  const workers = [0, 1].map(() => h.worker(names, { concurrency: 4 }))
  const running = workers.map((worker) => worker.run())
  onTestFinished(async () => {
    for (const worker of workers) await worker.stop()
    await Promise.all(running)
  })
  const results: Promise<unknown>[] = []
  let isMoving = true
  const load = queues.map(async (q) => {
    for (let n = 0; isMoving || n < 100; n++) {
      const parent = await q.enqueue('./tasks#echo', n)
      const child = await q.with({ dependsOn: parent }).enqueue('./tasks#echo', n)
      results.push(parent.result, child.result)
    }
  })
  for (let round = 0; round < 3; round++) await cluster.migrate(h.base('a'))
  isMoving = false
  await Promise.all(load)
  await Promise.all(results)
  const counts = await Promise.all(queues.map((q) => q.jobIds('finished', { limit: 100_000 })))
  expect(counts.flat()).toHaveLength(results.length)
})
