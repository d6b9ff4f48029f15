import { expect, test } from 'vitest'
import {
  InvalidStateError,
  JobNotFoundError,
  sendKillHorse,
  sendShutdown,
  sendStopJob,
  Worker,
  WorkerNameTakenError,
  WorkerNotFoundError,
} from '../../lib/index.ts'
import { Connection } from '../../lib/redis/connection.ts'
import { toTarget } from '../../lib/redis/target.ts'
import { WorkerRegistry } from '../../lib/redis/worker-registry.ts'
import { Control } from '../../lib/worker/control.ts'
import { harness, logbook, REDIS_URL } from '../kit/harness.ts'

const h = harness()
const here = () => ({ connection: REDIS_URL, prefix: h.prefix })
const seen = (name: string) => expect.poll(() => Worker.fetch(name, here())).not.toBeNull()

test('[rq 38] workers are listed by connection and by queue, with what they are', async () => {
  const one = h.worker(['a', 'b'], { name: 'one', concurrency: 3 })
  const two = h.worker('b', { name: 'two' })
  const running = [one.run(), two.run()]
  for (const name of ['one', 'two']) await seen(name)
  expect((await Worker.all(here())).map(({ name }) => name).sort()).toEqual(['one', 'two'])
  expect((await Worker.all({ ...here(), queue: 'a' })).map(({ name }) => name)).toEqual(['one'])
  expect([await Worker.count(here()), await Worker.count({ ...here(), queue: h.queue('b') })]).toEqual([2, 2])
  expect(await Worker.fetch('one', here())).toMatchObject({
    name: 'one',
    queues: ['a', 'b'],
    state: 'idle',
    pid: process.pid,
    concurrency: 3,
    isolation: 'none',
    birthDate: expect.any(Date),
    lastHeartbeat: expect.any(Date),
    totalJobCount: 0,
    currentJobIds: [],
  })
  expect(await Worker.fetch('nobody', here())).toBeNull()
  for (const worker of [one, two]) await worker.stop()
  await Promise.all(running)
  expect(await Worker.all(here())).toEqual([])
})

test('[rq 46] the version and that of Node are told', async () => {
  const worker = h.worker()
  const running = worker.run()
  await seen(worker.name)
  const { version, nodeVersion } = (await Worker.fetch(worker.name, here()))!
  expect([version, nodeVersion]).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+/), process.version])
  await worker.stop()
  await running
})

test('[rq 38] dead workers leave the list in bounded batches', async () => {
  const connection = new Connection(toTarget(REDIS_URL))
  const registry = new WorkerRegistry(connection, h.prefix)
  const dead = Array.from({ length: 250 }, (_, n) => [n, `dead${n}`]).flat()
  await h.redis.zadd(`${h.prefix}:workers`, ...(dead as [number, string]))
  expect(await registry.all()).toEqual([])
  const pruned = []
  for (let n = 0; n < 4; n++) pruned.push(await registry.prune(1_000))
  expect(pruned).toEqual([100, 100, 50, 0])
  await connection.close()
})

test('[rq 37] counts and working time add up, and survive a Redis that forgot everything', async () => {
  const q = h.queue()
  const worker = h.worker('q', { name: 'w' })
  const running = worker.run()
  for (const job of [await q.enqueue('./tasks#add', 1, 1), await q.enqueue('./tasks#add', 1, 1)])
    await job.result
  await (await q.enqueue('./tasks#fail')).result.catch(() => {})
  await h.redis.del(`${h.prefix}:worker:w`, `${h.prefix}:workers`)
  // What a lost connection does: the worker has all of it told again at once.
  const [id] = await clientIds()
  await h.redis.call('CLIENT', 'KILL', 'ID', id!)
  await expect
    .poll(async () => await Worker.fetch('w', here()), { timeout: 10_000 })
    .toMatchObject({ successfulJobCount: 2, failedJobCount: 1, totalJobCount: 3 })
  expect((await Worker.fetch('w', here()))!.totalWorkingTime).toBeGreaterThanOrEqual(0)
  await worker.stop()
  await running
})

