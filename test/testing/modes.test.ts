import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  Cron,
  call,
  chain,
  configure,
  DuplicateJobError,
  delay,
  Group,
  GroupNotFoundError,
  Job,
  JobFailedError,
  Queue,
  RedisUnavailableError,
  SerializationError,
  suspend,
  TestingError,
  Worker,
} from '../../lib/index.ts'
import { clock, drain, enqueued, reset, testing, withTesting } from '../../lib/testing/index.ts'
import { done, mail, orders, resize, sendMail, signUp } from '../fixtures/shop.ts'

beforeEach(() => done.splice(0))
afterEach(() => {
  testing.off()
  vi.unstubAllEnvs()
})

describe('fake', () => {
  beforeEach(() => testing.fake())

  test('whoever looks has the prefix that is configured', async () => {
    const restore = configure({ prefix: 'shop' })
    try {
      const q = new Queue('mail')
      const job = await q.enqueue(sendMail, 'ada', { subject: 'hi' })
      expect(await Job.fetch(job.id)).toMatchObject({ id: job.id })
      expect(await Job.exists(job.id)).toBe(true)
      expect((await Queue.all()).map(({ name }) => name)).toEqual(['mail'])
      const group = await Group.create()
      await group.enqueueMany(q, [call(sendMail, 'bob', { subject: 'hi' })])
      await drain()
      expect(await group.progress()).toMatchObject({ total: 1, finished: 1 })
      const cron = new Cron()
      const entry = { name: 'news', every: '1h', queue: 'mail' } as const
      await cron.register({ ...entry, func: sendMail, args: ['carol', { subject: 'news' }] })
      expect(await q.fetchJob((await cron.run('news')).id)).not.toBeNull()
    } finally {
      restore()
    }
  })

  test('keeps what is enqueued, by queues that were made before it too, and runs nothing', async () => {
    await signUp('ada')
    expect(enqueued().map(({ func, queue, status }) => [func, queue, status])).toEqual([
      ['./test/fixtures/shop#sendMail', 'mail', 'queued'],
      ['./test/fixtures/shop#sendMail', 'mail', 'scheduled'],
    ])
    expect(done).toEqual([])
  })

  test('for queues made now, job() and delay() as well', async () => {
    await new Queue('own', { connection: 'redis://127.0.0.1:1' }).enqueue(sendMail, 'a', { subject: 's' })
    await resize.delay('cat.png')
    await resize.with({ priority: 2 }).delay('dog.png')
    await delay(resize)('cow.png')
    expect(enqueued().map(({ queue, args }) => [queue, args[0]])).toEqual([
      ['own', 'a'],
      ['images', 'cat.png'],
      ['images', 'dog.png'],
      ['images', 'cow.png'],
    ])
    expect(enqueued({ queue: 'images' })).toHaveLength(3)
    expect(enqueued({ queue: mail })).toEqual([])
  })

  test('a job is what it is in Redis: fetched, looked at, canceled, awaited', async () => {
    const job = await mail.with({ id: 'one', meta: { by: 'me' } }).enqueue(sendMail, 'ada', { subject: 'hi' })
    expect(await mail.count()).toBe(1)
    expect(await mail.fetchJob('one')).toMatchObject({ id: 'one', meta: { by: 'me' } })
    expect((await Job.fetch('one')).func).toBe(job.func)
    expect(await Job.exists('two')).toBe(false)
    expect((await Queue.all()).map(({ name }) => name)).toEqual(['mail'])
    await expect(mail.with({ id: 'one' }).enqueue(sendMail, 'b', { subject: 's' })).rejects.toBeInstanceOf(
      DuplicateJobError,
    )
    await drain()
    expect(await job.result).toBe('sent to ada')
    const failed = await orders.enqueue('./test/fixtures/shop#charge', 'bad')
    await drain()
    await expect(failed.result).rejects.toBeInstanceOf(JobFailedError)
    await orders.requeue()
    expect(await drain()).toMatchObject({ failed: 1 })
    expect((await failed.runs()).map(({ outcome }) => outcome)).toEqual(['failed', 'failed'])
  })

  test('groups, chains and bulk work', async () => {
    const group = await Group.create({ onComplete: './test/fixtures/shop#afterwards', queue: 'mail' })
    const letters = ['a', 'b'].map((to) => call(sendMail, to, { subject: 's' }))
    await group.enqueueMany(mail, letters)
    await group.seal()
    await chain(mail, call(sendMail, 'c', { subject: '1' }), (job) => call(sendMail, job, { subject: '2' }))
    expect(await drain()).toEqual({ success: 5, failed: 0, retried: 0, canceled: 0 })
    expect(await group.progress()).toMatchObject({ finished: 2, done: true })
    expect(done).toContain('callback of ./test/fixtures/shop#afterwards')
    expect(done).toContain('mail to sent to c: 2')
  })

  test('bad arguments are found as ever', async () => {
    const bad = { subject: (() => {}) as unknown as string }
    await expect(mail.enqueue(sendMail, 'ada', bad)).rejects.toBeInstanceOf(SerializationError)
    await expect(mail.enqueue(() => {})).rejects.toThrow('not exported')
    expect(enqueued()).toEqual([])
  })

  test('what needs workers says so', async () => {
    await expect(suspend()).rejects.toBeInstanceOf(TestingError)
    await expect(new Worker('mail').run()).rejects.toThrow('expected a Redis with workers, got a test')
    const away = { connection: 'redis://127.0.0.1:1', isolation: 'none' } as const
    const own = new Worker('mail', away)
    const running = own.run()
    await own.stop()
    expect(await running).toMatchObject({ finished: 0 })
    await expect(
      mail.with({ transaction: {} as never }).enqueue(sendMail, 'a', { subject: '' }),
    ).rejects.toThrow('transaction: expected a queue whose jobs are run by workers')
  })

  test('reset forgets jobs and time, and keeps the mode', async () => {
    const job = await mail.enqueue(sendMail, 'ada', { subject: 'hi' })
    const waiting = expect(job.result).rejects.toThrow('closed')
    reset()
    expect([testing.mode, enqueued(), await mail.count()]).toEqual(['fake', [], 0])
    await waiting
  })
})

