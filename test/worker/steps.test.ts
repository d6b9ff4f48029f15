import { describe, expect, test } from 'vitest'
import { type Job, JobCanceledError } from '../../lib/index.ts'
import { elapse } from '../kit/elapse.ts'
import { calls, FaultProxy } from '../kit/fault-proxy.ts'
import { harness, logbook } from '../kit/harness.ts'
import { until } from '../kit/until.ts'

const h = harness()

const trace = () => h.gate('trace')
const traced = () => h.redis.lrange(trace(), 0, -1)
const counts = async () => {
  const times: Record<string, number> = {}
  for (const name of await traced()) times[name] = (times[name] ?? 0) + 1
  return times
}
const outcomesOf = async (job: Job) => (await job.runs()).map(({ attempt, outcome }) => [attempt, outcome])
const errorOf = async (job: Job) => ((await job.result.catch((error) => error)) as Error).cause as Error

const TEN = [1, 4, 9, 16, 25, 36, 49, 64, 81, 100]

describe.each(['none', 'thread', 'process'] as const)('a job of ten steps (%s)', (isolation) => {
  test('that fails in the seventh goes on there', async () => {
    const job = await h.queue().with({ retry: 1 }).enqueue('./step-tasks#ten', trace(), 'throw')
    await h.drain('q', { isolation })
    expect(await job.result).toEqual(TEN)
    const { 'step 7': seventh, ...others } = await counts()
    expect(seventh).toBe(2)
    expect(Object.values(others)).toEqual(Array(9).fill(1))
    expect(await outcomesOf(job)).toEqual([
      [1, 'failed'],
      [2, 'finished'],
    ])
  })
})

describe('a job of steps', () => {
  test('whose work-horse dies goes on where it was', async () => {
    const job = await h.queue().with({ retry: 1 }).enqueue('./step-tasks#ten', trace(), 'exit')
    await h.drain('q', { isolation: 'process' })
    expect(await job.result).toEqual(TEN)
    expect(await counts()).toMatchObject({ 'step 1': 1, 'step 6': 1, 'step 7': 2, 'step 8': 1 })
  })

  test('that failed for good goes on where it was once it is requeued', async () => {
    const job = await h.queue().enqueue('./step-tasks#ten', trace(), 'throw')
    await h.drain()
    expect((await job.refresh()).status).toBe('failed')
    await job.requeue()
    await h.drain()
    expect(await job.result).toEqual(TEN)
    expect(await counts()).toMatchObject({ 'step 6': 1, 'step 7': 2 })
  })

  test('begins anew when it is repeated', async () => {
    const job = await h.queue().with({ repeat: 1 }).enqueue('./step-tasks#again', trace())
    await h.drain()
    expect(await job.result).toBe(3)
    expect((await job.runs()).map(({ result }) => result)).toEqual([2, 3])
  })

  test('is answered with what they gave, whatever it was', async () => {
    const job = await h.queue().with({ retry: 1 }).enqueue('./step-tasks#values', trace())
    await h.drain('q', { isolation: 'process' })
    expect(await job.result).toEqual([undefined, new Date(7), new Map([['a', 1n]]), null, ''])
  })

  test('has them in each other and at once', async () => {
    const job = await h.queue().with({ retry: 1 }).enqueue('./step-tasks#together', trace())
    await h.drain('q', { isolation: 'thread' })
    const result = (await job.result) as string[]
    expect(result.map((name) => name[0])).toEqual(['a', 'b', 'c'])
    expect(await counts()).toEqual({ 'inner a': 1, 'inner b': 1, 'inner c': 1, 'outer b': 1 })
  })

  test('does not run again while another step of its last run is under way', async () => {
    const job = await h.queue().with({ retry: 1 }).enqueue('./step-tasks#failBeside', trace(), h.gate('slow'))
    const worker = h.worker('q', { burst: true, concurrency: 2 }).run()
    await h.reached('slow')
    expect((await job.refresh()).attempt).toBe(1)
    await h.open('slow')
    await worker
    expect(await job.result).toBe('slow')
    expect(await traced()).toEqual(['slow begins', 'slow ends'])
  })

  test('gives each a name of its own', async () => {
    const job = await h.queue().enqueue('./step-tasks#twice')
    await h.drain()
    expect(await errorOf(job)).toMatchObject({
      name: 'InvalidArgumentError',
      message: expect.stringContaining("step 'same': expected a name of its own"),
    })
  })

  test('may try one again that failed', async () => {
    const job = await h.queue().enqueue('./step-tasks#again', trace())
    await h.drain()
    expect(await job.result).toBe(2)
  })

  test('does none again whose value cannot be kept', async () => {
    const job = await h.queue().with({ retry: 2 }).enqueue('./step-tasks#unkeepable', trace())
    await h.drain()
    expect((await errorOf(job)).message).toContain("the value of step 'charge'.callback")
    expect(await traced()).toEqual(['charge'])
  })

  test('costs one that uses none nothing: no key, no field', async () => {
    const job = await h.queue().enqueue('./tasks#add', 1, 2)
    await h.drain()
    expect(await h.redis.exists(`${h.base('q')}steps:${job.id}`)).toBe(0)
    expect(await h.redis.hexists(`${h.base('q')}job:${job.id}`, 'aux')).toBe(0)
  })

  test('in synchronous mode is remembered the same, and does not wait for sleeps', async () => {
    const q = h.queue('q', { async: false })
    const job = await q.with({ retry: 1 }).enqueue(`${FIXTURE}#ten`, trace(), 'throw')
    expect(await job.result).toEqual(TEN)
    expect(await counts()).toMatchObject({ 'step 6': 1, 'step 7': 2 })
    await h.redis.del(trace())
    const sleepy = await q.enqueue(`${FIXTURE}#sleepy`, trace())
    expect(await sleepy.result).toBe('slept well')
    expect(await traced()).toEqual(['before', 'after'])
  })
})

