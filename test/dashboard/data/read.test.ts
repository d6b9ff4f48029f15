import { expect, onTestFinished, test } from 'vitest'
import { slotJobId } from '../../../lib/core/cron-definition.ts'
import {
  LiveSampler,
  readClock,
  readCron,
  readErrors,
  readJob,
  readOverview,
  readPace,
  readPayload,
  readQueue,
  readQueues,
  readSystem,
  readTrends,
  readWorkers,
  sampleLive,
} from '../../../lib/dashboard/data/index.ts'
import { inflow } from '../../../lib/dashboard/inflow.ts'
import { Cron, Group } from '../../../lib/index.ts'
import { Connection } from '../../../lib/redis/connection.ts'
import { RedisCronStore } from '../../../lib/redis/cron-store.ts'
import { RedisStore } from '../../../lib/redis/store.ts'
import { toTarget } from '../../../lib/redis/target.ts'
import { startRedis } from '../../../lib/testing/index.ts'
import { storeOf } from '../../kit/a-store.ts'
import { harness } from '../../kit/harness.ts'
import { roundTrips } from '../../kit/round-trips.ts'

const h = harness()
const s = storeOf(h)

/** Jobs of every kind in two queues, a worker that has ended, and one that holds a job. */
async function populate() {
  const q = h.queue('q')
  const up = h.queue('up')
  await up.enqueue('./tasks#add', 1, 2)
  await q.with({ tags: ['x'], failureTtl: '1h' }).enqueue('./tasks#fail', 'job 17 is bad')
  await q.enqueue('./tasks#fail', 'job 18 is bad')
  await h.drain(['q', 'up'])
  await q.enqueue('./tasks#nothing')
  await q.enqueueIn('1h', './tasks#nothing')
  await q.pause({ reason: 'a deploy', by: 'ann' })
  return { q, up }
}

test('the overview tells problems first, and all that the first page shows, in four round trips', async () => {
  await populate()
  await using cron = new Cron({ connection: h.url, prefix: h.prefix })
  await cron.register({
    name: 'tidy',
    every: '1h',
    startAt: Date.now() + 60_000,
    func: './tasks#nothing',
    queue: 'up',
  })
  const { result, trips } = await roundTrips(s.store, () => readOverview(s.store))
  expect(trips).toBeLessThanOrEqual(4)
  expect(result.problems.map(({ code, subject }) => `${code} ${subject}`)).toEqual(
    expect.arrayContaining(['no-workers q', 'paused q']),
  )
  expect(result.problems[0]).toMatchObject({ level: 'problem', message: 'q has 1 job and no worker' })
  expect(result.problems.find(({ code }) => code === 'paused')!.message).toBe('q is paused by ann: a deploy')
  expect(result.totals).toMatchObject({ queued: 1, scheduled: 1, failed: 2, finished: 1 })
  expect(result.queues.map(({ name, workers }) => `${name} ${workers}`)).toEqual(['q 0', 'up 0'])
  expect(result.errors).toMatchObject([
    { name: 'TypeError', message: 'job 17 is bad', jobs: 2, functions: ['./tasks#fail'] },
  ])
  expect(result.cron).toMatchObject([{ name: 'tidy', queue: 'up' }])
  expect(result.lastHour).toHaveLength(60)
  expect(result.lastHour.at(-1)!.finished + result.lastHour.at(-2)!.finished).toBe(1)
  expect(result.lastHour.at(-1)!.failed + result.lastHour.at(-2)!.failed).toBe(2)
  expect(result.redis.usedBytes).toBeGreaterThan(0)
  expect(JSON.parse(JSON.stringify(result))).toEqual(result)
})

test('queues tell who listens, what waits, and who paused them', async () => {
  await populate()
  const { result, trips } = await roundTrips(s.store, () => readQueues(s.store))
  expect(trips).toBeLessThanOrEqual(4)
  expect(result[0]).toMatchObject({
    name: 'q',
    counts: { queued: 1, scheduled: 1, failed: 2 },
    totals: { failed: 2 },
    pauses: [{ kind: 'paused', until: null, by: 'ann', reason: 'a deploy' }],
  })
  expect(result[0]!.oldestMs).toBeGreaterThanOrEqual(0)
  expect(result[0]!.nextDueAt).toBeGreaterThan(Date.now())
  expect(await readQueue(s.store, 'up')).toEqual({ ...result[1]! })
  expect(await readQueue(s.store, 'none')).toBeUndefined()
})

