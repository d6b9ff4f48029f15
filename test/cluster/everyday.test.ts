import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { groupFollowUpId } from '../../lib/core/follow-ups.ts'
import {
  Cron,
  call,
  chord,
  DuplicateJobError,
  Group,
  isSuspended,
  type QueueEvent,
  resume,
  sendShutdown,
  suspend,
  Worker,
  watchEvents,
} from '../../lib/index.ts'
import { TestCluster } from '../kit/cluster.ts'
import { harness } from '../kit/harness.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await TestCluster.start()
})
afterAll(() => cluster.stop())

const h = harness({ url: () => cluster.url })
const here = () => ({ connection: cluster.url, prefix: h.prefix })
/** Each on another master. */
const NAMES = ['a', 'b', 'c']
const [A, B, C] = NAMES as [string, string, string]

/** A worker on all queues, until the test is over. */
function working(options = {}) {
  const worker = h.worker(NAMES, { concurrency: 3, ...options })
  const running = worker.run()
  onTestFinished(async () => {
    await worker.stop()
    await running
  })
  return { worker, running }
}

test('many jobs of one call keep their order, also where the server does not know the script yet', async () => {
  for (const name of NAMES) {
    await (await cluster.masterOf(h.base(name))).admin.script('FLUSH')
    const q = h.queue(name)
    const jobs = await q.enqueueMany(Array.from({ length: 1_000 }, (_, n) => call('./tasks#echo', n)))
    expect(await h.redis.zrange(`${h.base(name)}queued`, '0', '-1')).toEqual(jobs.map(({ id }) => id))
  }
})

test('the queues of these tests are on three nodes', async () => {
  const masters = await Promise.all(NAMES.map((name) => cluster.masterOf(h.base(name))))
  expect(new Set(masters.map(({ id }) => id)).size).toBe(3)
})

test.each<[string, () => unknown]>([
  ['a URL', () => cluster.url],
  ['nodes', () => ({ cluster: cluster.nodes.slice(0, 2).map(({ server }) => `127.0.0.1:${server.port}`) })],
])('jobs run and their results arrive, the cluster named by %s [rq 1]', async (_, connection) => {
  working()
  const queues = NAMES.map((name) => h.queue(name, { connection: connection() as string }))
  const jobs = await Promise.all(queues.map((q, n) => q.enqueue('./tasks#add', n, 1)))
  expect(await Promise.all(jobs.map((job) => job.result))).toEqual([1, 2, 3])
  const many = await queues[0]!.enqueueMany(Array.from({ length: 300 }, (_, n) => call('./tasks#echo', n)))
  expect(await Promise.all(many.map((job) => job.result))).toHaveLength(300)
})

test('futures, dependencies and a chord reach over nodes', async () => {
  working()
  const [a, b, c] = NAMES.map((name) => h.queue(name)) as [
    ReturnType<typeof h.queue>,
    ...ReturnType<typeof h.queue>[],
  ]
  const one = await a!.enqueue('./tasks#add', 1, 2)
  const two = await b!.enqueue('./tasks#add', 3, 4)
  const three = await c!.enqueue('./tasks#add', one, two)
  const last = await a!.with({ dependsOn: [three] }).enqueue('./tasks#echo', 'last')
  expect([await three.result, await last.result]).toEqual([10, 'last'])
  const total = await chord(
    b!,
    [1, 2, 3].map((n) => call('./tasks#echo', n)),
    (parts) => call('./tasks#sum', ...parts),
  )
  expect(await total.result).toBe(6)
})

test('groups and callbacks reach over nodes, and are called once', async () => {
  working()
  const after = h.queue(C)
  const group = await Group.create({ ...here(), onComplete: './callbacks#summary', queue: C })
  for (const name of NAMES)
    await h.queue(name).with({ group, onSuccess: './callbacks#told' }).enqueue('./tasks#add', 1, 2)
  await group.seal()
  await group.wait()
  // The last members tell it by way of their workers.
  await expect.poll(() => group.progress()).toMatchObject({ total: 3, finished: 3, ended: 3, done: true })
  await expect.poll(() => after.jobIds('finished')).toContain(groupFollowUpId(await group.progress()))
  for (const name of NAMES) await expect.poll(() => h.queue(name).count()).toBe(0)
})