const FIXTURE = './test/fixtures/step-tasks'

describe('a sleep', () => {
  test('ends the run, and the job goes on behind it when its time is over', async () => {
    const job = await h.queue().enqueue('./step-tasks#sleepy', trace())
    const { logger, text } = logbook()
    await h.drain('q', { logger })
    await job.refresh()
    expect(job.status).toBe('scheduled')
    expect(job.scheduledFor!.getTime() - Date.now()).toBeGreaterThan(3_500_000)
    expect(text()).toMatch(/q: Job \(.*\) sleeps for 3[56]\d\d/)
    await elapse(h.redis, h.prefix, 3_601_000)
    await h.drain()
    expect(await job.result).toBe('slept well')
    expect(await traced()).toEqual(['before', 'after'])
    expect(await outcomesOf(job)).toEqual([
      [1, 'slept'],
      [1, 'finished'],
    ])
  })

  test('that a crash cut off goes on for the rest of it', async () => {
    const job = await h.queue().enqueue('./step-tasks#sleepy', trace())
    await h.drain()
    await elapse(h.redis, h.prefix, 1_800_000)
    // As though the run had died between the begin of its sleep and its end.
    await h.redis.zadd(`${h.base('q')}scheduled`, 1, job.id)
    await h.redis.hset(`${h.base('q')}job:${job.id}`, 'due', 1)
    await h.drain()
    await job.refresh()
    expect(job.status).toBe('scheduled')
    const left = job.scheduledFor!.getTime() - Date.now()
    expect(left).toBeGreaterThan(1_700_000)
    expect(left).toBeLessThan(1_801_000)
  })

  test('sleeps whatever the job makes of the error, and the first of several wakes it', async () => {
    const job = await h.queue().enqueue('./step-tasks#sleepless', trace())
    await h.drain('q', { isolation: 'thread' })
    await job.refresh()
    expect(job.status).toBe('scheduled')
    expect(job.scheduledFor!.getTime() - Date.now()).toBeLessThan(3_601_000)
    await elapse(h.redis, h.prefix, 3_601_000)
    await h.drain()
    expect((await job.refresh()).status).toBe('scheduled')
    await elapse(h.redis, h.prefix, 7_201_000)
    await h.drain()
    expect(await job.result).toBe('slept well')
    expect(await counts()).toEqual({ awake: 3, after: 1 })
  })
})

describe('a checkpoint', () => {
  test('is where the next run goes on', async () => {
    const job = await h.queue().with({ retry: 1 }).enqueue('./step-tasks#count', trace())
    await h.drain('q', { isolation: 'thread' })
    expect(await job.result).toBe(40)
    expect(await traced()).toEqual(['from 0', 'from 20'])
  })
})