test('workers tell what they run', async () => {
  const q = h.queue()
  const worker = h.worker(['q', 'up'], { name: 'w1' })
  const running = worker.run()
  const job = await q.enqueue('./tasks#hold', h.gate('x'))
  await h.reached('x')
  const { result, trips } = await roundTrips(s.store, () => readWorkers(s.store))
  expect(trips).toBeLessThanOrEqual(4)
  expect(result).toMatchObject([
    {
      name: 'w1',
      queues: ['q', 'up'],
      state: 'busy',
      isSilent: false,
      busy: 1,
      concurrency: 1,
      pid: process.pid,
      jobs: [{ id: job.id, queue: 'q', func: './tasks#hold' }],
    },
  ])
  await h.open('x')
  await job.result
  await worker.stop()
  await running
})

test('a job tells all that is known of it, in bounded size', async () => {
  const q = h.queue('q')
  const up = h.queue('up')
  const group = await Group.create({ connection: h.url, prefix: h.prefix })
  const parent = await up.enqueue('./tasks#add', 1, 2)
  const long = 'ü'.repeat(100_000)
  const job = await q
    .with({ dependsOn: parent, retry: 1, group, tags: ['x'], meta: { a: 1 } })
    .enqueue('./tasks#fail', long)
  const child = await up.with({ dependsOn: job }).enqueue('./tasks#nothing')
  await h.drain(['q', 'up'])
  const { result: detail, trips } = await roundTrips(s.store, () => readJob(s.store, job.id))
  expect(trips).toBeLessThanOrEqual(4)
  expect(detail).toMatchObject({
    row: { id: job.id, state: 'failed', attempt: 2 },
    retry: { max: 1, left: 0 },
    timeoutMs: 180_000,
    position: null,
    parents: [{ id: parent.id, queue: 'up', state: 'finished', word: 'finished' }],
    dependents: [{ id: child.id, queue: 'up', state: 'deferred' }],
    dependentsTotal: 1,
    group: { id: group.id, failed: 1 },
    retriedFrom: null,
    cronEntry: null,
  })
  expect(detail!.runs.map(({ attempt, outcome }) => `${attempt} ${outcome}`)).toEqual([
    '1 failed',
    '2 failed',
  ])
  expect(detail!.error!.message).toContain('üüü')
  expect(detail!.fingerprint).toMatch(/^[0-9a-f]{8}$/)
  expect(detail!.expiresAt).toBeGreaterThan(Date.now())
  expect(detail!.payloads.args).toMatchObject({ bytes: 200_004, isCut: true })
  expect(detail!.payloads.meta).toEqual({ text: '{"a":1}', bytes: 7, isCut: false })
  let whole = ''
  for (let offset: number | null = 0; offset !== null; ) {
    const piece = await readPayload(s.store, `${job.id}@q`, 'args', offset)
    expect(Buffer.byteLength(piece!.text)).toBeLessThanOrEqual(65_536)
    whole += piece!.text
    offset = piece!.next
  }
  expect(whole).toBe(JSON.stringify([long]))
  expect(await readJob(s.store, 'none')).toBeUndefined()
  expect(await readPayload(s.store, `${job.id}@q`, 'result')).toBeUndefined()
  await expect(readPayload(s.store, `${job.id}@q`, 'x' as 'args')).rejects.toThrow(
    'expected one of args, result',
  )
})

test('a waiting job tells its place, and a running one its log', async () => {
  const q = h.queue()
  await q.enqueue('./tasks#nothing')
  const second = await q.enqueue('./tasks#nothing')
  await h.redis.rpush(`${h.base('q')}log:${second.id}`, ...Array.from({ length: 300 }, (_, i) => `line ${i}`))
  await h.redis.hset(`${h.base('q')}job:${second.id}`, 'aux', 1)
  const detail = await readJob(s.store, second.id, 'q')
  expect(detail).toMatchObject({ position: 1, log: { total: 300 }, expiresAt: null, runs: [] })
  expect(detail!.log.lines).toHaveLength(200)
  // As funq 0.1 wrote them.
  expect(detail!.log.lines.at(-1)).toEqual({ at: null, source: 'log', text: 'line 299' })
})