/** The connections of this test's worker: those that listen to its channel. */
async function clientIds(): Promise<string[]> {
  const list = (await h.redis.call('CLIENT', 'LIST', 'TYPE', 'pubsub')) as string
  return [...list.matchAll(/^id=(\d+)/gm)].map((match) => match[1]!)
}

test('a busy worker says which jobs it holds', async () => {
  const job = await h.queue().enqueue('./tasks#hold', h.gate('x'))
  const worker = h.worker()
  const running = worker.run()
  await h.reached('x')
  expect(await Worker.fetch(worker.name, here())).toMatchObject({ state: 'busy', currentJobIds: [job.id] })
  await h.open('x')
  await worker.stop()
  await running
})

test('[rq 40] [rq 41] the heartbeat is stored, and lasts for workerTtl whatever the timeout of a job', async () => {
  await h.queue().with({ timeout: -1 }).enqueue('./tasks#hold', h.gate('x'))
  const worker = h.worker('q', { name: 'w', workerTtl: 600 })
  const running = worker.run()
  await h.reached('x')
  const ttl = await h.redis.pttl(`${h.prefix}:worker:w`)
  expect(ttl).toBeGreaterThan(590_000)
  expect(ttl).toBeLessThanOrEqual(600_000)
  const lease = Number(await h.redis.zscore(`${h.base('q')}workers`, 'w'))
  expect(lease - Date.now()).toBeGreaterThan(580_000)
  await h.open('x')
  await worker.stop()
  await running
})

test('a name that a living worker has is refused, and free as soon as that one leaves', async () => {
  const first = h.worker('q', { name: 'w' })
  const running = first.run()
  await seen('w')
  const error = await h
    .worker('q', { name: 'w' })
    .run()
    .catch((error) => error)
  expect(error).toBeInstanceOf(WorkerNameTakenError)
  expect(error.message).toContain('a living worker is called w; choose another name')
  expect(await Worker.count(here())).toBe(1)
  await first.stop()
  await running
  expect(await h.drain('q', { name: 'w' })).toMatchObject({ finished: 0 })
})

test('of many that want a name at once, one has it', async () => {
  const workers = Array.from({ length: 5 }, () => h.worker('q', { name: 'w' }))
  const runs = workers.map((worker) => worker.run().catch((error) => error))
  await seen('w')
  await expect
    .poll(async () =>
      (await Promise.all(runs.map((run) => Promise.race([run, 'runs'])))).filter((end) => end === 'runs'),
    )
    .toHaveLength(1)
  for (const worker of workers) await worker.stop()
})

test('[F38] a dead worker of the same name: what it held is recovered, not given back as though it had never begun', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#add', 1, 2)
  const base = h.base('q')
  await h.redis.zpopmin(`${base}queued`)
  await h.redis.hset(`${base}started:w`, job.id, '1:1')
  await h.redis.hset(`${base}job:${job.id}`, 'st', 'started', 'on', 1, 'w', 'w')
  await h.redis.zadd(`${base}workers`, Date.now() + 60_000, 'w')
  const worker = h.worker('q', { name: 'w' })
  const running = worker.run()
  expect(await job.result).toBe(3)
  expect((await job.refresh()).recoveries).toBe(1)
  await worker.stop()
  await running
})

test('a worker whose name another has taken meanwhile ends, and leaves that one alone', async () => {
  const worker = h.worker('q', { name: 'w', jobMonitoringInterval: '200ms' })
  const running = worker.run()
  running.catch(() => {})
  await seen('w')
  await h.redis.hset(`${h.prefix}:worker:w`, 'instance', 'another')
  await expect(running).rejects.toBeInstanceOf(WorkerNameTakenError)
  expect(await h.redis.hget(`${h.prefix}:worker:w`, 'instance')).toBe('another')
})

