import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Counter, Registry, type RegistryContentType } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { openCell } from '../../lib/core/metric-cell.ts'
import { Group } from '../../lib/index.ts'
import { ToldFunctions } from '../../lib/metrics/functions.ts'
import { collectMetrics } from '../../lib/metrics/index.ts'
import { BUCKETS, histogramSamples } from '../../lib/metrics/metric.ts'
import { openStore } from '../../lib/queue/open-store.ts'
import { harness } from '../kit/harness.ts'
import { parse, sampleOf } from './kit.ts'

const h = harness()

function collect(options: { workers?: boolean; connection?: string } = {}) {
  const registry = new Registry<RegistryContentType>()
  const collection = collectMetrics({ connection: h.url, prefix: h.prefix, registry, ...options })
  onTestFinished(() => collection.close())
  return { registry, text: () => registry.metrics() }
}

test('a scrape tells of jobs by queue and status, and of what was run by function and outcome', async () => {
  const { text } = collect()
  const q = h.queue('mail')
  await q.enqueue('./tasks#add', 1, 2)
  await q.enqueue('./tasks#add', 3, 4)
  await q.with({ retry: { max: 1, interval: 0 } }).enqueue('./tasks#fail')
  await q.with({ timeout: 0.1 }).enqueue('./tasks#hold', h.gate('g'), true)
  await h.drain('mail')
  await q.enqueue('./tasks#nothing')
  await q.enqueueIn('1h', './tasks#nothing')
  const metrics = await text()
  const of = (name: string, labels?: Record<string, string>) => sampleOf(metrics, name, labels)
  const jobs = (status: string) => of('rq_jobs', { queue: 'mail', status })
  expect(['queued', 'scheduled', 'finished', 'failed', 'started'].map(jobs)).toEqual([1, 1, 2, 2, 0])
  const runs = (func: string, outcome: string) =>
    of('rq_jobs_processed_total', { queue: 'mail', function: `./tasks#${func}`, outcome })
  expect([runs('add', 'success'), runs('add', 'failed')]).toEqual([2, 0])
  expect([runs('fail', 'retried'), runs('fail', 'failed'), runs('fail', 'timeout')]).toEqual([1, 1, 0])
  expect([runs('hold', 'failed'), runs('hold', 'timeout')]).toEqual([0, 1])
  expect(of('rq_jobs_enqueued_total', { queue: 'mail', function: './tasks#add' })).toBe(2)
  const add = { queue: 'mail', function: './tasks#add' }
  expect(of('rq_job_duration_seconds_count', add)).toBe(2)
  expect(of('rq_job_duration_seconds_bucket', { ...add, le: '+Inf' })).toBe(2)
  expect(of('rq_job_duration_seconds_bucket', { ...add, le: '1000' })).toBe(2)
  expect(of('rq_job_wait_seconds_count', add)).toBe(2)
  expect(of('rq_job_wait_seconds_sum', add)).toBeLessThan(30)
  expect([of('rq_redis_up'), of('rq_workers', { state: 'idle' }), of('rq_scheduler_leader')]).toEqual([
    1, 0, 0,
  ])
  expect(of('rq_redis_evicted_keys_total')).toBe(0)
  expect(of('rq_build_info', { node: process.version })).toBe(1)
})

