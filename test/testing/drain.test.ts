import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Cron, Retry } from '../../lib/index.ts'
import { clock, drain, enqueued, perform, reset, runOne, spy, testing } from '../../lib/testing/index.ts'
import { OrderCreate, warmCache } from '../fixtures/jobs.ts'
import { asksUntil, failsThenHangs, throwsWhenAborted } from '../fixtures/retry-tasks.ts'
import {
  again,
  CardDeclined,
  charge,
  done,
  mail,
  order,
  orders,
  polls,
  sendMail,
  signUp,
} from '../fixtures/shop.ts'
import { about, failUntil, hang } from '../fixtures/tasks.ts'

beforeEach(() => {
  done.splice(0)
  testing.fake()
})
afterEach(() => testing.off())

describe('drain', () => {
  test('runs what waits and what that releases, and counts how it ended', async () => {
    await order('ada', 'good')
    await order('bob', 'bad')
    expect(await drain()).toEqual({ success: 2, failed: 0, retried: 1, canceled: 0 })
    // As a worker of the queues mail and orders: what waits in the first one goes first.
    expect(done).toEqual(['charge good, attempt 1', 'mail to ada: thank you', 'charge bad, attempt 1'])
    await clock.advance('1m')
    expect(await drain()).toEqual({ success: 0, failed: 0, retried: 1, canceled: 0 })
    await clock.advance('10m')
    expect(await drain()).toEqual({ success: 0, failed: 1, retried: 0, canceled: 0 })
  })

  test('without safety it rejects with what the job threw, itself, and has recorded it', async () => {
    const job = await orders.with({ retry: 0 }).enqueue(charge, 'bad')
    const after = await mail.enqueue(sendMail, 'ada', { subject: '1' })
    await expect(drain({ queue: 'orders', withSafety: false })).rejects.toBeInstanceOf(CardDeclined)
    expect([(await job.refresh()).status, (await after.refresh()).status]).toEqual(['failed', 'queued'])
    await orders.with({ retry: 1 }).enqueue(charge, 'bad')
    await expect(drain({ queue: 'orders', with: 'once', withSafety: false })).rejects.toBeInstanceOf(
      CardDeclined,
    )
    await mail.with({ timeout: '20ms' }).enqueue(hang)
    await expect(drain({ withSafety: false })).rejects.toMatchObject({ name: 'JobTimeoutError' })
    await mail.enqueue(sendMail, 'bob', { subject: '2' })
    expect(await drain({ queue: 'mail', withSafety: false })).toMatchObject({ success: 1, failed: 0 })
  })

  test('without safety it tells of this run: not of one before, nor what a job makes of its own limits', async () => {
    await mail.with({ timeout: '20ms', retry: { max: 1, interval: '1m' } }).enqueue(failsThenHangs)
    expect(await drain()).toMatchObject({ retried: 1 })
    await clock.advance('1m')
    const overTime = { name: 'JobTimeoutError', message: expect.stringContaining('0.02 seconds') }
    await expect(drain({ withSafety: false })).rejects.toMatchObject(overTime)
    await mail.with({ timeout: '20ms' }).enqueue(throwsWhenAborted)
    await expect(drain({ withSafety: false })).rejects.toMatchObject(overTime)
    await mail.enqueue(asksUntil, 9, { max: 1 })
    await expect(drain({ withSafety: false })).rejects.toMatchObject({ name: 'MaxRetriesExceededError' })
  })

  test('retries wait for their time', async () => {
    await order('ada', 'busy')
    expect(await drain()).toMatchObject({ retried: 1 })
    expect(await drain()).toEqual({ success: 0, failed: 0, retried: 0, canceled: 0 })
    await clock.advance('1m')
    expect(await drain()).toMatchObject({ success: 0, retried: 1 })
    await clock.advance('9m')
    expect(await drain()).toMatchObject({ success: 0, retried: 0 })
    await clock.advance('1m')
    expect(await drain()).toMatchObject({ success: 2 })
    expect(done.at(-1)).toBe('mail to ada: thank you')
  })

  test('counts jobs that are canceled meanwhile', async () => {
    const first = await mail.enqueue(sendMail, 'ada', { subject: '1' })
    const second = await mail.with({ dependsOn: first }).enqueue(sendMail, 'ada', { subject: '2' })
    await mail.with({ ttl: '1m' }).enqueue(sendMail, 'bob', { subject: 'stale' })
    await first.cancel()
    expect(await drain()).toEqual({ success: 1, failed: 0, retried: 0, canceled: 0 })
    await mail.with({ ttl: '1m' }).enqueue(sendMail, 'bob', { subject: 'stale' })
    await clock.advance('2m')
    expect(await drain()).toEqual({ success: 0, failed: 0, retried: 0, canceled: 1 })
    expect((await second.refresh()).reason).toContain('was canceled')
  })

  test('a job that is canceled as it is enqueued, and not kept, was enqueued all the same', async () => {
    const parent = await mail.enqueue(sendMail, 'ada', { subject: '1' })
    await parent.cancel()
    await mail.with({ dependsOn: parent, failureTtl: 0 }).enqueue(sendMail, 'ada', { subject: '2' })
    expect(enqueued().map(({ status }) => status)).toEqual(['canceled', 'canceled'])
  })

  test('an endless repetition is an error that names the job', async () => {
    await orders.enqueue(again, 0)
    await expect(drain({ limit: 20 })).rejects.toThrow(
      /expected at most 20 runs, got as many, and jobs still wait, \.\/test\/fixtures\/shop#again \(.*\) first/,
    )
    reset()
    await orders.enqueue(again, 0)
    expect(await drain({ with: 'once' })).toMatchObject({ success: 1 })
    expect(await orders.count()).toBe(1)
    await expect(drain({ queue: 'mail', limit: 1 })).resolves.toMatchObject({ success: 0 })
  })

  test('takes the queues in the order given, a paused one not at all', async () => {
    await mail.enqueue(sendMail, 'ada', { subject: 'a' })
    await orders.enqueue(charge, 'good')
    await orders.pause()
    expect(await drain({ with: 'once' })).toMatchObject({ success: 1 })
    expect(await drain()).toMatchObject({ success: 0 })
    await orders.resume()
    await mail.enqueue(sendMail, 'bob', { subject: 'b' })
    await drain({ queue: ['orders', 'mail'] })
    expect(done).toEqual(['mail to ada: a', 'charge good, attempt 1', 'mail to bob: b'])
  })

  test('a timeout holds, and a job sees itself', async () => {
    const slow = await mail.with({ timeout: '20ms' }).enqueue(hang)
    const job = await mail.enqueue(about)
    await drain()
    expect((await slow.refresh()).error).toMatchObject({ name: 'JobTimeoutError' })
    expect(await job.result).toMatchObject({ id: job.id, queue: 'mail', attempt: 1 })
    expect([(await job.refresh()).progress, await job.log()]).toEqual([{ done: 1, of: 2 }, ['a line']])
  })

  test('refuses options that do not exist', async () => {
    await expect(drain({ queues: 'mail' } as never)).rejects.toThrow("Did you mean 'queue'?")
    await expect(drain({ with: 'twice' as never })).rejects.toThrow('with: expected until-empty or once')
    await expect(drain({ withSafety: 'no' as never })).rejects.toThrow('withSafety: expected true or false')
    await expect(drain({ limit: 0 })).rejects.toThrow('limit: expected')
  })
})

