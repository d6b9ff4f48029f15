import { describe, expect, test } from 'vitest'
import {
  call,
  DependencyNotFoundError,
  DuplicateJobError,
  type Job,
  type Queue,
  type Worker,
} from '../../lib/index.ts'
import { pushed } from '../fixtures/models.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

const ADD = './tasks#add'
const FAIL = './tasks#fail'
const NOTHING = './tasks#nothing'

/** Two queues to put a parent and its child in: the same one, or two. */
const places = [
  ['in one queue', 'a', 'a'],
  ['across queues', 'a', 'b'],
] as const

/** Workers of both queues, until the test is through with them. */
async function withWorkers(number: number, work: () => Promise<void>): Promise<void> {
  const workers: Worker[] = []
  for (let n = 0; n < number; n++) workers.push(h.worker(['a', 'b']))
  const running = workers.map((worker) => worker.run())
  await work()
  await Promise.all(workers.map((worker) => worker.stop()))
  await Promise.all(running)
}

const drain = () => h.drain(['a', 'b'])
const statusOf = async (job: Job) => (await job.refresh()).status
/** What it does the next time is another function, as after a deployment. */
const mend = (job: Job) => h.redis.hset(`${h.base(job.queue)}job:${job.id}`, 'fn', '1000 ./tasks#echo')
const waitingFor = (q: Queue, dependsOn: Job | Job[], func = NOTHING) => q.with({ dependsOn }).enqueue(func)