test('every name follows the rules: _total on counters only, seconds, each with help and type', async () => {
  const { text } = collect({ workers: true })
  await h.queue().enqueue('./tasks#nothing')
  await h.drain()
  const lines = (await text()).split('\n')
  const types = lines.flatMap(
    (line) => (/^# TYPE (\S+) (\S+)$/.exec(line)?.slice(1, 3) as [string, string]) ?? [],
  )
  const names = types.filter((_, i) => i % 2 === 0)
  expect(names).toEqual([...new Set(names)])
  for (const [i, name] of names.entries()) {
    expect(name).toMatch(/^rq_[a-z_]+$/)
    expect([name, name!.endsWith('_total')]).toEqual([name, types[2 * i + 1] === 'counter'])
    expect(lines.some((line) => line.startsWith(`# HELP ${name} `))).toBe(true)
  }
  expect(parse(lines.join('\n')).length).toBeGreaterThan(50)
})

test('for OpenMetrics a function has its last traced run as an example of its duration', async () => {
  const { registry, text } = collect()
  const [first, last] = ['a', 'b'].map((letter) => letter.repeat(32))
  const q = h.queue()
  for (const trace of [first, last])
    await q.with({ headers: { traceparent: `00-${trace}-${'c'.repeat(16)}-01` } }).enqueue('./tasks#nothing')
  await q.enqueue('./tasks#nothing')
  await q.with({ headers: { traceparent: 'no trace' } }).enqueue('./tasks#add', 1, 2)
  await h.drain('q', { maxJobs: 1 })
  await h.drain()
  expect(await text()).not.toContain('trace_id')
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  const examples = (await text()).split('\n').filter((line) => line.includes('trace_id'))
  expect(examples).toEqual([
    expect.stringMatching(
      new RegExp(
        `^rq_job_duration_seconds_bucket{queue="q",function="./tasks#nothing",le="[\\d.]+"} [1-3] # {trace_id="${last}"} [\\d.]+ \\d+\\.?\\d*$`,
      ),
    ),
  ])
})

test('workers are counted by state, and by name only where that is asked for', async () => {
  const [quiet, loud] = [collect(), collect({ workers: true })]
  await h.queue().enqueue('./tasks#hold', h.gate('g'))
  const worker = h.worker('q', {
    name: 'w1',
    concurrency: 3,
    isolation: 'thread',
    jobMonitoringInterval: 0.05,
  })
  const running = worker.run()
  await h.reached('g')
  await expect.poll(async () => sampleOf(await quiet.text(), 'rq_workers', { state: 'busy' })).toBe(1)
  const metrics = await loud.text()
  expect(sampleOf(metrics, 'rq_worker_concurrency')).toBe(3)
  expect(sampleOf(metrics, 'rq_jobs_running', { queue: 'q' })).toBe(1)
  expect(sampleOf(metrics, 'rq_scheduler_leader')).toBe(1)
  expect(sampleOf(metrics, 'rq_worker_heartbeat_age_seconds', { worker: 'w1' })).toBeLessThan(30)
  const lagOf = async () =>
    sampleOf(await loud.text(), 'rq_worker_event_loop_lag_seconds', { worker: 'w1', quantile: '1' })
  await expect.poll(lagOf).toBeGreaterThanOrEqual(0)
  expect(await quiet.text()).not.toMatch(/rq_worker_(heartbeat_age|event_loop_lag)_seconds/)
  await h.open('g')
  await worker.stop()
  await running
})

test('pauses, waiting, lateness and groups show', async () => {
  const { text } = collect()
  const q = h.queue()
  await q.enqueue('./tasks#nothing')
  await q.pause()
  await h.queue('late').enqueueAt(new Date(Date.now() - 60_000), './tasks#nothing')
  await h.redis.zadd(`${h.base('late')}scheduled`, Date.now() - 90_000, 'gone')
  const group = await Group.create({ connection: h.url, prefix: h.prefix })
  await q.with({ group }).enqueue('./tasks#nothing')
  const metrics = await text()
  expect(sampleOf(metrics, 'rq_queue_paused', { queue: 'q' })).toBe(1)
  expect(sampleOf(metrics, 'rq_queue_paused', { queue: 'late' })).toBe(0)
  expect(sampleOf(metrics, 'rq_scheduler_lag_seconds')).toBeGreaterThan(80)
  expect(sampleOf(metrics, 'rq_flow_active')).toBe(1)
  await h.redis.zrem(`${h.base('late')}scheduled`, 'gone')
})

test('what is counted outlives every process, and a scrape takes three round trips', async () => {
  await h.queue().enqueue('./tasks#add', 1, 2)
  await h.drain()
  const first = collect()
  await first.text()
  const second = collect()
  expect(sampleOf(await second.text(), 'rq_jobs_processed_total', { outcome: 'success' })).toBe(1)
  const { store, release } = openStore({ connection: h.url, prefix: h.prefix, commandTimeout: '5s' })
  onTestFinished(release)
  const stream = (
    store.connection.client as unknown as { stream: { write: (...args: unknown[]) => unknown } }
  ).stream
  const write = stream.write
  let batches = 0
  let sentThisTurn = false
  stream.write = function (this: unknown, ...args: unknown[]) {
    if (!sentThisTurn) batches++
    sentThisTurn = true
    setImmediate(() => {
      sentThisTurn = false
    })
    return write.apply(this, args)
  }
  await second.text()
  expect(batches).toBeGreaterThan(0)
  expect(batches).toBeLessThanOrEqual(3)
})

test('a Redis that is away is told, not thrown', async () => {
  const { text } = collect({ connection: 'redis://127.0.0.1:1' })
  const metrics = await text()
  expect(sampleOf(metrics, 'rq_redis_up')).toBe(0)
  expect(sampleOf(metrics, 'rq_jobs')).toBeUndefined()
  expect(sampleOf(metrics, 'rq_build_info')).toBe(1)
}, 20_000)

test('closing takes the metrics out, so that they can be added again', async () => {
  const registry = new Registry()
  const place = { connection: h.url, prefix: h.prefix, registry }
  const first = collectMetrics(place)
  expect(() => collectMetrics(place)).toThrow('already been registered')
  await first.close()
  expect(registry.getMetricsAsArray()).toEqual([])
  await collectMetrics(place).close()
})

test('where one of the names is taken nothing is added, and another try may succeed', async () => {
  const registry = new Registry()
  const taken = 'rq_jobs_enqueued_total'
  new Counter({ name: taken, help: 'mine', registers: [registry] })
  const place = { connection: h.url, prefix: h.prefix, registry }
  expect(() => collectMetrics(place)).toThrow(taken)
  expect(registry.getMetricsAsArray()).toHaveLength(1)
  registry.removeSingleMetric(taken)
  await collectMetrics(place).close()
})

test('beyond 200 functions, those that ran least are one', () => {
  const functions = new Map(
    Array.from({ length: 300 }, (_, i) => [`./tasks#f${i}`, { ...openCell(), finished: i, durationMs: 1 }]),
  )
  const told = new ToldFunctions().of({ queues: [{ name: 'q', functions }] } as never)
  expect(told).toHaveLength(201)
  expect(told.map(({ func }) => func)).toContain('./tasks#f299')
  expect(told.at(-1)).toMatchObject({ queue: 'q', func: 'other', cell: { finished: 4950, durationMs: 100 } })
})

test('a function that is among the others stays there, for their sum must not fall', () => {
  const functions = new Map(
    Array.from({ length: 250 }, (_, i) => [`./tasks#f${i}`, { ...openCell(), finished: i }]),
  )
  const told = new ToldFunctions()
  const look = () => told.of({ queues: [{ name: 'q', functions }] } as never)
  const names = look().map(({ func }) => func)
  functions.get('./tasks#f0')!.finished = 1_000
  functions.set('./tasks#late', { ...openCell(), finished: 1_000 })
  expect(look().map(({ func }) => func)).toEqual(names)
  const sum = Array.from({ length: 50 }, (_, i) => i).reduce((a, b) => a + b)
  expect(look().at(-1)).toMatchObject({ func: 'other', cell: { finished: sum + 2_000 } })
})

test('a histogram is cumulative, and its bounds are those that runs are counted by', () => {
  const { durations } = openCell()
  durations[0] = 2
  durations[40] = 3
  durations[42] = 1
  const samples = histogramSamples('d', {}, durations, 5_000)
  expect(samples.find(({ labels }) => labels.le === '0.005')?.value).toBe(2)
  expect(samples.find(({ labels }) => labels.le === '1000')?.value).toBe(2)
  expect(samples.filter(({ metricName }) => metricName === 'd_bucket').map(({ value }) => value)).toEqual([
    ...BUCKETS.map(() => 2),
    6,
  ])
  expect(samples.slice(-2).map(({ value }) => value)).toEqual([5, 6])
})

test.each([
  ['./lib/index.ts', 'false'],
  ['./lib/metrics/index.ts', 'true'],
])('whether prom-client is loaded by %s: %s', async (module, loaded) => {
  const program = `await import('${module}')
    const { _cache } = (await import('node:module')).default
    console.log(Object.keys(_cache).some((path) => path.includes('prom-client')))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '-e', program])
  expect(stdout.trim()).toBe(loaded)
})
