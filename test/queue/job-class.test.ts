import { beforeEach, describe, expect, test } from 'vitest'
import {
  call,
  configure,
  EnqueueVetoedError,
  enqueue,
  InvalidArgumentError,
  type Job,
  JobClass,
  SerializationError,
  UnnamableFunctionError,
} from '../../lib/index.ts'
import * as jobs from '../fixtures/jobs.ts'
import { harness } from '../kit/harness.ts'

const h = harness()
const { heard } = jobs
const drain = (queues: string | string[] = 'q', options = {}) => h.drain(queues, { paths: ['.'], ...options })

beforeEach(() => {
  heard.length = 0
})

async function resultOf(job: Job, options = {}): Promise<unknown> {
  await drain(job.queue, options)
  return job.result
}

describe('a job class', () => {
  test.each(['process', 'none'] as const)(
    'is enqueued as an instance, which performs: %s',
    async (isolation) => {
      const job = await h.queue().enqueue(new jobs.QueryPrice({ name: 'tea' }))
      expect([job.func, job.args]).toEqual(['./test/fixtures/jobs#QueryPrice', [{ name: 'tea' }]])
      expect(await resultOf(job, { isolation })).toBe('price of tea')
    },
  )

  test('is enqueued by itself with its arguments, among others and by its path', async () => {
    const q = h.queue()
    const one = await q.enqueue(jobs.QueryPrice, { name: 'tea' })
    const [two, three] = await q.enqueueMany([
      call(jobs.QueryPrice, { name: 'rice' }),
      call(new jobs.QueryPrice({ name: 'salt' })),
    ])
    const four = await q.enqueue('./test/fixtures/jobs#QueryPrice', { name: 'oil' })
    await drain()
    const results = await Promise.all([one, two, three, four].map((job) => job.result))
    expect(results).toEqual(['price of tea', 'price of rice', 'price of salt', 'price of oil'])
  })

  test('gives its jobs its options, unless the call has its own', async () => {
    const q = h.queue()
    const job = await q.enqueue(new jobs.QueryPrice({ name: 'tea' }))
    const other = await q.with({ priority: -1 }).enqueue(jobs.QueryPrice, { name: 'tea' })
    expect([job.priority, other.priority]).toEqual([3, -1])
  })

  test('is performed at once by performNow, or as any object', async () => {
    expect(jobs.OrderCreate.performNow(7, 'now')).toBe('7 now 2')
    expect(await new jobs.QueryPrice({ name: 'tea' }).perform()).toBe('price of tea')
  })

  test('may take its arguments in perform', async () => {
    const q = h.queue()
    const job = await q.enqueue(jobs.OrderCreate, 7, 'soon')
    expect(await resultOf(job)).toBe('7 soon 2')
  })

  test('may wait for another job whose result it takes', async () => {
    const q = h.queue()
    const first = await q.enqueue('./test/fixtures/tasks#add', 1, 2)
    const job = await q.enqueue(jobs.OrderCreate, first as Job<number>)
    expect(await resultOf(job)).toBe('3 none 1')
  })

  test('need not extend JobClass', async () => {
    const job = await h.queue().enqueue(jobs.Plain, 'me')
    expect(await resultOf(job)).toBe('plain me me')
    // An instance travels only if its class is registered.
    await expect(h.queue().enqueue(new jobs.Plain('me'), 'you')).rejects.toThrow(SerializationError)
  })

  test('that is registered has the same queue, options and hooks where an instance of it travels', async () => {
    const q = h.queue()
    const job = await q.enqueue(new jobs.Parcel('ada'), 3)
    expect([job.func, job.priority, job.tags]).toEqual([
      './test/fixtures/jobs#Parcel.prototype.perform',
      3,
      ['parcel'],
    ])
    expect(await resultOf(job, { isolation: 'none' })).toBe('3 to ada')
    expect(heard).toEqual([
      'beforeEnqueue 3',
      'enqueue ada',
      'beforePerform 3',
      'before ada',
      'perform ada 3',
    ])
    await expect(q.enqueue(new jobs.Parcel('ada'), 0)).rejects.toThrow(EnqueueVetoedError)
    heard.length = 0
    const lost = await q.enqueue(new jobs.Parcel('nowhere'), 1)
    await drain('q', { isolation: 'none' })
    await expect(lost.result).rejects.toThrow('no address')
    expect(heard.slice(-2).sort()).toEqual(['failure nowhere 1 no address', 'onFailure no address 1'])
  })

  test('without perform is refused where it is enqueued, and fails at once where it is run', async () => {
    const q = h.queue()
    const enqueueAny = (func: unknown) => q.enqueue(func as string)
    await expect(enqueueAny(jobs.Nothing)).rejects.toThrow(UnnamableFunctionError)
    await expect(enqueueAny(jobs.Nothing)).rejects.toThrow('without a perform method')
    await expect(enqueueAny({})).rejects.toThrow(InvalidArgumentError)
    const job = await q.with({ retry: 3 }).enqueue('./test/fixtures/jobs#Nothing')
    await drain()
    await expect(job.result).rejects.toThrow('without a perform method')
    expect((await job.refresh()).attempt).toBe(1)
  })

  test('must be exported', async () => {
    class Local extends JobClass {
      perform() {}
    }
    await expect(h.queue().enqueue(Local)).rejects.toThrow(UnnamableFunctionError)
  })
})

describe('Resque’s class', () => {
  test('performs by its static method, default arguments included, and is a plain record', async () => {
    const job = await h.queue().enqueue(jobs.Archive, 44)
    const record = await h.redis.hgetall(`${h.base('q')}job:${job.id}`)
    expect(record).toMatchObject({
      fn: expect.stringMatching(/ \.\/test\/fixtures\/jobs#Archive$/),
      args: '[44]',
    })
    expect(await resultOf(job)).toBe('Archive 44 master')
  })

  test('may be an object', async () => {
    const q = h.queue()
    const job = await q.enqueue(jobs.warmCache, 'home')
    expect([job.func, job.tags]).toEqual(['./test/fixtures/jobs#warmCache.perform', ['cache']])
    expect(await resultOf(job)).toBe('warm home')
    await expect(q.enqueue(jobs.warmCache, 'no')).rejects.toThrow(EnqueueVetoedError)
    const named = await q.enqueue('./test/fixtures/jobs#warmCache', 'by path')
    expect(await resultOf(named)).toBe('warm by path')
  })
})

describe('enqueue()', () => {
  test('goes where the job says', async () => {
    const restore = configure({ connection: h.url, prefix: h.prefix })
    try {
      const queues = [
        await enqueue(jobs.Archive, 1),
        await enqueue(jobs.warmCache, 'home'),
        await enqueue(new jobs.QueryPrice({ name: 'tea' })),
        await enqueue(jobs.hooked, 'x'),
        await enqueue('./test/fixtures/tasks#nothing'),
        await jobs.OrderCreate.performLater(7),
        await jobs.OrderCreate.enqueue(700),
        await enqueue(new jobs.Parcel('ada'), 30),
      ].map(({ queue }) => queue)
      expect(queues).toEqual([
        'file_serve',
        'warm',
        'prices',
        'hooked',
        'default',
        'small',
        'large',
        'freight',
      ])
    } finally {
      restore()
    }
  })
})