describe('inline', () => {
  beforeEach(() => testing.inline())

  test('a group calls back as it is sealed', async () => {
    const options = { onComplete: './test/fixtures/callbacks#summary', queue: 'after' }
    const group = await Group.create(options)
    await group.enqueueMany(mail, [call(sendMail, 'ada', { subject: 'hi' })])
    await group.seal()
    await (await Group.create(options)).seal()
    expect(enqueued({ queue: 'after' }).map(({ status }) => status)).toEqual(['finished', 'finished'])
  })

  test('runs each job as it is enqueued, whenever it is due', async () => {
    await signUp('ada')
    expect(done).toEqual(['mail to ada: welcome', 'mail to ada: how is it?'])
    const job = await mail.enqueue(sendMail, 'bob', { subject: 'hi' })
    expect([job.status, await job.result]).toEqual(['finished', 'sent to bob'])
    expect(await (await resize.delay('cat.png')).result).toBe('small cat.png')
  })

  test('a failure is the job’s, not the caller’s', async () => {
    const job = await orders.enqueue('./test/fixtures/shop#charge', 'bad')
    expect(job).toMatchObject({ status: 'failed', error: { message: 'card bad was declined' } })
    await job.requeue()
    expect(job.status).toBe('failed')
    expect(done).toEqual(['charge bad, attempt 1', 'charge bad, attempt 1'])
  })

  test('a group is kept for a week from when it is done', async () => {
    const { id } = await Group.create()
    await clock.advance('30d')
    const group = await Group.fetch(id)
    await group.seal()
    await clock.advance('6d')
    expect(await group.progress()).toMatchObject({ done: true })
    await clock.advance('2d')
    await expect(Group.fetch(id)).rejects.toBeInstanceOf(GroupNotFoundError)
    expect(await Group.all()).toEqual([])
    expect((await Group.create({ id })).id).toBe(id)
  })

  test('a failed job runs again as it is requeued, however it was found', async () => {
    const group = await Group.create()
    await group.enqueueMany(orders, [call('./test/fixtures/shop#charge', 'bad')])
    const [member] = await group.jobs()
    const found = [member!, enqueued()[0]!, await Job.fetch(member!.id)]
    for (const job of found) {
      await job.requeue()
      expect(job.status).toBe('failed')
      await expect(job.result).rejects.toBeInstanceOf(JobFailedError)
    }
    expect(done).toHaveLength(4)
    const cron = new Cron()
    const entry = { name: 'charge', every: '1h', queue: 'orders' } as const
    await cron.register({ ...entry, func: './test/fixtures/shop#charge', args: ['bad'] })
    const fired = await cron.run('charge')
    await fired.requeue()
    expect(await fired.runs()).toHaveLength(2)
  })

  test('may follow fake, and keeps what is there', async () => {
    testing.fake()
    await mail.enqueue(sendMail, 'ada', { subject: 'later' })
    testing.inline()
    await mail.enqueue(sendMail, 'bob', { subject: 'now' })
    expect(done).toEqual(['mail to bob: now'])
    await drain()
    expect(done).toEqual(['mail to bob: now', 'mail to ada: later'])
  })
})