test('unique keys, limits, retries and delays hold', async () => {
  const q = h.queue(B)
  await q.with({ unique: 'k' }).enqueue('./tasks#nothing')
  await expect(q.with({ unique: 'k' }).enqueue('./tasks#nothing')).rejects.toThrow(DuplicateJobError)
  working()
  const limited = q.with({ limit: { key: 'one', concurrency: 1 } })
  const jobs = await Promise.all([1, 2, 3, 4].map((n) => limited.enqueue('./tasks#echo', n)))
  const again = await q.with({ retry: 2 }).enqueue('./tasks#failUntil', 3)
  const soon = await h.queue(A).enqueueIn('100ms', './tasks#echo', 'soon')
  expect(await Promise.all(jobs.map((job) => job.result))).toEqual([1, 2, 3, 4])
  expect([await again.result, await soon.result]).toEqual([3, 'soon'])
})

test('cron entries fire, whichever node has them', async () => {
  working()
  const q = h.queue(A)
  await using cron = new Cron(here())
  await cron.register({
    name: 'tick',
    every: '100ms',
    times: 3,
    missed: 'all',
    func: './tasks#nothing',
    queue: A,
  })
  await expect.poll(() => q.jobIds('finished'), { timeout: 15_000 }).toHaveLength(3)
})

test('pauses of one queue and of all are kept and lifted', async () => {
  const { worker } = working()
  const [a, b] = [h.queue(A), h.queue(B)]
  await a.pause()
  const held = await a.enqueue('./tasks#echo', 1)
  expect(await (await b.enqueue('./tasks#echo', 2)).result).toBe(2)
  expect((await held.refresh()).status).toBe('queued')
  await a.resume()
  expect(await held.result).toBe(1)
  await suspend(here())
  await expect.poll(async () => (await Worker.fetch(worker.name, here()))?.state).toBe('suspended')
  const waits = await b.enqueue('./tasks#echo', 3)
  expect(await isSuspended(here())).toBe(true)
  expect((await waits.refresh()).status).toBe('queued')
  await resume(here())
  expect(await waits.result).toBe(3)
})

test('a running job is stopped, and a worker told to shut down, from any node', async () => {
  const { worker, running } = working()
  const job = await h.queue(C).enqueue('./tasks#hold', h.gate('x'), true)
  await h.reached('x')
  expect((await Worker.all(here())).map(({ name }) => name)).toEqual([worker.name])
  await job.stop()
  await expect.poll(async () => (await job.refresh()).status).toBe('stopped')
  await sendShutdown(worker.name, here())
  await running
})

test('who watches hears of the events of queues on several nodes', async () => {
  const events: QueueEvent[] = []
  const controller = new AbortController()
  const watching = watchEvents(NAMES, (event) => events.push(event), { ...here(), signal: controller.signal })
  for (const name of NAMES) await expect.poll(() => h.redis.hexists(`${h.base(name)}flags`, 'tail')).toBe(1)
  working()
  for (const name of NAMES) await (await h.queue(name).enqueue('./tasks#nothing')).result
  const ended = () => events.filter(({ status }) => status === 'finished').map(({ queue }) => queue)
  // What comes from several nodes has no order among them.
  await expect.poll(() => ended().sort()).toEqual(NAMES)
  controller.abort()
  await watching
})

test('a failed job is found in its registry and requeued', async () => {
  working()
  const q = h.queue(C)
  const job = await q.enqueue('./tasks#fail')
  await expect(job.result).rejects.toThrow('as told')
  expect(await q.jobIds('failed')).toEqual([job.id])
  await job.requeue()
  await expect(job.wait()).rejects.toThrow('as told')
  await expect.poll(() => q.jobIds('failed')).toEqual([job.id])
})