test('runOne runs the first job only', async () => {
  expect(await runOne()).toBeNull()
  await signUp('ada')
  await mail.enqueue(sendMail, 'bob', { subject: 'later' })
  expect(await runOne()).toMatchObject({ status: 'finished', args: ['ada', { subject: 'welcome' }] })
  expect(await runOne({ queue: 'orders' })).toBeNull()
  expect(done).toEqual(['mail to ada: welcome'])
})

describe('perform', () => {
  test('runs one job with a context, its payloads as data', async () => {
    expect(await perform(failUntil, [3], { attempt: 3 })).toBe(3)
    expect(await perform(about, [], { id: 'me', queue: 'mail' })).toMatchObject({ id: 'me', queue: 'mail' })
    expect(await perform('./test/fixtures/tasks#add', [1, 2])).toBe(3)
    expect(await perform(OrderCreate, [7])).toBe('7 none 1')
    expect(await perform(warmCache, ['home'])).toBe('warm home')
    await perform(signUp, ['ada'])
    expect(enqueued().map(({ func }) => func)).toEqual(Array(2).fill('./test/fixtures/shop#sendMail'))
  })

  test('rejects with what the function throws, itself', async () => {
    const error = await perform(charge, ['bad']).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(CardDeclined)
    expect(error.card).toBe('bad')
    await expect(perform(asksUntil, [2])).rejects.toBeInstanceOf(Retry)
    await expect(perform(polls)).rejects.toMatchObject({ delayMs: 30_000, message: 'not yet' })
    await expect(perform(hang, [], { timeout: '20ms' })).rejects.toMatchObject({ name: 'JobTimeoutError' })
    await expect(perform('./test/fixtures/tasks#ad', [])).rejects.toThrow("Did you mean 'add'?")
  })

  test('needs no mode, and refuses what enqueue would', async () => {
    testing.off()
    expect(await perform(failUntil, [1])).toBe(1)
    await expect(perform(sendMail, ['a', { subject: (() => {}) as never }])).rejects.toThrow(
      'args[1].subject',
    )
    await expect(perform(failUntil, [1], { atempt: 2 } as never)).rejects.toThrow("Did you mean 'attempt'?")
    await expect(perform(failUntil, [1], { attempt: 0 })).rejects.toThrow('attempt: expected')
  })
})

