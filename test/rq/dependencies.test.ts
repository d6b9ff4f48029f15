import { describe, expect, test } from 'vitest'
import { InvalidArgumentError, type Job } from '../../lib/index.ts'
import { stepArgs } from '../../lib/redis/scripts.ts'
import * as tasks from '../fixtures/tasks.ts'
import { calls, FaultProxy } from '../kit/fault-proxy.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'
import { child, describeStore, ending, job } from '../kit/stores.ts'

const h = harness()
const NOTHING = './tasks#nothing'
const FAIL = './tasks#fail'
const ADD = './tasks#add'
const statusOf = async (job: Job) => (await job.refresh()).status
const drain = () => h.drain(['a', 'b'])

describe.each([
  ['in one queue', 'a', 'a'],
  ['across queues', 'a', 'b'],
])('%s', (_, here, there) => {
  const queues = () => [h.queue(here), h.queue(there)] as const

  test('a job waits for a parent that has not finished, in the deferred registry [rq 79]', async () => {
    const [a, b] = queues()
    const parent = await a.enqueueIn('1h', NOTHING)
    const waits = await b.with({ dependsOn: parent }).enqueue(NOTHING)
    expect([waits.isDeferred, await b.deferredJobRegistry.ids(), await b.isEmpty()]).toEqual([
      true,
      [waits.id],
      true,
    ])
    expect(await waits.dependencyIds()).toEqual([parent.id])
  })

  test('a job whose parent has finished is queued at once [rq 80]', async () => {
    const [a, b] = queues()
    const parent = await a.enqueue(NOTHING)
    await drain()
    expect(await statusOf(await b.with({ dependsOn: parent }).enqueue(NOTHING))).toBe('queued')
  })

  test('of a failed parent those go on that allow it, the others stay deferred [rq 82] [rq 83]', async () => {
    const [a, b] = queues()
    const parent = await a.enqueue(FAIL)
    const strict = await b.with({ dependsOn: parent }).enqueue(NOTHING)
    const allows = await b.with({ dependsOn: { job: parent, allowFailure: true } }).enqueue(NOTHING)
    await drain()
    expect([await statusOf(strict), await statusOf(allows)]).toEqual(['deferred', 'finished'])
  })

  test('a job that is added after its parent failed is judged by the same rule [rq trap]', async () => {
    const [a, b] = queues()
    const parent = await a.enqueue(FAIL)
    await drain()
    const strict = await b.with({ dependsOn: parent }).enqueue(NOTHING)
    const allows = await b.with({ dependsOn: { job: parent, allowFailure: true } }).enqueue(NOTHING)
    await drain()
    expect([await statusOf(strict), await statusOf(allows)]).toEqual(['deferred', 'finished'])
    await a.failedJobRegistry.requeue(parent)
    expect((await parent.dependents()).map(({ id }) => id)).toContain(strict.id)
  })

  test('a job is released when the last of all its parents finishes [rq 85]', async () => {
    const [a, b] = queues()
    const parents = [await a.enqueue(NOTHING), await b.enqueue(NOTHING), await a.enqueueIn('1h', NOTHING)]
    const waits = await b.with({ dependsOn: parents }).enqueue(NOTHING)
    await drain()
    expect(await statusOf(waits)).toBe('deferred')
    await parents[2]!.cancel({ enqueueDependents: true })
    await drain()
    expect(await statusOf(waits)).toBe('finished')
  })

  test('dependents land in their own queues, in the order they were enqueued [rq 89] [rq trap]', async () => {
    const [a, b] = queues()
    const parent = await a.enqueue(NOTHING)
    const list = `${h.prefix}:ran`
    const children: Job[] = []
    for (let n = 0; n < 6; n++)
      children.push(await b.with({ dependsOn: parent }).enqueue('./tasks#note', list, `${n}`))
    await drain()
    expect(await h.redis.lrange(list, 0, -1)).toEqual(['0', '1', '2', '3', '4', '5'])
    for (const each of children) expect((await b.fetchJob(each.id))!.isFinished).toBe(true)
  })

  test('a canceled parent cancels those who wait; a canceled child is passed over [rq 94]', async () => {
    const [a, b] = queues()
    const parent = await a.enqueue(NOTHING)
    const [one, two] = [
      await b.with({ dependsOn: parent }).enqueue(NOTHING),
      await b.with({ dependsOn: parent }).enqueue(NOTHING),
    ]
    const grandchild = await a.with({ dependsOn: one }).enqueue(NOTHING)
    await one.cancel('not this one')
    expect(await statusOf(grandchild)).toBe('canceled')
    expect(await drain()).toMatchObject({ finished: 2 })
    expect([await statusOf(one), await statusOf(two)]).toEqual(['canceled', 'finished'])
    const last = await a.enqueue(NOTHING)
    const waits = await b.with({ dependsOn: last }).enqueue(NOTHING)
    await last.cancel()
    expect(await drain()).toMatchObject({ finished: 0 })
    expect(await statusOf(waits)).toBe('canceled')
  })

  test('cancel({ enqueueDependents }) lets them go on as though it had finished, once [rq 95]', async () => {
    const [a, b] = queues()
    const parent = await a.enqueue(ADD, 1, 2)
    const other = await a.enqueueIn('1h', NOTHING)
    const children = [
      await b.enqueue('./tasks#echo', parent),
      await b.with({ dependsOn: parent }).enqueue(NOTHING),
    ]
    const both = await b.with({ dependsOn: [parent, other] }).enqueue(NOTHING)
    await parent.cancel({ enqueueDependents: true, reason: 'not needed' })
    expect([parent.status, parent.reason]).toEqual(['canceled', 'not needed'])
    await expect(parent.result).rejects.toThrow('not needed')
    await parent.cancel({ enqueueDependents: true })
    expect(await b.jobIds()).toEqual(children.map(({ id }) => id))
    expect(await statusOf(both)).toBe('deferred')
    expect(await children[0]!.dependencies()).toMatchObject([{ state: 'finished', status: 'canceled' }])
    expect(await drain()).toMatchObject({ finished: 2 })
    expect(await children[0]!.result).toBeUndefined()
    // Whoever comes later is judged by the same rule.
    expect(await statusOf(await b.with({ dependsOn: parent }).enqueue(NOTHING))).toBe('queued')
    await parent.requeue()
    expect(await statusOf(await b.with({ dependsOn: parent }).enqueue(NOTHING))).toBe('deferred')
  })

  test('cancel({ enqueueDependents }) whose reply is lost enqueues them once all the same [rq 95]', async () => {
    const proxy = await FaultProxy.start(REDIS_URL)
    const a = h.queue(here, { connection: proxy.url })
    const b = h.queue(there)
    const parent = await a.enqueue(NOTHING)
    const waits = await b.with({ dependsOn: parent }).enqueue(NOTHING)
    const dropped = proxy.dropReply(calls('cancel'))
    await Promise.all([dropped, parent.cancel({ enqueueDependents: true })])
    await drain()
    expect([await statusOf(parent), await statusOf(waits)]).toEqual(['canceled', 'finished'])
    expect(await waits.runs()).toHaveLength(1)
  })

  test('cancel({ removeFromDependencies }) takes it from its parents’ dependents; requeued, it waits again [rq 97]', async () => {
    const [a, b] = queues()
    const parents = [await a.enqueue(NOTHING), await b.enqueue(NOTHING)]
    const plain = await b.with({ dependsOn: parents }).enqueue(NOTHING)
    const leaves = await b.with({ dependsOn: parents }).enqueue(NOTHING)
    await plain.cancel()
    await leaves.cancel({ removeFromDependencies: true })
    await leaves.cancel({ removeFromDependencies: true })
    for (const parent of parents) expect((await parent.dependents()).map(({ id }) => id)).toEqual([plain.id])
    await leaves.requeue()
    for (const parent of parents)
      expect((await parent.dependents()).map(({ id }) => id)).toEqual([plain.id, leaves.id])
    await drain()
    expect([await statusOf(plain), await statusOf(leaves)]).toEqual(['canceled', 'finished'])
  })

  test('a stopped parent releases nobody [rq 98]', async () => {
    const [a, b] = queues()
    const parent = await a.enqueue('./tasks#hold', h.gate('stop'), true)
    const waits = await b.with({ dependsOn: { job: parent, allowFailure: true } }).enqueue(NOTHING)
    const worker = h.worker(['a', 'b'])
    const running = worker.run()
    await h.reached('stop')
    await expect.poll(() => statusOf(parent)).toBe('started')
    await parent.stop()
    await parent.wait().catch(() => {})
    await worker.stop()
    await running
    expect([await statusOf(parent), await statusOf(waits)]).toEqual(['stopped', 'deferred'])
  })

  test('delete() keeps those who wait as canceled, or deletes them and theirs [rq 100]', async () => {
    const [a, b] = queues()
    const family = async () => {
      const parent = await a.enqueue(NOTHING)
      const waits = await b.with({ dependsOn: parent }).enqueue(NOTHING)
      return [parent, waits, await a.with({ dependsOn: [waits, parent] }).enqueue(NOTHING)] as const
    }
    const [first, ...theirs] = await family()
    await first.delete()
    for (const each of theirs) expect(await statusOf(each)).toBe('canceled')
    const [second, ...gone] = await family()
    await second.delete({ deleteDependents: true })
    for (const each of gone) expect(await h.queue(each.queue).fetchJob(each.id)).toBeNull()
    expect(await drain()).toMatchObject({ finished: 0 })
  })
})