describe.each(places)('%s', (_, here, there) => {
  const queues = () => [h.queue(here), h.queue(there)] as const

  test('a job is released when all its parents have finished, and not before', async () => {
    const [a, b] = queues()
    const first = await a.enqueue('./tasks#hold', h.gate('first'))
    const second = await a.enqueue('./tasks#hold', h.gate('second'))
    const child = await waitingFor(b, [first, second])
    await withWorkers(2, async () => {
      await h.reached('first')
      await h.reached('second')
      await h.open('second')
      await second.result
      await expect
        .poll(async () => (await child.dependencies()).map(({ state }) => state))
        .toEqual(['waits', 'finished'])
      expect(await statusOf(child)).toBe('deferred')
      await h.open('first')
      await child.result
    })
    expect(child.status).toBe('deferred')
    expect(await statusOf(child)).toBe('finished')
  })

  test('a failed parent keeps its dependents deferred; they go on when it is requeued and finishes', async () => {
    const [a, b] = queues()
    const parent = await a.enqueue(FAIL, 'no luck')
    const child = await b.enqueue('./tasks#echo', parent)
    await drain()
    expect(await statusOf(child)).toBe('deferred')
    await mend(parent)
    await parent.requeue()
    expect(await child.dependencies()).toMatchObject([{ state: 'failed', status: 'queued' }])
    await drain()
    expect(await child.result).toBe('no luck')
    expect(await child.dependencies()).toMatchObject([{ state: 'finished', result: 'no luck' }])
  })

  test('the waiting job says for whom it waits and why', async () => {
    const [a, b] = queues()
    const failed = await a.enqueue(FAIL, 'no luck')
    const later = await a.with({ in: '1h', description: 'the report' }).enqueue(ADD, 1, 2)
    const child = await waitingFor(b, [failed, later])
    await drain()
    expect((await child.dependencies()).map(({ waitsBecause }) => waitsBecause)).toEqual([
      `tasks.fail (${failed.id}) in queue a failed with TypeError: no luck: requeue() it, and this job goes on when it finishes; or cancel() this one`,
      `the report (${later.id}) in queue a is scheduled`,
    ])
  })

  test('a parent that fails twice and then finishes releases its dependents once', async () => {
    const [a, b] = queues()
    const parent = await a.enqueue(FAIL)
    const child = await waitingFor(b, parent)
    for (let n = 0; n < 2; n++) {
      await drain()
      expect(await statusOf(child)).toBe('deferred')
      await parent.requeue()
    }
    await mend(parent)
    expect(await drain()).toMatchObject({ finished: 2 })
  })

  test('allowFailure lets a parent fail, and a result that it owed stands as undefined', async () => {
    const [a, b] = queues()
    const parent = await a.enqueue(FAIL)
    const child = await b
      .with({ dependsOn: { job: parent, allowFailure: true } })
      .enqueue('./tasks#echo', parent)
    await drain()
    expect(await child.result).toBeUndefined()
    expect(await child.dependencies()).toMatchObject([
      { state: 'failed, as allowed', waitsBecause: undefined },
    ])
  })

  test('allowFailure is each parent’s own [rq trap]', async () => {
    const [a, b] = queues()
    const [may, mayNot] = [await a.enqueue(FAIL), await a.enqueue(FAIL)]
    const child = await b.with({ dependsOn: [{ job: may, allowFailure: true }, mayNot.id] }).enqueue(NOTHING)
    await drain()
    expect(await statusOf(child)).toBe('deferred')
    expect((await child.dependencies()).map(({ state }) => state)).toEqual(['failed, as allowed', 'failed'])
  })

  test('a parent that is retried is not failed yet [rq 82]', async () => {
    const [a, b] = queues()
    const parent = await a.with({ retry: 2 }).enqueue('./tasks#failUntil', 3)
    const child = await b.enqueue('./tasks#echo', parent)
    await drain()
    expect(await child.result).toBe(3)
  })

  test.each(['cancel', 'delete'] as const)(
    'a parent that is gone by %s() cancels its dependents and theirs',
    async (action) => {
      const [a, b] = queues()
      const parent = await a.enqueue(NOTHING)
      const child = await waitingFor(b, parent)
      const grandchild = await waitingFor(a, child)
      const sibling = await waitingFor(b, [parent, grandchild])
      await parent[action]()
      const fate = action === 'cancel' ? 'was canceled' : 'was deleted or has expired'
      await child.refresh()
      expect([child.status, child.reason]).toEqual(['canceled', `its dependency ${parent.id}@a ${fate}`])
      await grandchild.refresh()
      expect([grandchild.status, grandchild.reason]).toEqual([
        'canceled',
        `its dependency ${child.id}@${there} was canceled`,
      ])
      expect(await statusOf(sibling)).toBe('canceled')
      await expect(grandchild.result).rejects.toThrow(child.id)
    },
  )

  test('a canceled job that is requeued asks its parents anew', async () => {
    const [a, b] = queues()
    const parent = await a.enqueue(ADD, 1, 2)
    const child = await b.enqueue(ADD, parent, 1)
    await child.cancel()
    await drain()
    await child.requeue()
    await drain()
    expect(await child.result).toBe(4)
    const lost = await waitingFor(b, await a.enqueue(NOTHING))
    await (await a.fetchJob((await lost.dependencies())[0]!.id))!.cancel()
    await lost.requeue()
    expect([lost.status, lost.reason]).toEqual(['canceled', expect.stringContaining('was canceled')])
  })

  test('a failed parent whose time to live is over cancels its dependents', async () => {
    const [a, b] = queues()
    const parent = await a.with({ failureTtl: '1ms' }).enqueue(FAIL)
    const child = await waitingFor(b, parent)
    await drain()
    await expect.poll(() => a.fetchJob(parent.id)).toBeNull()
    expect((await child.dependencies())[0]!.waitsBecause).toMatch(/is gone: this job is about to be canceled/)
    // The upkeep with which a worker starts.
    await drain()
    await expect(child.result).rejects.toThrow(`its dependency ${parent.id}@a was deleted or has expired`)
  })

  test('a stopped parent keeps its dependents deferred, and says so', async () => {
    const [a, b] = queues()
    const parent = await a.enqueue('./tasks#hold', h.gate('stop'), true)
    const child = await b.with({ dependsOn: { job: parent, allowFailure: true } }).enqueue(NOTHING)
    await withWorkers(1, async () => {
      await h.reached('stop')
      await expect.poll(() => statusOf(parent)).toBe('started')
      await parent.stop()
      await parent.wait().catch(() => {})
      await expect.poll(async () => (await child.dependencies())[0]!.state).toBe('failed')
    })
    expect((await child.dependencies())[0]!.waitsBecause).toMatch(
      /in queue a was stopped with JobStoppedError: .*requeue\(\) it/,
    )
    expect(await statusOf(child)).toBe('deferred')
  })

  test('a parent that has ended is judged at enqueue by the same rule', async () => {
    const [a, b] = queues()
    const finished = await a.enqueue(ADD, 1, 2)
    const failed = await a.enqueue(FAIL)
    const canceled = await a.enqueueIn('1h', NOTHING)
    await canceled.cancel()
    await drain()
    const children = {
      finished: await b.enqueue(ADD, finished, 1),
      failed: await waitingFor(b, failed),
      allowed: await b.with({ dependsOn: { job: failed, allowFailure: true } }).enqueue(NOTHING),
      canceled: await waitingFor(b, canceled),
    }
    expect(await Promise.all(Object.values(children).map(statusOf))).toEqual([
      'queued',
      'deferred',
      'queued',
      'canceled',
    ])
    expect(children.canceled.reason).toBe(`its dependency ${canceled.id}@a was canceled`)
    await drain()
    expect(await children.finished.result).toBe(4)
    expect(await statusOf(children.allowed)).toBe('finished')
    await expect(children.canceled.result).rejects.toThrow(canceled.id)
    await mend(failed)
    await failed.requeue()
    await drain()
    expect(await statusOf(children.failed)).toBe('finished')
  })

  test('a parent that does not exist is an error at enqueue, and nothing is stored [rq trap]', async () => {
    const [a, b] = queues()
    const parent = await a.with({ resultTtl: 0 }).enqueue(NOTHING)
    await drain()
    for (const dependsOn of [parent, parent.id, { job: parent, allowFailure: true }, [parent]] as const) {
      const error = await b
        .with({ dependsOn })
        .enqueue(NOTHING)
        .catch((error) => error)
      expect(error).toBeInstanceOf(DependencyNotFoundError)
      expect(error).toMatchObject({
        dependencyId: parent.id,
        message: expect.stringContaining('keep its result longer'),
      })
    }
    expect(Object.values(await b.counts()).every((count) => count === 0)).toBe(true)
  })

  test('schedule and dependency: the job waits for both [rq trap]', async () => {
    const [a, b] = queues()
    const parent = await a.enqueue(NOTHING)
    const later = await b.with({ dependsOn: parent, in: '1h' }).enqueue(NOTHING)
    const soon = await b.with({ dependsOn: parent, in: '1ms' }).enqueue(NOTHING)
    expect(later.status).toBe('deferred')
    await drain()
    await later.refresh()
    expect([later.status, later.scheduledFor]).toEqual(['scheduled', expect.any(Date)])
    expect(await statusOf(soon)).toBe('finished')
    const unheard = await b.with({ dependsOn: await a.enqueueIn('1h', NOTHING), in: '1ms' }).enqueue(NOTHING)
    await drain()
    expect(await statusOf(unheard)).toBe('deferred')
  })

  test('a thousand dependents are released in the order they were enqueued', async () => {
    const [a, b] = queues()
    const list = `${h.prefix}:order`
    const parent = await a.enqueue(NOTHING)
    const names = Array.from({ length: 1_000 }, (_, n) => String(n))
    await b.enqueueMany(names.map((name) => b.with({ dependsOn: parent }).call('./models#push', list, name)))
    expect(await parent.dependents()).toHaveLength(1_000)
    await drain()
    expect(pushed(list)).toEqual(names)
    expect(await b.count('deferred')).toBe(0)
  })

  test('two parents that finish at once release their dependent exactly once [rq 92]', async () => {
    const [a, b] = queues()
    const list = `${h.prefix}:runs`
    await withWorkers(2, async () => {
      for (let n = 0; n < 50; n++) {
        const parents = await a.enqueueMany([call(ADD, n, 1), call(ADD, n, 2)])
        const child = await b.with({ dependsOn: parents }).enqueue('./models#push', list, String(n))
        await child.result
      }
    })
    expect(pushed(list)).toEqual(Array.from({ length: 50 }, (_, n) => String(n)))
  })

  test('[F27] a child that is enqueued while its parent finishes is never stuck [rq 91]', async () => {
    const [a, b] = queues()
    const children: Job[] = []
    await withWorkers(1, async () => {
      for (let n = 0; n < 200; n++) {
        const parent = await a.enqueue(ADD, n, 1)
        children.push(await b.enqueue('./tasks#echo', parent))
      }
      expect(await Promise.all(children.map((child) => child.result))).toEqual(children.map((_, n) => n + 1))
    })
  })
})