test('the lines of a log come with their times and where they are from', async () => {
  const q = h.queue('q')
  const job = await q.enqueue('./output-tasks#print', 'a')
  const before = Date.now()
  await h.drain('q', { captureOutput: true })
  const { lines } = (await readJob(s.store, job.id, 'q'))!.log
  expect(lines.slice(0, 2)).toMatchObject([
    { source: 'log', text: 'a: two' },
    { source: 'stdout', text: 'a: four' },
  ])
  expect(lines[0]!.at).toBeGreaterThanOrEqual(before)
})

test('errors of all queues are grouped by their cause', async () => {
  await populate()
  await h.queue('up').enqueue('./tasks#fail', 'job 19 is bad')
  await h.queue('up').enqueue('./no#such')
  await h.drain('up')
  const { result, trips } = await roundTrips(s.store, () => readErrors(s.store))
  expect(trips).toBeLessThanOrEqual(4)
  expect(result).toMatchObject([
    { jobs: 3, count: 3, queues: ['q', 'up'] },
    { jobs: 1, queues: ['up'] },
  ])
  expect(await readErrors(s.store, { queue: 'up' })).toMatchObject([{ jobs: 1 }, { jobs: 1 }])
})

test('a cause tells in which of the last 24 hours those jobs failed that are failed still, in one round trip more', async () => {
  const { q, up } = await populate()
  for (const n of [20, 21, 22, 23]) await q.enqueue('./tasks#fail', `job ${n} is bad`)
  await up.enqueue('./tasks#fail', 'job 30 is bad')
  await q.resume()
  await h.drain(['q', 'up'])
  const now = await readClock(s.store)
  const [group] = await readErrors(s.store)
  const failed = await h.redis.zrange(`${h.base('q')}error:${group!.fingerprint}`, '0', '-1')
  expect(failed).toHaveLength(6)
  const hours = [0.5, 0.6, 3.5, 22.5, 23.5, 24.5]
  const scores = hours.flatMap((ago, i) => [now - ago * 3_600_000, failed[i]!])
  await h.redis.zadd(`${h.base('q')}error:${group!.fingerprint}`, ...scores)
  const { result, trips } = await roundTrips(s.store, () => readTrends(s.store, [group!]))
  expect(trips).toBe(1)
  const trend = Array(24).fill(0)
  // That of the other queue is of this hour, and the one before yesterday's hours is in none.
  Object.assign(trend, { 23: 3, 20: 1, 1: 1, 0: 1 })
  expect(group).toMatchObject({ jobs: 7, queues: ['q', 'up'] })
  expect([...result]).toEqual([[group!.fingerprint, trend]])
  await (await q.fetchJob(failed[2]!))!.requeue()
  const [q2] = await readErrors(s.store, { queues: ['q'] })
  const left = (await readTrends(s.store, [q2!])).get(q2!.fingerprint)!
  expect([q2!.jobs, left[23], left[20]]).toEqual([5, 2, 0])
})

test('cron entries tell what became of their last ten slots, as far as the jobs are kept', async () => {
  const cron = new RedisCronStore(s.store.connection, h.prefix)
  const definition = {
    rev: 's1.a',
    name: 'beat',
    queue: 'up',
    schedule: { everyMs: 1_000 },
    missed: 'once',
    graceMs: 60_000,
    overlap: 'allow',
    job: { func: './tasks#add', args: '[]', options: {} },
  } as const
  await cron.set(definition, 1_000)
  const ids = Array.from({ length: 12 }, (_, i) => slotJobId('beat', (i + 1) * 1_000))
  for (const [i, id] of ids.entries()) {
    const slot = (i + 1) * 1_000
    const next = i === 11 ? undefined : slot + 1_000
    await cron.claim({ definition, slot, next, job: { ref: `${id}@up`, slot } })
    await cron.done(`${id}@up`)
  }
  const up = h.queue('up')
  await up.with({ id: ids[5]! }).enqueue('./tasks#add', 1, 2)
  await up.with({ id: ids[7]! }).enqueue('./tasks#fail', 'bad')
  await h.drain('up')
  await up.with({ id: ids[11]! }).enqueue('./tasks#add', 1, 2)
  await cron.set({ ...definition, rev: 's1.b', name: 'fresh' }, undefined)
  const { result, trips } = await roundTrips(s.store, () => readCron(s.store))
  expect(trips).toBeLessThanOrEqual(3)
  const states: string[] = Array(10).fill('gone')
  Object.assign(states, { 3: 'finished', 5: 'failed', 9: 'queued' })
  expect(result).toMatchObject([
    {
      name: 'beat',
      runs: 12,
      lastJob: { id: ids[11], state: 'queued' },
      history: states.map((state, i) => ({ at: (i + 3) * 1_000, state })),
    },
    { name: 'fresh', runs: 0, lastJob: null, history: [] },
  ])
})