test('a parent may be a job, an id, or a list that mixes both; nothing else is one [rq 88]', async () => {
  const a = h.queue('a')
  const [one, two] = [await a.enqueue(NOTHING), await h.queue('b').enqueue(NOTHING)]
  for (const dependsOn of [one, one.id, [one, two.id], [{ job: one.id }, two]])
    expect((await a.with({ dependsOn }).enqueue(NOTHING)).isDeferred).toBe(true)
  for (const wrong of [7, {}, { jobs: [one] }, [undefined], null])
    await expect(a.with({ dependsOn: wrong as never }).enqueue(NOTHING)).rejects.toThrow(InvalidArgumentError)
})

test('a parent that is not enqueued cannot be waited for: that is an error, not a yes [rq 86] [rq trap]', async () => {
  const a = h.queue('a')
  await expect(a.with({ dependsOn: 'to-come' }).enqueue(NOTHING)).rejects.toThrow('to-come is not there')
  expect(await a.counts()).toMatchObject({ queued: 0, deferred: 0 })
})

test('children that are added while their parents finish each run once [rq 91]', async () => {
  const [a, b] = [h.queue('a'), h.queue('b')]
  const worker = h.worker(['a', 'b'], { concurrency: 5 })
  const running = worker.run()
  const children = await Promise.all(
    Array.from({ length: 60 }, async (_, n) => {
      const parent = await a.enqueue(ADD, n, 0)
      return (n % 2 ? a : b).enqueue('./tasks#echo', parent)
    }),
  )
  expect(await Promise.all(children.map((each) => each.result))).toEqual(children.map((_, n) => n))
  for (const each of children) expect(await each.runs()).toHaveLength(1)
  await worker.stop()
  await running
})

