import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  background,
  type Configuration,
  call,
  configure,
  delay,
  enqueue,
  Group,
  InvalidArgumentError,
  Job,
  job,
  Queue,
  Worker,
} from '../../lib/index.ts'
import * as callbacks from '../fixtures/callbacks.ts'
import { codec } from '../fixtures/codec.ts'
import { OrderCreate } from '../fixtures/jobs.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness } from '../kit/harness.ts'

const h = harness()
const restorers: (() => void)[] = []

afterEach(() => {
  vi.unstubAllEnvs()
  for (const restore of restorers.splice(0).reverse()) restore()
})

function set(options: Configuration): void {
  restorers.push(configure(options))
}

describe('configure()', () => {
  test('says where queues and workers connect that do not say it themselves', async () => {
    set({ connection: h.url, prefix: h.prefix })
    await using q = new Queue('q')
    expect(q.prefix).toBe(h.prefix)
    const sent = await q.enqueue(tasks.add, 1, 2)
    const worker = new Worker('q', { burst: true, isolation: 'none', paths: ['.'] })
    expect((await worker.run()).finished).toBe(1)
    expect(await sent.result).toBe(3)
    expect(new Queue('q', { prefix: 'own' }).prefix).toBe('own')
  })

  test('gives jobs options: of all, of their queue, and the nearest holds', async () => {
    set({
      connection: h.url,
      prefix: h.prefix,
      defaultPriority: 5,
      defaults: { timeout: 7 },
      queueAttributes: { mailers: { priority: 10 } },
    })
    const mailers = new Queue('mailers', { defaults: { timeout: 9 } })
    const one = await new Queue('other').enqueue(tasks.nothing)
    const two = await mailers.enqueue(tasks.nothing)
    const three = await mailers.with({ priority: 1 }).enqueue(tasks.nothing)
    expect([one, two, three].map(({ priority, timeout }) => [priority, timeout])).toEqual([
      [5, 7],
      [10, 9],
      [1, 9],
    ])
  })

  test('async: false is known to all who look for jobs and groups, and no Redis is asked', async () => {
    set({ connection: 'redis://127.0.0.1:1', prefix: h.prefix, async: false })
    const q = new Queue('q')
    const job = await q.enqueue(tasks.add, 1, 2)
    expect((await Job.fetch(job.id)).status).toBe('finished')
    expect(await Job.exists(job.id)).toBe(true)
    expect((await Queue.all()).map(({ name }) => name)).toEqual(['q'])
    const group = await Group.create({ onComplete: callbacks.summary, queue: 'after' })
    await group.enqueueMany(q, [call(tasks.add, 1, 2), call(tasks.fail)])
    expect(await group.wait()).toMatchObject({ finished: 1, failed: 1, done: false })
    expect(await group.jobs()).toHaveLength(2)
    await group.seal()
    expect((await new Queue('after').jobs('finished')).map(({ id }) => id)).toEqual([
      expect.stringMatching(`^group-${group.id}\\.complete-`),
    ])
    expect((await Group.all()).map(({ id }) => id)).toEqual([group.id])
  })

  test('async: false runs every job here, without Redis, as its round trip through JSON would', async () => {
    set({ connection: 'redis://127.0.0.1:1', prefix: h.prefix, async: false })
    const q = new Queue('q')
    expect(q.async).toBe(false)
    expect(await (await q.enqueue(tasks.add, 1, 2)).returnValue()).toBe(3)
    await expect(q.enqueue(tasks.echo, () => {})).rejects.toThrow('args[0]')
    const inline = job('low', { name: './test/fixtures/tasks#add' })(tasks.add)
    expect((await inline.delay(3, 4)).isFinished).toBe(true)
  })

  test('reaches what makes its queue for itself at each call, and so does taking it back', async () => {
    set({ connection: h.url, prefix: h.prefix })
    const made = job('low')(tasks.nothing)
    const sent = background('low', { name: './test/fixtures/tasks#nothing' })(tasks.nothing)
    const calls = [
      () => enqueue(tasks.nothing),
      () => made.delay(),
      () => enqueue(made),
      () => delay(tasks).nothing(),
      () => sent(),
      () => OrderCreate.performLater(7),
    ]
    const statuses = async () => (await Promise.all(calls.map((call) => call()))).map(({ status }) => status)
    const all = (status: string) => calls.map(() => status)
    expect(await statuses()).toEqual(all('queued'))
    const undo = configure({ async: false })
    expect(await statuses()).toEqual(all('finished'))
    undo()
    expect(await statuses()).toEqual(all('queued'))
  })

  test('async as a function decides for each job', async () => {
    set({
      connection: h.url,
      prefix: h.prefix,
      async: ({ args, queue }) => queue === 'q' && args[0] !== 'now',
    })
    const q = new Queue('q')
    const [now, later] = [await q.enqueue(tasks.echo, 'now'), await q.enqueue(tasks.echo, 'later')]
    expect([now.status, later.status]).toEqual(['finished', 'queued'])
    const many = await q.enqueueMany([
      { func: tasks.echo, args: ['now'], options: {} },
      { func: tasks.echo, args: ['later'], options: {} },
    ])
    expect(many.map(({ status }) => status)).toEqual(['finished', 'queued'])
    expect(await q.count()).toBe(2)
  })

  test.each(['no', 'false', '0'])(
    'RQ_ASYNC=%s is async: false, where the program says nothing itself',
    async (text) => {
      vi.stubEnv('RQ_ASYNC', text)
      const q = new Queue('q', { prefix: h.prefix })
      expect(await (await q.enqueue(tasks.add, 1, 2)).returnValue()).toBe(3)
      expect(new Queue('q', { connection: h.url, async: true }).async).toBe(true)
      set({ async: true })
      expect(new Queue('q', { connection: h.url }).async).toBe(true)
    },
  )

  test('RQ_ASYNC wants yes or no', () => {
    vi.stubEnv('RQ_ASYNC', 'yes')
    expect(new Queue('q', { connection: h.url }).async).toBe(true)
    vi.stubEnv('RQ_ASYNC', 'sync')
    expect(() => new Queue('q')).toThrow('RQ_ASYNC: expected yes or no, got "sync"')
  })

  test('has what queues enqueue go through a codec, which workers name by themselves', async () => {
    set({ connection: h.url, prefix: h.prefix, codec })
    const q = new Queue('q')
    const sent = await q.enqueue('./tasks#echo', 'hidden')
    expect(await h.redis.hget(`${h.base('q')}job:${sent.id}`, 'args')).not.toContain('hidden')
    await h.drain('q', { codec: './codec#codec' })
    expect(await sent.result).toBe('hidden')
    const found = await Job.fetch(sent.id)
    expect(await found.returnValue()).toBe('hidden')
    expect(() => configure({ codec: 'a' as never })).toThrow(InvalidArgumentError)
  })

  test.each([
    [null],
    [{ conection: 'x' }],
    [{ defaultPriority: 9_999 }],
    [{ queueAttributes: { 'a b': {} } }],
    [{ queueAttributes: { a: { prioriti: 1 } } }],
    [{ defaults: { timeout: 'soon' } }],
    [{ async: 'no' }],
  ])('refuses %j', (wrong) => {
    expect(() => configure(wrong as never)).toThrow(InvalidArgumentError)
  })

  test('refuses a queue whose async is a text', () => {
    expect(() => new Queue('q', { async: 'no' as never })).toThrow('async: expected a boolean, got string no')
  })
})
