import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { ClosedError, configure, type Job, Queue } from '../../lib/index.ts'
import { testing } from '../../lib/testing/index.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

/** Resolves when somebody is noted as waiting for so many jobs of a queue. */
async function awaited(queue: string, count: number): Promise<void> {
  await expect.poll(() => h.redis.hlen(`${h.base(queue)}watched`), { interval: 5 }).toBe(count)
}

/** What became of it by now: an error, a value, or 'waits'. */
async function now(promise: Promise<unknown>): Promise<unknown> {
  const outcome = promise.catch((error) => error)
  await setImmediate()
  return Promise.race([outcome, 'waits'])
}

const CLOSED = /^queue a was closed while a job of it was awaited; the job goes on/

describe('closing a queue', () => {
  const ways: [string, (q: Queue, job: Job) => unknown][] = [
    ['result', (_, job) => job.result],
    ['wait() with a limit', (_, job) => job.wait({ timeout: '1h' })],
    ['nextOutcome()', (_, job) => job.nextOutcome()],
    ['the result of a job that was fetched', async (q, job) => (await q.fetchJob(job.id))!.result],
    ['the result of a job of a registry', async (q) => (await q.jobs('queued'))[0]!.result],
    ['followLog()', (_, job) => job.followLog().next()],
    ['followProgress()', (_, job) => job.followProgress().next()],
  ]

  test.each(ways)('rejects %s, though another queue has the same connection', async (name, wait) => {
    const [a, b] = [h.queue('a'), h.queue('b')]
    await b.enqueue(tasks.nothing)
    const waiting = Promise.resolve(wait(a, await a.enqueue(tasks.nothing))).catch((error: Error) => error)
    if (!name.startsWith('follow')) await awaited('a', 1)
    await a.close()
    expect(await waiting).toMatchObject({ code: 'CLOSED', message: expect.stringMatching(CLOSED) })
  })

  test.each([
    ['first', 'a', 'b'],
    ['last', 'b', 'a'],
  ])('opened %s leaves what is awaited through the other', async (_, closed, open) => {
    const queues = { a: h.queue('a'), b: h.queue('b') } as Record<string, Queue>
    const jobs = { a: await queues.a!.enqueue(tasks.add, 1, 2), b: await queues.b!.enqueue(tasks.add, 3, 4) }
    const results = { a: jobs.a.result, b: jobs.b.result } as Record<string, Promise<number>>
    const refused = expect(results[closed]).rejects.toBeInstanceOf(ClosedError)
    await awaited('a', 1)
    await awaited('b', 1)
    await Promise.all([queues[closed]!.close(), queues[closed]!.close()])
    await refused
    expect(await now(results[open]!)).toBe('waits')
    await h.drain(open, { paths: ['.'] })
    expect(await results[open]).toBe(open === 'a' ? 3 : 7)
    await queues[open]!.close()
    await queues[closed]!.close()
  })

  test('of two objects for one queue leaves what the other one awaits, even of the same job', async () => {
    const [one, two] = [h.queue('a'), h.queue('a')]
    const job = await one.enqueue(tasks.add, 1, 2)
    const [mine, theirs] = [job.result, (await two.fetchJob<number>(job.id))!.result]
    const refused = expect(mine).rejects.toThrow(CLOSED)
    await awaited('a', 1)
    await one.close()
    await refused
    await h.drain('a', { paths: ['.'] })
    expect(await theirs).toBe(3)
  })

  test('has what is awaited later rejected at once', async () => {
    const [a, b] = [h.queue('a'), h.queue('b')]
    await b.enqueue(tasks.nothing)
    const job = await a.enqueue(tasks.nothing)
    await a.close()
    expect(await now(job.result)).toBeInstanceOf(ClosedError)
    expect(await now(job.wait({ timeout: 5 }))).toBeInstanceOf(ClosedError)
    // It shares the connection, and that one is open.
    await job.refresh()
  })

  test('alone on its connection says the same', async () => {
    const a = new Queue('a', { connection: h.url, prefix: h.prefix })
    const refused = expect((await a.enqueue(tasks.nothing)).result).rejects.toThrow(CLOSED)
    await awaited('a', 1)
    await a.close()
    await refused
  })

  test('whose jobs run in this process rejects what waits for others', async () => {
    const a = new Queue('a', { async: false, prefix: h.prefix })
    const job = await a.enqueueIn('1h', tasks.nothing)
    const parent = await a.with({ retry: 0 }).enqueue(tasks.fail)
    const child = await a.with({ dependsOn: parent }).enqueue(tasks.nothing)
    expect(job.isFinished).toBe(true)
    const refused = expect(child.result).rejects.toThrow(CLOSED)
    await a.close()
    await refused
  })
})

describe('closing a queue in a test', () => {
  afterEach(() => testing.off())

  test('rejects what is awaited through it', async () => {
    const a = h.queue('a')
    testing.fake()
    const refused = expect((await a.enqueue(tasks.nothing)).result).rejects.toThrow(CLOSED)
    await a.close()
    await refused
  })
})

describe('closing a queue some of whose jobs run here', () => {
  afterEach(() => configure({}))

  test('leaves no connection of theirs, and no wait', async () => {
    configure({ async: ({ args }) => args[0] !== 'here' })
    const sockets = () =>
      process.getActiveResourcesInfo().filter((resource) => /TCPSocket|TCPConnect/.test(resource)).length
    await h.redis.ping()
    const before = sockets()
    const a = new Queue('a', { connection: h.url, prefix: h.prefix })
    const parent = await a.enqueue(tasks.echo, 'elsewhere')
    const child = await a.with({ dependsOn: parent }).enqueue(tasks.echo, 'here')
    expect(child.status).toBe('deferred')
    const refused = expect(child.result).rejects.toThrow(CLOSED)
    await awaited('a', 1)
    await a.close()
    await refused
    expect(sockets()).toBe(before)
  })
})