test('[rq 109] kill-horse fails the running job as though its horse had died, and is ignored when idle', async () => {
  const q = h.queue()
  const worker = h.worker('q', { isolation: 'process' })
  const running = worker.run()
  await seen(worker.name)
  await sendKillHorse(worker.name, here())
  const good = await q.enqueue('./tasks#add', 1, 1)
  expect(await good.result).toBe(2)
  const job = await q.enqueue('./tasks#hold', h.gate('x'))
  await h.reached('x')
  await h.redis.publish(`${h.prefix}:control:${worker.name}`, 'unknown words')
  // The first one, of an idle worker, was less than a second ago.
  await expect
    .poll(
      async () => {
        await sendKillHorse(worker.name, here())
        return (await job.refresh()).status
      },
      { interval: 100 },
    )
    .toBe('failed')
  await expect(job.result).rejects.toThrow(/WorkHorseDiedError.*killed on request/)
  await worker.stop()
  await running
})

test('[rq 110] stop-job ends a running job as stopped; a waiting or unknown one is an error', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#hold', h.gate('x'), true)
  const waits = await q.enqueue('./tasks#add', 1, 1)
  const worker = h.worker()
  const running = worker.run()
  await h.reached('x')
  await expect(sendStopJob(waits.id, here())).rejects.toBeInstanceOf(InvalidStateError)
  await expect(sendStopJob('nobody', here())).rejects.toBeInstanceOf(JobNotFoundError)
  await sendStopJob(job.id, here())
  await job.wait().catch(() => {})
  expect((await job.refresh()).status).toBe('stopped')
  expect(await waits.result).toBe(2)
  await worker.stop()
  await running
})

test('shutdown lets the running job end; a worker that is not there cannot be told', async () => {
  const job = await h.queue().enqueue('./tasks#hold', h.gate('x'))
  const { logger, text } = logbook()
  const worker = h.worker('q', { logger })
  const running = worker.run()
  await h.reached('x')
  await sendShutdown(worker.name, here())
  await expect.poll(text).toContain('Warm shut down requested')
  await h.open('x')
  await running
  expect(await job.result).toBe('let go')
  await expect(sendShutdown(worker.name, here())).rejects.toBeInstanceOf(WorkerNotFoundError)
  await expect(sendKillHorse('nobody', here())).rejects.toThrow('no living worker is called nobody')
})

test('[rq 112] a command that comes twice within a second counts once', () => {
  let now = 0
  const heard: string[] = []
  const add = (word: string) => () => void heard.push(word)
  const events = {
    shutdown: add('shutdown'),
    killHorse: add('kill'),
    quiet: add('quiet'),
    changed: add('changed'),
  }
  const control = new Control(
    {
      ...events,
      isNamed: () => true,
      stopJob: (id) => void heard.push(id),
      handed: (queue, job) => void heard.push(queue, job),
      paused: (queue) => void heard.push(queue),
    },
    () => now,
  )
  control.receive('shutdown')
  control.receive('kill-horse')
  now = 999
  control.receive('shutdown')
  expect(heard).toEqual(['shutdown', 'kill'])
  now = 1_000
  control.receive('shutdown')
  control.receive('stop a@q@2')
  control.receive('pause q')
  control.receive('job q [1, 2 3]')
  expect(heard).toEqual(['shutdown', 'kill', 'shutdown', 'a', 'q', 'q', '[1, 2 3]'])
})

test('[rq 113] the control channel survives a lost connection', async () => {
  const worker = h.worker()
  const running = worker.run()
  await seen(worker.name)
  const channel = `${h.prefix}:control:${worker.name}`
  const subscribers = async () => Number(((await h.redis.pubsub('NUMSUB', channel)) as unknown[])[1])
  await expect.poll(subscribers).toBe(1)
  for (const id of await clientIds()) await h.redis.call('CLIENT', 'KILL', 'ID', id).catch(() => {})
  await expect.poll(subscribers, { timeout: 10_000 }).toBe(1)
  await sendShutdown(worker.name, here())
  await running
})

test('jobs find the name of their worker in RQ_WORKER_ID', async () => {
  for (const isolation of ['process', 'thread'] as const) {
    const job = await h.queue().enqueue('./tasks#workerIdOfEnv')
    await h.drain('q', { isolation, name: `w-${isolation}` })
    expect(await job.result).toBe(`w-${isolation}`)
  }
})