test('cron entries tell their next times and their last job, and a damaged one what is wrong', async () => {
  await using cron = new Cron({ connection: h.url, prefix: h.prefix })
  await cron.register({ name: 'tidy', cron: '0 3 * * *', func: './tasks#add', args: [1, 2], queue: 'up' })
  await cron.register({ name: 'gone', every: '1h', func: './tasks#add', args: [1, 2] })
  await cron.pause('tidy')
  await h.drain()
  const { result, trips } = await roundTrips(s.store, () => readCron(s.store))
  expect(trips).toBeLessThanOrEqual(4)
  expect(result).toMatchObject([
    { name: 'gone', runs: 1, lastJob: { queue: 'default', state: 'queued' } },
    {
      name: 'tidy',
      queue: 'up',
      preview: 'tasks.add(1, 2)',
      isPaused: true,
      schedule: { cron: '0 3 * * *' },
      damage: null,
    },
  ])
  expect(result[1]!.next).toHaveLength(5)
  const key = `${h.prefix}:{:cron}:entries`
  const kept = await h.redis.hget(key, 'tidy')
  await h.redis.hset(key, 'tidy', '{"rev":"x"}')
  expect((await readCron(s.store))[1]!.damage).toContain('register it again')
  await h.redis.hset(key, 'tidy', kept!)
})

test('live counts are one sample for all who ask within a second, and change their version when something changes', async () => {
  await populate()
  const { result: first, trips } = await roundTrips(s.store, () => sampleLive(s.store))
  expect(trips).toBeLessThanOrEqual(4)
  expect(first).toMatchObject({
    counts: { queued: 1, failed: 2 },
    workers: 0,
    queues: { q: [1, 0, 2, expect.any(Number)], up: [0, 0, 0, -1] },
  })
  const again = await roundTrips(s.store, () => sampleLive(s.store))
  expect([again.trips, again.result]).toEqual([0, first])
})

test('the sampler asks Redis while somebody listens, and not otherwise', async () => {
  await populate()
  const sampler = new LiveSampler(s.store, 20)
  const seen: string[] = []
  await new Promise<void>((resolve) => {
    const stop = sampler.listen((sample) => {
      if (sample instanceof Error) throw sample
      seen.push(sample.v)
      if (seen.length < 3) return
      stop()
      resolve()
    })
  })
  expect([sampler.listeners, new Set(seen).size]).toEqual([0, 1])
  expect((await roundTrips(s.store, async () => {})).commands).toBe(0)
})

test('the pace of a queue is what it ran lately, minute by minute', async () => {
  const { q } = await populate()
  const now = await readClock(s.store)
  const { result, trips } = await roundTrips(s.store, () => readPace(s.store, ['q', 'none'], now))
  expect(trips).toBe(1)
  const { minutes, perMinute } = result.get(q.name)!
  expect(minutes).toHaveLength(60)
  expect(minutes.at(-1)! + minutes.at(-2)!).toBe(2)
  expect(perMinute).toBe(0.2)
  expect(result.get('none')).toEqual({ minutes: Array(60).fill(0), perMinute: 0, before: null })
})