test('off: queues talk to Redis', async () => {
  testing.fake()
  await mail.enqueue(sendMail, 'ada', { subject: 'hi' })
  testing.off()
  expect(testing.mode).toBe('off')
  await expect(mail.enqueue(sendMail, 'ada', { subject: 'hi' })).rejects.toBeInstanceOf(RedisUnavailableError)
  expect(() => enqueued()).toThrow('expected the mode fake or inline, got off')
})

test('a synchronous queue runs its jobs in the mode fake too, and reset forgets them', async () => {
  testing.fake()
  const here = new Queue('here', { async: false })
  expect(await (await here.enqueue(sendMail, 'ada', { subject: 'hi' })).result).toBe('sent to ada')
  expect(enqueued()).toHaveLength(1)
  reset()
  expect(await here.counts()).toMatchObject({ finished: 0 })
})

test.each(['fake', 'inline'] as const)('%s is refused in production', async (mode) => {
  vi.stubEnv('NODE_ENV', 'production')
  expect(() => testing[mode]()).toThrow('got NODE_ENV=production')
  await expect(withTesting(mode, () => {})).rejects.toBeInstanceOf(TestingError)
  expect(testing.mode).toBe('off')
})

describe('withTesting', () => {
  test.concurrent.each(['a', 'b', 'c'])('scope %s sees its own jobs only', async (to) => {
    const seen = await withTesting('fake', async () => {
      await mail.enqueue(sendMail, to, { subject: 'hi' })
      await new Promise(setImmediate)
      return enqueued().map(({ args }) => args[0])
    })
    expect(seen).toEqual([to])
  })

  test('holds for what the function starts, over the mode outside, and ends with it', async () => {
    testing.fake()
    await withTesting('inline', () => signUp('ada'))
    expect(done).toHaveLength(2)
    expect([testing.mode, enqueued()]).toEqual(['fake', []])
    await withTesting('off', async () => {
      expect(testing.mode).toBe('off')
      await expect(mail.count()).rejects.toBeInstanceOf(RedisUnavailableError)
    })
  })

  test('a mode cannot change inside', async () => {
    await withTesting('fake', async () => {
      expect(() => testing.inline()).toThrow(
        "testing.inline(): expected a call outside of withTesting('fake'), got one inside",
      )
      expect(() => testing.off()).toThrow(TestingError)
      await expect(withTesting('inline', () => {})).rejects.toThrow("got one inside withTesting('fake')")
    })
    await expect(withTesting('fak' as never, () => {})).rejects.toThrow("Did you mean 'fake'?")
  })
})
