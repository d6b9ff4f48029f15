import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  ClosedError,
  Cron,
  CronNotFoundError,
  type CronOptions,
  DuplicateJobError,
  InvalidArgumentError,
  Queue,
  SerializationError,
} from '../../lib/index.ts'
import { Again, heard, QueryPrice } from '../fixtures/jobs.ts'
import { add } from '../fixtures/tasks.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'

const h = harness()
let cron: Cron

beforeEach(() => {
  cron = new Cron({ connection: REDIS_URL, prefix: h.prefix })
})
afterEach(() => cron.close())

const yearly = (more: Partial<CronOptions> = {}): CronOptions => ({
  name: 'x',
  cron: '0 0 1 1 *',
  func: './tasks#add',
  ...more,
})

/** As though so much time had passed since the next slot was set. */
async function makeDue(name: string): Promise<void> {
  await h.redis.zadd(`${h.prefix}:{:cron}:due`, 1_000, name)
}

describe('an entry', () => {
  test('is what was registered', async () => {
    const startAt = new Date(Date.now() + 86_400_000)
    const entry = await cron.register({
      name: 'nightly-report',
      cron: '0 3 * * *',
      timezone: 'Europe/Berlin',
      queue: 'low',
      func: add,
      args: [1, 2],
      missed: 'all',
      overlap: 'skip',
      startAt,
      times: 3,
      timeout: '10m',
      retry: 2,
    })
    expect(entry).toMatchObject({
      name: 'nightly-report',
      cron: '0 3 * * *',
      timezone: 'Europe/Berlin',
      everyMs: undefined,
      queue: 'low',
      func: './test/fixtures/tasks#add',
      args: [1, 2],
      missed: 'all',
      overlap: 'skip',
      startAt,
      times: 3,
      paused: false,
      lastAt: undefined,
      lastJobId: undefined,
      runs: 0,
    })
    expect(entry.next(9)).toHaveLength(3)
    expect(entry.next()[0]).toEqual(entry.nextAt)
    expect(() => entry.next(Number.POSITIVE_INFINITY)).toThrow('n: expected a whole number of times')
    expect(entry.nextAt!.getTime()).toBeGreaterThan(startAt.getTime())
    expect(await cron.fetch('nightly-report')).toEqual(entry)
    expect(cron.registered).toEqual(new Map([['nightly-report', 'created']]))
  })

  test('tells its last slot and its job once it has fired', async () => {
    await cron.register(yearly({ every: '1h', cron: undefined as never, queue: 'q', args: [1, 2] }))
    await h.drain()
    const { lastAt, lastJobId, nextAt, runs } = await cron.fetch('x')
    expect(runs).toBe(1)
    expect(nextAt!.getTime() - lastAt!.getTime()).toBe(3_600_000)
    const job = await h.queue().fetchJob(lastJobId!)
    expect(await job!.result).toBe(3)
  })

  test('gives its jobs the options it was registered with', async () => {
    const every = '1h'
    const options = { timeout: 7, meta: { from: 'cron' }, description: 'the report', retry: 2, resultTtl: 60 }
    await cron.register({ name: 'x', every, queue: 'q', func: './tasks#about', ...options })
    await h.drain()
    const [job] = await h.queue().jobs('finished')
    expect(job).toMatchObject({ description: 'the report', meta: { from: 'cron', seen: true } })
  })

  test('is listed with the others, by name', async () => {
    await cron.sync([yearly({ name: 'b' }), yearly({ name: 'a' })])
    expect((await cron.all()).map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('shows its next times without Redis, an overdue one from now on', async () => {
    const entry = await cron.register(yearly())
    const [first, second] = entry.next(2)
    expect(second!.getUTCFullYear() - first!.getUTCFullYear()).toBe(1)
    await makeDue('x')
    const overdue = await cron.fetch('x')
    expect(overdue.nextAt).toEqual(new Date(1_000))
    expect(overdue.next()).toEqual([first])
  })
})

describe('registering again', () => {
  test('the same keeps the entry as it is, also what is overdue', async () => {
    await cron.register(yearly())
    await makeDue('x')
    expect(await cron.sync([yearly()])).toMatchObject({ kept: ['x'] })
    expect((await cron.fetch('x')).nextAt).toEqual(new Date(1_000))
  })

  test('other arguments keeps the next slot', async () => {
    await cron.register(yearly())
    await makeDue('x')
    expect(await cron.sync([yearly({ args: [5, 6] })])).toMatchObject({ changed: ['x'] })
    const entry = await cron.fetch('x')
    expect([entry.nextAt, entry.args]).toEqual([new Date(1_000), [5, 6]])
  })

  test('another schedule begins anew', async () => {
    await cron.register(yearly())
    await makeDue('x')
    const entry = await cron.register(yearly({ cron: '30 0 1 1 *' }))
    expect(entry.nextAt!.getTime()).toBeGreaterThan(Date.now() - 1_000)
    expect(entry.nextAt!.getUTCMinutes()).toBe(30)
  })

  test('an entry that was paused leaves it paused', async () => {
    await cron.register(yearly())
    await cron.pause('x')
    expect(await cron.register(yearly({ cron: '30 0 1 1 *' }))).toMatchObject({
      paused: true,
      nextAt: undefined,
    })
  })
})

describe('a paused entry', () => {
  test('does not fire, says when it would, and goes on when it is resumed', async () => {
    const { nextAt } = await cron.register(yearly({ queue: 'q' }))
    await makeDue('x')
    await cron.pause('x')
    await cron.pause('x')
    const paused = await cron.fetch('x')
    expect(paused).toMatchObject({ paused: true, nextAt: undefined })
    expect(paused.next()).toEqual([nextAt])
    await h.drain()
    await cron.resume('x')
    await cron.resume('x')
    expect(await cron.fetch('x')).toMatchObject({ paused: false, nextAt })
    expect(await h.queue().count('finished')).toBe(0)
  })
})

test('run enqueues its job now, and leaves the schedule alone', async () => {
  const before = await cron.register(yearly({ queue: 'q', args: [2, 3] }))
  const job = await cron.run('x')
  await h.drain()
  expect(await job.result).toBe(5)
  expect(await cron.fetch('x')).toEqual(before)
})

test('run says where another job has its unique key, or answers that job', async () => {
  await cron.register(yearly({ name: 'one', unique: 'one' }))
  await cron.register(yearly({ name: 'same', unique: { key: 'one', onDuplicate: 'existing' } }))
  const job = await cron.run('one')
  await expect(cron.run('one')).rejects.toThrow(DuplicateJobError)
  expect((await cron.run('same')).id).toBe(job.id)
})

test('a class brings its options and its failure hook, an instance its arguments too', async () => {
  const args = [{ name: 'tea', fate: 'throw' }] as [{ name: string; fate: string }]
  await cron.register({ name: 'x', cron: '@yearly', queue: 'q', func: Again, args })
  await cron.register({ name: 'y', cron: '@yearly', queue: 'q', func: new QueryPrice({ name: 'rice' }) })
  const [job, other] = [await cron.run('x'), await cron.run('y')]
  expect([job.retriesLeft, other.priority, other.args]).toEqual([1, 4, [{ name: 'rice' }]])
  heard.length = 0
  await h.drain('q', { paths: ['.'], isolation: 'none' })
  expect(await other.result).toBe('price of rice')
  expect(heard.filter((each) => each.startsWith('failure'))).toEqual(['failure tea 2 no price'])
})

test('remove leaves its jobs and nothing else', async () => {
  await cron.register(yearly({ queue: 'q' }))
  await cron.run('x')
  expect(await cron.remove('x')).toBe(true)
  expect(await cron.remove('x')).toBe(false)
  expect(await cron.all()).toEqual([])
  expect(await h.redis.keys(`${h.prefix}:{:cron}:*`)).toEqual([])
  expect(await h.queue().count()).toBe(1)
})

test('sync tells what it did, and prunes what the list does not name', async () => {
  await cron.sync([yearly({ name: 'old' }), yearly({ name: 'same' }), yearly({ name: 'other' })])
  const list = [yearly({ name: 'same' }), yearly({ name: 'other', args: [1, 1] }), yearly({ name: 'new' })]
  expect(await cron.sync(list)).toEqual({ created: ['new'], changed: ['other'], kept: ['same'], removed: [] })
  expect(await cron.sync(list, { prune: true })).toMatchObject({ removed: ['old'] })
})

test('sync writes nothing when one of the list is wrong', async () => {
  const list = [yearly({ name: 'good' }), yearly({ name: 'bad', cron: 'never' })]
  await expect(cron.sync(list)).rejects.toThrow('cron entry bad: cron: expected five or six fields')
  await expect(cron.sync([yearly(), yearly()])).rejects.toThrow('two cron entries named x')
  expect(await cron.all()).toEqual([])
})

test.each<[string, object, string]>([
  ['neither cron nor every', { cron: undefined }, 'expected either cron or every, got neither'],
  ['both', { every: '1s' }, 'expected either cron or every, got both'],
  ['a pattern that never fires', { cron: '0 0 31 2 *' }, 'which never fires'],
  ['a zone that is none', { timezone: 'Europe/Berln' }, 'IANA'],
  ['a zone beside every', { cron: undefined, every: 5, timezone: 'UTC' }, 'expected it beside cron'],
  ['too short an interval', { cron: undefined, every: '10ms' }, 'at least 100 ms'],
  ['an unknown option', { timezon: 'UTC' }, "Did you mean 'timezone'?"],
  ['an id', { id: 'mine' }, "unknown option 'id'"],
  ['a name with spaces', { name: 'a b' }, 'name: expected 1 to 100 letters'],
  ['an unknown policy', { missed: 'onec' }, "Did you mean 'once'?"],
  ['an end before its start', { startAt: 5, endAt: 4 }, 'expected a time after startAt'],
  ['a start that no Date can hold', { startAt: Date.now() * 1e6 }, 'startAt: expected a valid Date'],
  ['no times', { times: 0 }, 'times: expected a whole number'],
  ['arguments that are no list', { args: 5 }, 'args: expected a list'],
  ['a queue that cannot be', { queue: ':cron' }, 'queue name'],
])('%s is an error that says so', async (_, more, message) => {
  const attempt = cron.register(yearly(more))
  await expect(attempt).rejects.toBeInstanceOf(InvalidArgumentError)
  await expect(attempt).rejects.toThrow(message)
})

test('an interval that leads beyond all Dates has one slot', async () => {
  const entry = await cron.register({ name: 'x', every: 8.64e12, func: './tasks#add', startAt: 4e12 })
  expect(entry.next(3)).toEqual([new Date(4e12)])
})

test('arguments that cannot travel are refused as they are at enqueue', async () => {
  await expect(cron.register(yearly({ args: [() => 1] }))).rejects.toBeInstanceOf(SerializationError)
  const q = h.queue()
  const job = await q.enqueue('./tasks#add', 1, 2)
  await expect(cron.register(yearly({ args: [job] }))).rejects.toThrow('got a Job')
})

test('a name that no entry has is a CronNotFoundError', async () => {
  for (const call of [cron.fetch('no'), cron.pause('no'), cron.resume('no'), cron.run('no')])
    await expect(call).rejects.toBeInstanceOf(CronNotFoundError)
})

test('a closed Cron says so, and no queue can have the name of its keys', async () => {
  await cron.close()
  await cron.close()
  await expect(cron.all()).rejects.toBeInstanceOf(ClosedError)
  expect(() => new Queue(':cron')).toThrow(InvalidArgumentError)
})