test('a chain of a hundred, each with the result of the one before', async () => {
  const [a, b] = [h.queue('a'), h.queue('b')]
  let last = await a.enqueue(ADD, 0, 0)
  for (let n = 1; n < 100; n++) last = await (n % 2 ? b : a).enqueue(ADD, last, n)
  await drain()
  expect(await last.result).toBe(4_950)
})

test('a diamond: the last one runs once, with both results', async () => {
  const [a, b] = [h.queue('a'), h.queue('b')]
  const top = await a.enqueue(ADD, 1, 0)
  const [left, right] = [await a.enqueue(ADD, top, 10), await b.enqueue(ADD, top, 100)]
  const bottom = await b.enqueue(ADD, left, right)
  expect(await drain()).toMatchObject({ finished: 4 })
  expect(await bottom.result).toBe(112)
})

test('a job given twice is one parent', async () => {
  const a = h.queue('a')
  const parent = await a.enqueue(ADD, 1, 2)
  const child = await a.with({ dependsOn: [parent, parent.id, { job: parent }] }).enqueue(ADD, parent, parent)
  expect(await child.dependencies()).toHaveLength(1)
  await drain()
  expect(await child.result).toBe(6)
})

test('a cycle cannot be: a job can only depend on what is there, and its parents never change', async () => {
  const a = h.queue('a')
  await expect(a.with({ id: 'egg', dependsOn: 'egg' }).enqueue(NOTHING)).rejects.toBeInstanceOf(
    DependencyNotFoundError,
  )
  const hen = await a.with({ id: 'hen' }).enqueue(NOTHING)
  const egg = await a.with({ id: 'egg', dependsOn: hen }).enqueue(NOTHING)
  await expect(a.with({ id: 'hen', dependsOn: egg }).enqueue(NOTHING)).rejects.toBeInstanceOf(
    DuplicateJobError,
  )
  await drain()
  expect(await statusOf(egg)).toBe('finished')
})