describe('a job that puts itself off', () => {
  test('runs later, with the same attempt', async () => {
    const job = await h.queue().enqueue('./step-tasks#early', trace())
    for (const _ of [1, 2, 3]) {
      await elapse(h.redis, h.prefix, 3_601_000)
      await h.drain('q', { isolation: 'thread' })
    }
    expect(await job.result).toBe(2)
    expect(await traced()).toEqual(['1 0', '1 1', '1 2'])
    const [first] = await job.runs()
    expect(first).toMatchObject({ outcome: 'snoozed', error: { name: 'Snooze', message: 'too early' } })
  })

  test('fails once it has done so too often, and can be requeued', async () => {
    const job = await h.queue().enqueue('./step-tasks#early', trace(), 1)
    await h.drain()
    await elapse(h.redis, h.prefix, 3_601_000)
    await h.drain()
    expect(await errorOf(job)).toMatchObject({
      name: 'MaxRetriesExceededError',
      message: 'the job has put itself off once, its limit, and asked once more: too early',
    })
    await job.requeue()
    await h.drain()
    expect((await job.refresh()).status).toBe('scheduled')
  })

  test('may do so by a word of currentJob()', async () => {
    const job = await h.queue().enqueue('./step-tasks#off')
    await h.drain()
    expect((await job.refresh()).status).toBe('scheduled')
  })
})

describe('a job that cancels itself', () => {
  test.each(['throw', 'return', 'method'])('by %s ends canceled, with its reason', async (how) => {
    const q = h.queue()
    const { logger, text } = logbook()
    const job = await q.with({ retry: 3 }).enqueue('./step-tasks#withdraw', how)
    const child = await q.with({ dependsOn: job }).enqueue('./tasks#nothing')
    const totals = await h.drain('q', { logger })
    const error = (await job.result.catch((error) => error)) as Error
    expect(error).toBeInstanceOf(JobCanceledError)
    expect(error.message).toContain('was canceled: withdrawn')
    expect((await child.refresh()).status).toBe('canceled')
    expect(totals).toMatchObject({ finished: 0, failed: 0, stopped: 1 })
    expect(text()).toContain('by itself: withdrawn')
    expect(await outcomesOf(job)).toEqual([[1, 'canceled']])
  })
})

describe('what a step came to', () => {
  test('is kept once where the reply is lost', async () => {
    const proxy = await FaultProxy.start(h.url)
    const job = await h.queue().enqueue('./step-tasks#again', trace())
    const lost = proxy.dropReply(calls('keep'))
    await h.drain('q', { connection: proxy.url })
    await lost
    expect(await job.result).toBe(2)
    expect(await traced()).toEqual(['flaky', 'flaky'])
    expect(await h.redis.hgetall(`${h.base('q')}steps:${job.id}`)).toEqual({ flaky: '2' })
  })

  test('is waited for while Redis is away', async () => {
    const proxy = await FaultProxy.start(h.url)
    const job = await h.queue().enqueue('./step-tasks#stepAtGate', trace(), h.gate('step'))
    const running = h.drain('q', { connection: proxy.url })
    await h.reached('step')
    await proxy.refuse()
    await h.open('step')
    await until('the step to be done', async () => (await traced()).includes('done'))
    await proxy.heal()
    await running
    expect(await job.result).toBe('kept')
    expect(await traced()).toEqual(['done'])
  })

  test('is refused where the lease was lost, and the job told so', async () => {
    const job = await h.queue().enqueue('./step-tasks#stepAtGate', trace(), h.gate('step'))
    const worker = h.worker('q', { name: 'loser' })
    const running = worker.run()
    await h.reached('step')
    // As though another worker had taken it back.
    await h.redis.hdel(`${h.base('q')}started:loser`, job.id)
    await h.redis.zadd(`${h.base('q')}queued`, 1, job.id)
    await h.redis.hdel(`${h.base('q')}job:${job.id}`, 'st', 'on', 'w')
    await h.open('step')
    await until('the refusal', async () => (await traced()).includes('LeaseLostError'))
    expect(await h.redis.exists(`${h.base('q')}steps:${job.id}`)).toBe(0)
    await h.open('step')
    expect(await job.result).toBe('kept')
    await worker.stop()
    await running
  })

  test('is refused to a run that was left behind, while the next one of its job is under way', async () => {
    const options = { timeout: '200ms', retry: { max: 1, interval: 0 } }
    const gate = h.gate('overdue')
    const job = await h.queue().with(options).enqueue('./step-tasks#overdue', trace(), gate)
    const worker = h.worker()
    const running = worker.run()
    await h.reached('overdue:1')
    await h.reached('overdue:2')
    await h.open('overdue:1')
    await until('the refusal', async () => (await traced()).includes('1: LeaseLostError'))
    await h.open('overdue:2')
    await job.result.catch(() => {})
    expect(Object.values(await h.redis.hgetall(`${h.base('q')}steps:${job.id}`))).not.toContain(
      '"by attempt 1"',
    )
    await worker.stop()
    await running
  })
})