describe('the clock', () => {
  test('queues what is due, and lets records go', async () => {
    await clock.set(new Date('2026-03-01T08:00:00Z'))
    const job = await mail.enqueueAt(new Date('2026-03-01T09:00:00Z'), sendMail, 'ada', { subject: 'hi' })
    expect(job.createdAt).toEqual(new Date('2026-03-01T08:00:00Z'))
    await clock.advance('59m')
    expect(await drain()).toMatchObject({ success: 0 })
    await clock.advance('1m')
    expect(await drain()).toMatchObject({ success: 1 })
    await clock.advance('499s')
    expect(await mail.fetchJob(job.id)).toMatchObject({ status: 'finished' })
    await clock.advance('2s')
    expect(await mail.fetchJob(job.id)).toBeNull()
    expect(clock.now()).toEqual(new Date('2026-03-01T09:08:21Z'))
  })

  test('fires cron entries, each slot at its time', async () => {
    await clock.set(new Date('2026-03-01T00:00:00Z'))
    await using cron = new Cron({ connection: 'redis://127.0.0.1:1' })
    await cron.register({
      name: 'digest',
      cron: '0 6 * * *',
      queue: 'mail',
      func: sendMail,
      args: ['all', { subject: 'digest' }],
    })
    expect((await cron.fetch('digest')).nextAt).toEqual(new Date('2026-03-01T06:00:00Z'))
    await clock.advance('3d')
    expect(enqueued().map(({ id, createdAt }) => [id, createdAt.toISOString()])).toEqual([
      ['cron-digest-20260301T060000Z', '2026-03-01T06:00:00.000Z'],
      ['cron-digest-20260302T060000Z', '2026-03-02T06:00:00.000Z'],
      ['cron-digest-20260303T060000Z', '2026-03-03T06:00:00.000Z'],
    ])
    const entry = await cron.fetch('digest')
    expect([entry.runs, entry.next(1)]).toEqual([3, [new Date('2026-03-04T06:00:00Z')]])
    await cron.pause('digest')
    await clock.advance('1d')
    await cron.resume('digest')
    await cron.run('digest')
    expect(enqueued()).toHaveLength(4)
    expect(await cron.remove('digest')).toBe(true)
    expect(await cron.all()).toEqual([])
  })

  test('runs what they enqueue in the mode inline, and keeps to their rules', async () => {
    testing.inline()
    await clock.set(new Date('2026-03-01T00:00:00Z'))
    await using cron = new Cron({ connection: 'redis://127.0.0.1:1' })
    await cron.register({ name: 'pay', every: '1h', times: 2, queue: 'orders', func: charge, args: ['good'] })
    await clock.advance('5h')
    expect(done).toEqual(['charge good, attempt 1', 'charge good, attempt 1'])
  })

  test('refuses what it cannot do', async () => {
    await expect(clock.set('now' as never)).rejects.toThrow('expected a valid Date')
    await clock.set(new Date('2026-03-01T00:00:00Z'))
    await mail.enqueue(sendMail, 'ada', { subject: 'hi' })
    await expect(clock.set(new Date('2026-02-01T00:00:00Z'))).rejects.toThrow(
      'expected a time after 2026-03-01',
    )
    await using cron = new Cron()
    await cron.register({ name: 'fast', every: '1s', func: sendMail, args: ['ada', { subject: 'hi' }] })
    await expect(clock.advance('1d')).rejects.toThrow('expected at most 10000 moments')
    reset()
    expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(10_000)
  })
})

describe('spy', () => {
  test('waits for a job that comes, and for one that has been there', async () => {
    const waiting = spy.waitFor(({ args }) => args[0] === 'ada')
    await mail.with({ resultTtl: 0 }).enqueue(sendMail, 'ada', { subject: 'hi' })
    await drain()
    expect(await waiting).toMatchObject({ status: 'finished', queue: 'mail' })
    expect(await spy.waitFor(({ args }) => args[0] === 'ada')).toMatchObject({ status: 'finished' })
    expect(await spy.waitFor(() => true, 'started')).toMatchObject({ queue: 'mail' })
  })

  test('may wait for longer than a timer can count', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const waiting = spy.waitFor(({ args }) => args[0] === 'ada', 'queued', { timeout: '30d' })
    await mail.enqueue(sendMail, 'ada', { subject: 'hi' })
    await waiting
    for (const [, ms] of timers.mock.calls) expect(ms ?? 0).toBeLessThan(2 ** 31)
    timers.mockRestore()
  })

  test('rejects with what there is instead', async () => {
    await mail.enqueue(sendMail, 'ada', { subject: 'hi' })
    await expect(spy.waitFor(() => true, 'failed', { timeout: '10ms' })).rejects.toThrow(
      /expected a job to be failed within 0.01 s, got none: \.\/test\/fixtures\/shop#sendMail \(.*\) is queued/,
    )
    await expect(spy.waitFor(() => true, 'done' as never)).rejects.toThrow('state: expected one of')
    const broken = spy.waitFor(({ func }) => {
      if (func.endsWith('charge')) throw new Error('the predicate is broken')
      return false
    })
    const refused = expect(broken).rejects.toThrow('the predicate is broken')
    await orders.enqueue(charge, 'good')
    await drain()
    await refused
  })
})
