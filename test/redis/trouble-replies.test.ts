import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker as Thread } from 'node:worker_threads'
import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { call, DuplicateJobError, JobNotFoundError, type Worker } from '../../lib/index.ts'
import { Link } from '../../lib/redis/link.ts'
import * as tasks from '../fixtures/tasks.ts'
import { calls, FaultProxy } from '../kit/fault-proxy.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()

function proxied() {
  return FaultProxy.start(REDIS_URL)
}

/** Ends a worker that was given no reason to end by itself. */
async function end(worker: Worker, running: Promise<unknown>): Promise<void> {
  await worker.stop()
  await running
}

describe('a reply that is lost with its connection', () => {
  test('[F10] of an enqueue leaves the job there once, and the enqueue resolves', async () => {
    const proxy = await proxied()
    const q = h.queue('q', { connection: proxy.url })
    const lost = proxy.dropReply((sent) => sent.includes('lost-one'))
    const job = await q.with({ id: 'lost-one' }).enqueue('./tasks#add', 1, 2)
    await lost
    expect(await q.jobIds()).toEqual([job.id])
    await h.drain()
    expect(await job.result).toBe(3)
  })

  test('of many enqueues at once leaves each there once, in their order', async () => {
    const proxy = await proxied()
    const q = h.queue('q', { connection: proxy.url })
    const lost = proxy.dropReply(calls('enqueue'))
    const jobs = await Promise.all(
      Array.from({ length: 100 }, (_, n) => q.with({ id: `many-${n}` }).enqueue('./tasks#echo', n)),
    )
    await lost
    expect(await q.jobIds()).toEqual(jobs.map((job) => job.id))
  })

  test('of an enqueue does not hide that the id was taken by another job', async () => {
    const proxy = await proxied()
    const q = h.queue('q', { connection: proxy.url })
    await h.queue().with({ id: 'taken' }).enqueue('./tasks#add', 0, 0)
    const lost = proxy.dropReply((sent) => sent.includes('taken'))
    await expect(q.with({ id: 'taken' }).enqueue('./tasks#add', 1, 2)).rejects.toThrow(DuplicateJobError)
    await lost
  })

  test('of a claim gives the forgotten job back, and it ends once, uncounted', async () => {
    const proxy = await proxied()
    const q = h.queue()
    const job = await q.enqueue('./tasks#add', 1, 2)
    const lost = proxy.dropReply(calls('step'))
    const worker = h.worker('q', { connection: proxy.url })
    const running = worker.run()
    await lost
    expect(await job.result).toBe(3)
    await end(worker, running)
    expect((await job.refresh()).attempt).toBe(1)
    expect(job.recoveries).toBe(0)
    expect(await finishedOf('q')).toBe(1)
  })

  test('of a claim by reserve() gives the forgotten job back, which is next again', async () => {
    const proxy = await proxied()
    const jobs = [await h.queue().enqueue('./tasks#add', 1, 2), await h.queue().enqueue('./tasks#add', 3, 4)]
    const q = h.queue('q', { connection: proxy.url })
    const lost = proxy.dropReply(calls('step'))
    const taken = (await q.reserve())!
    await lost
    expect(taken.id).toBe(jobs[1]!.id)
    expect(await q.jobIds()).toEqual([jobs[0]!.id])
    const lostToo = proxy.dropReply(calls('step'))
    const first = (await q.reserve())!
    await lostToo
    expect([first.id, first.attempt]).toEqual([jobs[0]!.id, 1])
    await taken.ack()
    await first.ack()
  })

  test('of a claim in this process does not leave the job without anybody', async () => {
    const proxy = await proxied()
    const q = h.queue('q', { connection: proxy.url, async: false })
    const lost = proxy.dropReply(calls('take'))
    const job = await q.with({ retry: 1 }).enqueue(tasks.failUntil, 2)
    await lost
    expect([job.status, await job.result]).toEqual(['finished', 2])
  })

  test('of a delete leaves the job deleted, and its dependents where they are to be', async () => {
    const proxy = await proxied()
    const q = h.queue('q', { connection: proxy.url })
    const parent = await q.enqueue('./tasks#add', 1, 2)
    const child = await q.with({ dependsOn: parent }).enqueue('./tasks#add', 3, 4)
    const lost = proxy.dropReply(calls('delete'))
    await parent.delete({ deleteDependents: true })
    await lost
    expect([await q.fetchJob(parent.id), await q.fetchJob(child.id)]).toEqual([null, null])
    await expect(parent.delete()).rejects.toThrow(JobNotFoundError)
  })

  test('of a claim does not end a burst before the forgotten jobs have run', async () => {
    const proxy = await proxied()
    const q = h.queue()
    const jobs = await q.enqueueMany(Array.from({ length: 300 }, (_, n) => call('./tasks#echo', n)))
    const lost = proxy.dropReply(calls('step'))
    await h.drain('q', { connection: proxy.url, concurrency: 300 })
    await lost
    expect(await q.count('finished')).toBe(jobs.length)
  })

  test('[F10] of an ending is no lost ending, and no second one', async () => {
    const proxy = await proxied()
    const q = h.queue()
    const job = await q.with({ id: 'ends' }).enqueue('./tasks#add', 1, 2)
    const isStep = calls('step')
    const lost = proxy.dropReply((sent) => isStep(sent) && sent.includes('ends'))
    const worker = h.worker('q', { connection: proxy.url })
    const running = worker.run()
    expect(await job.result).toBe(3)
    await lost
    await end(worker, running)
    expect(await finishedOf('q')).toBe(1)
    expect(await job.runs()).toHaveLength(1)
  })

  test('[F41] again and again, while a worker runs 300 jobs, ends each of them once', async () => {
    const proxy = await proxied()
    const q = h.queue('q', { connection: proxy.url })
    const worker = h.worker('q', { connection: proxy.url, concurrency: 20 })
    const running = worker.run()
    const faults = (async () => {
      for (let n = 0; n < 5; n++) await proxy.dropReply(calls('step'))
      for (let n = 0; n < 3; n++) await proxy.dropReply(calls('enqueue'))
    })()
    const jobs = []
    let n = 0
    let struck = false
    void faults.then(() => {
      struck = true
    })
    for (; n < 300 || !struck; n++) jobs.push(await q.enqueue('./tasks#add', n, 1))
    expect(await Promise.all(jobs.map((job) => job.result))).toEqual(jobs.map((_, n) => n + 1))
    await end(worker, running)
    expect(await finishedOf('q')).toBe(n)
    expect(await q.count('finished')).toBe(n)
  })
})