test('what comes into a queue is what is more in it, and what was taken, since the oldest of ten minutes', async () => {
  await populate()
  const now = await readClock(s.store)
  const minute = Math.floor(now / 60_000)
  const tell = (ago: number, ended: string | null, depth: number) =>
    s.store.connection.attempt((client) => {
      const key = `${h.prefix}:{q}:metrics:m:${Math.floor((minute - ago) / 60)}`
      const slot = (minute - ago) % 60
      const fields = { [`depth ${slot}`]: depth, ...(ended !== null && { [slot]: ended }) }
      return client.multi().hset(key, fields).expire(key, 3_600).exec()
    })
  const flow = async (queued: number) => inflow((await readPace(s.store, ['q'], now)).get('q')!, queued, now)
  const [pace] = (await readPace(s.store, ['q'], now)).values()
  const already = sum(pace!.minutes)
  // What the worker of this test has told, in this minute or the one before.
  const told = await s.store.connection.attempt((client) =>
    Promise.all(
      [0, 1].map((ago) => {
        const key = `${h.prefix}:{q}:metrics:m:${Math.floor((minute - ago) / 60)}`
        return client.hdel(key, `depth ${(minute - ago) % 60}`)
      }),
    ),
  )
  expect(sum(told)).toBeGreaterThan(0)
  // Nobody has worked on it for a while: 60 more than half an hour ago.
  await tell(30, null, 40)
  const sinceMs = now - (minute - 29) * 60_000
  expect(await flow(100)).toBeCloseTo(((60 + already) * 60_000) / sinceMs)
  // In the last minutes 10 finished, 2 failed, 3 were retried and one was stopped.
  await tell(9, null, 50)
  await tell(5, '10 2 3 1 0 0;;', 80)
  const recentMs = now - (minute - 8) * 60_000
  expect(await flow(45)).toBeCloseTo(((45 - 50 + 16 + already) * 60_000) / recentMs)
  await tell(9, null, 500)
  expect(await flow(0)).toBe(0)
  expect(inflow({ minutes: [], perMinute: 0, before: null }, 5, now)).toBeNull()
})

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0)
}

test('the report of the system tells the server, the space of each queue, and what is wrong', async () => {
  await populate()
  const { result, trips } = await roundTrips(s.store, () => readSystem(s.store))
  expect(trips).toBeLessThanOrEqual(4)
  expect(result.redis).toMatchObject({ version: expect.stringMatching(/^\d+\./), policy: 'noeviction' })
  expect(Object.keys(result.info)).toEqual(expect.arrayContaining(['server', 'memory']))
  const q = result.queues.find(({ name }) => name === 'q')!
  expect(q.jobs).toBe(4)
  // The scheduled job is not sampled, and is taken to be as large as the others.
  expect(q.sampled).toBe(3)
  expect(q.bytes).toBeGreaterThan(4 * 50)
  expect(result.keys.database).toBeGreaterThanOrEqual(result.keys.ours)
  expect(result.keys.ours).toBe(5)
  expect(result.findings.map(({ check }) => check)).toEqual(expect.arrayContaining(['no-workers', 'paused']))
  expect(result.findings.find(({ check }) => check === 'versions')).toBeUndefined()
})

test('the report of the system has the slow log, and of each command only its first words', async () => {
  const redis = await startRedis({ quiet: true })
  const connection = new Connection(toTarget(redis.url))
  onTestFinished(async () => {
    await connection.close()
    await redis.stop()
  })
  await connection.attempt(async (client) => {
    await client.config('SET', 'slowlog-log-slower-than', '0')
    await client.hset('key', 'field', 'what nobody may read')
    await client.config('SET', 'slowlog-log-slower-than', '-1')
  })
  const { slow } = await readSystem(new RedisStore(connection, 'slow'))
  expect(slow).toContainEqual({
    at: expect.any(Number),
    micros: expect.any(Number),
    command: expect.stringMatching(/^hset key field$/i),
  })
})

test('workers of several versions are told of', async () => {
  for (const [name, version] of [
    ['a', '0.1.0'],
    ['b', '0.2.0'],
  ] as const) {
    await h.redis.hset(`${h.prefix}:worker:${name}`, { queues: '["q"]', heartbeat: Date.now(), version })
    await h.redis.zadd(`${h.prefix}:workers`, Date.now(), name)
  }
  const { findings } = await readSystem(s.store)
  expect(findings.find(({ check }) => check === 'versions')?.message).toBe(
    'versions of workers differ: 0.1.0, 0.2.0',
  )
  await h.redis.del(`${h.prefix}:worker:a`, `${h.prefix}:worker:b`, `${h.prefix}:workers`)
})