test('two parents that finish at once on two workers release their child once, after both [rq 92]', async () => {
  const [a, b] = [h.queue('a'), h.queue('b')]
  const workers = [h.worker(['a', 'b']), h.worker(['a', 'b'])]
  const running = workers.map((worker) => worker.run())
  const parents = [await a.enqueue('./tasks#hold', h.gate('1')), await b.enqueue('./tasks#hold', h.gate('2'))]
  const waits = await b.with({ dependsOn: parents }).enqueue(NOTHING)
  await h.reached('1')
  await h.reached('2')
  await Promise.all([h.open('1'), h.open('2')])
  await waits.result
  const runs = await waits.runs()
  expect(runs).toHaveLength(1)
  for (const parent of parents)
    expect(runs[0]!.startedAt.getTime()).toBeGreaterThanOrEqual(
      (await parent.refresh()).endedAt!.getTime() - 2,
    )
  await Promise.all(workers.map((worker) => worker.stop()))
  await Promise.all(running)
})

describeStore('a parent whose end was recorded and not delivered', 'redis', (t) => {
  test('is told by the next tick, and its child queued once [rq 101]', async () => {
    await t.enqueue(job('p'), child('c', ['p']))
    const endings = [ending(await t.claimOne())]
    // The script alone, as though the process had died before it delivered what that answered.
    const dead = t.another()
    const step = { endings, beginnings: [], want: 0, begin: false, held: 0 }
    await dead.connection.run('step', t.key(''), stepArgs('w', 30_000, 1_000, step))
    await dead.close()
    expect(await t.status('c')).toBe('deferred')
    await t.tend()
    await t.tend()
    expect(await t.queued()).toEqual(['c'])
  })
})

test('on a synchronous queue those who are let go on run at once', async () => {
  const q = h.queue('a', { async: false })
  const parent = await q.enqueue(tasks.fail)
  const waits = await q.with({ dependsOn: parent }).enqueue(tasks.nothing)
  const last = await q.with({ dependsOn: waits }).enqueue(tasks.nothing)
  await waits.cancel({ enqueueDependents: true })
  expect([waits.status, await statusOf(last)]).toEqual(['canceled', 'finished'])
  await expect(last.cancel({ enqueueDependants: true } as never)).rejects.toThrow(
    /Did you mean 'enqueueDependents'/,
  )
})