test('a future keeps its value, though the parent’s time to live is over by the time the child runs', async () => {
  const [a, b] = [h.queue('a'), h.queue('b')]
  const parent = await a.with({ resultTtl: '1ms' }).enqueue(ADD, 1, 2)
  const child = await b.enqueue('./tasks#echo', parent)
  await h.drain('a')
  await expect.poll(() => a.fetchJob(parent.id)).toBeNull()
  expect(await child.dependencies()).toMatchObject([{ state: 'finished', status: 'gone', result: 3 }])
  await h.drain('b')
  expect(await child.result).toBe(3)
})

test('a parent whose result is kept for no time still serves all who waited for it', async () => {
  const [a, b] = [h.queue('a'), h.queue('b')]
  const parent = await a.with({ resultTtl: 0 }).enqueue(ADD, 1, 2)
  const children = [await a.enqueue('./tasks#echo', parent), await b.enqueue('./tasks#echo', parent)]
  await drain()
  expect(await Promise.all(children.map((child) => child.result))).toEqual([3, 3])
  expect(await a.fetchJob(parent.id)).toBeNull()
})

test('priority and the front of the queue hold for a released job too', async () => {
  const a = h.queue('a')
  const list = `${h.prefix}:order`
  const parent = await a.with({ priority: -1 }).enqueue(NOTHING)
  for (const [name, options] of [
    ['plain', {}],
    ['front', { atFront: true }],
    ['late', { priority: 5 }],
    ['early', { priority: -5 }],
  ] as const)
    await a.with({ ...options, dependsOn: parent }).enqueue('./models#push', list, name)
  await drain()
  expect(pushed(list)).toEqual(['early', 'front', 'plain', 'late'])
})

test.each([
  ['a promise', Promise.resolve(), /await the enqueue first/],
  ['a number', 7, /expected a Job, a job id/],
  ['nothing in a list', [undefined], /expected a Job, a job id/],
  ['an empty id', '', /expected a Job, a job id/],
  ['a misspelt option', { job: 'x', allowFailures: true }, /Did you mean 'dependsOn.allowFailure'/],
])('%s is no dependency', async (_, dependsOn, message) => {
  const a = h.queue('a')
  await expect(a.with({ dependsOn: dependsOn as never }).enqueue(NOTHING)).rejects.toThrow(message)
  expect(await a.count()).toBe(0)
})

test('no dependencies are as good as none given', async () => {
  const a = h.queue('a')
  expect((await a.with({ dependsOn: [] }).enqueue(NOTHING)).status).toBe('queued')
})

test('a failed job that nobody requeues can be taken out of its dependents’ way by canceling them', async () => {
  const a = h.queue('a')
  const child = await waitingFor(a, await a.enqueue(FAIL))
  await drain()
  await child.cancel('will not happen')
  expect([child.status, child.reason]).toEqual(['canceled', 'will not happen'])
  await expect(child.cancel()).resolves.toBeUndefined()
})