describe('an awaited result', () => {
  test('comes though the connection was cut while it was awaited', async () => {
    const proxy = await proxied()
    const q = h.queue('q', { connection: proxy.url })
    const job = await q.enqueue('./tasks#add', 1, 2)
    const awaited = job.result
    await expect.poll(() => h.redis.hlen(`${h.base('q')}watched`)).toBe(1)
    await proxy.refuse()
    await h.drain()
    await proxy.heal()
    expect(await awaited).toBe(3)
  })

  test('comes though the job has ended and its result was discarded while the client was away', async () => {
    const proxy = await proxied()
    const q = h.queue('q', { connection: proxy.url })
    const job = await q.enqueue('./tasks#add', 1, 2)
    const lost = proxy.dropReply(calls('wait'))
    const awaited = job.result
    await lost
    await h.drain()
    expect(await awaited).toBe(3)
  })

  test('comes from a Redis that answers late', async () => {
    const proxy = await proxied()
    proxy.delay(40)
    const q = h.queue('q', { connection: proxy.url })
    const worker = h.worker('q', { connection: proxy.url })
    const running = worker.run()
    const jobs = await Promise.all([1, 2, 3].map((n) => q.enqueue('./tasks#add', n, n)))
    expect(await Promise.all(jobs.map((job) => job.result))).toEqual([2, 4, 6])
    await end(worker, running)
  })

  test('can be waited for with a limit, while Redis is away as well, and again afterwards', async () => {
    const proxy = await proxied()
    const q = h.queue('q', { connection: proxy.url })
    const job = await q.enqueue('./tasks#add', 1, 2)
    await expect(job.wait({ timeout: '20ms' })).rejects.toThrow(/has not ended within 0.02 s/)
    await proxy.refuse()
    await expect(job.wait({ timeout: '20ms' })).rejects.toThrow(/has not ended within 0.02 s/)
    await proxy.heal()
    await h.drain()
    expect(await job.wait({ timeout: '10s' })).toBe(3)
  })

  test('can be given up by a signal, which gives its reason', async () => {
    const job = await h.queue().enqueue('./tasks#add', 1, 2)
    const controller = new AbortController()
    const awaited = job.wait({ signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(awaited).rejects.toBe(reason)
    await expect(job.wait({ signal: controller.signal })).rejects.toBe(reason)
    await h.drain()
    expect(await job.result).toBe(3)
  })
})

test('[F8] scripts that Redis has forgotten are sent to it again', async () => {
  const q = h.queue()
  const worker = h.worker('q', { concurrency: 10 })
  const running = worker.run()
  const admin = new Redis(REDIS_URL)
  onTestFinished(() => admin.disconnect())
  for (let round = 0; round < 5; round++) {
    const jobs = await Promise.all(Array.from({ length: 20 }, (_, n) => q.enqueue('./tasks#add', n, 1)))
    await admin.script('FLUSH')
    expect(await Promise.all(jobs.map((job) => job.result))).toEqual(jobs.map((_, n) => n + 1))
  }
  await end(worker, running)
})

/** How many endings were ever recorded in a queue. */
async function finishedOf(queue: string): Promise<number> {
  return Number(await h.redis.hget(`${h.base(queue)}stats`, 'finished'))
}

/** Answers whoever asks, and then says that the answer is there, which for a socket of the file system it is with the write. */
const ANSWERER = `
const { parentPort, workerData } = require('node:worker_threads')
const server = require('node:net').createServer((socket) =>
  socket.once('data', () =>
    socket.write('!', () => {
      Atomics.store(workerData.isThere, 0, 1)
      Atomics.notify(workerData.isThere, 0)
    }),
  ),
)
server.listen(workerData.path, () => parentPort.postMessage('listening'))
`

test('a reply that came while the process could not run is read, not given up', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reply-test-'))
  const [path, isThere] = [join(folder, 'socket'), new Int32Array(new SharedArrayBuffer(4))]
  const answerer = new Thread(ANSWERER, { eval: true, workerData: { path, isThere } })
  onTestFinished(async () => {
    await answerer.terminate()
    rmSync(folder, { recursive: true })
  })
  await once(answerer, 'message')
  const socket = connect(path)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  const link = new Link(new Redis({ lazyConnect: true }), 'here', 'own', { ready() {}, lost() {} })
  const asked = performance.now()
  const reply = link.answered(once(socket, 'data'), 1)
  socket.write('?')
  // However long it takes: nothing else runs here until the answer has come, and the time for it is over.
  Atomics.wait(isThere, 0, 0, 60_000)
  while (performance.now() < asked + 10);
  expect(String(await reply)).toBe('!')
})
