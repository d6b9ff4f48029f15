import { describe, expect, test } from 'vitest'
import { InvalidArgumentError, job, Queue } from '../../lib/index.ts'
import * as tasks from '../fixtures/decorated-tasks.ts'
import { add as plain } from '../fixtures/tasks.ts'
import { harness, REDIS_URL } from '../kit/harness.ts'
import { walk } from '../kit/walker.ts'

const h = harness()

const drain = (isolation: 'none' | 'process' = 'none') =>
  h.drain(['low', 'own', 'high'], { prefix: tasks.PREFIX, paths: ['.'], isolation })

describe('a function that job() wraps', () => {
  test('runs now when it is called, and keeps its name and length [rq 121]', async () => {
    expect(tasks.add(3, 4)).toBe(7)
    expect(await tasks.greetLater('ada')).toBe('hello, ada')
    expect(tasks.scales.times(21)).toBe(42)
    const wrapped = job('low')(plain)
    expect([wrapped.name, wrapped.length]).toEqual(['add', 2])
    expect(Object.keys(wrapped)).toEqual([])
  })

  test.each(['none', 'process'] as const)(
    'is enqueued by delay() and run by a worker, isolation %s',
    async (isolation) => {
      const sum = await tasks.add.delay(3, 4)
      expect(sum).toMatchObject({
        queue: 'low',
        func: './test/fixtures/decorated-tasks#add',
        args: [3, 4],
        description: 'adds',
      })
      expect(await h.redis.hget(`${tasks.PREFIX}:{low}:job:${sum.id}`, 'opts')).toContain('"timeoutMs":5000')
      const jobs = [
        sum,
        await tasks.add.delay(sum, 10),
        await tasks.greetLater.delay('ada'),
        await tasks.greetLater.delay('ada', 'hi'),
        await tasks.scales.times.delay(21),
        await tasks.onQueue.delay(5),
      ]
      await drain(isolation)
      expect(await Promise.all(jobs.map((job) => job.result))).toEqual([
        7,
        17,
        'hello, ada',
        'hi, ada',
        42,
        5,
      ])
      expect(await walk(h.redis, tasks.PREFIX)).toEqual([])
    },
  )

  test('takes options before the arguments, over its own [rq 121]', async () => {
    const first = await tasks.add.delay(1, 2)
    const second = await tasks.add.with({ dependsOn: first, description: 'other' }).delay(first, 4)
    expect([second.status, second.description]).toEqual(['deferred', 'other'])
    expect(await h.redis.hget(`${tasks.PREFIX}:{low}:job:${second.id}`, 'opts')).toContain('"timeoutMs":5000')
    await drain()
    expect(await second.result).toBe(7)
    await expect(tasks.add.with({ timeOut: 5 } as never).delay(1, 2)).rejects.toThrow(
      /Did you mean 'timeout'/,
    )
  })

  test('can be given a name, where none could be found', async () => {
    const one = await tasks.bundled.increment.delay(1)
    expect(one.func).toBe('./test/fixtures/decorated-tasks#increment')
    await drain()
    expect(await one.result).toBe(2)
  })

  test('can be enqueued elsewhere as any function', async () => {
    const elsewhere = await h.queue('elsewhere').enqueue(tasks.add, 1, 2)
    expect([elsewhere.queue, elsewhere.func]).toEqual(['elsewhere', './test/fixtures/decorated-tasks#add'])
    await h.drain('elsewhere', { paths: ['.'] })
    expect(await elsewhere.result).toBe(3)
  })

  test('uses the queue it is given, with its connection', async () => {
    const own = await tasks.onQueue.delay(1)
    expect(own.queue).toBe('own')
    await drain()
  })

  test('runs at once on a synchronous queue', async () => {
    const done = await tasks.atOnce.delay()
    expect([done.status, await done.result]).toEqual(['finished', 'sync'])
  })
})

describe('what is told where it is written, before anything is enqueued', () => {
  const wrap = (...args: unknown[]) => (job as (...args: unknown[]) => (func: unknown) => unknown)(...args)

  test.each([
    ['an unknown option', ['low', { timeOut: 5 }], "unknown option 'timeOut'. Did you mean 'timeout'?"],
    ['a misspelt option of the queue', ['low', { conection: 'x' }], "Did you mean 'connection'?"],
    ['a bad duration', ['low', { timeout: 'soon' }], 'timeout: expected a duration'],
    ['a bad name of a queue', ['lo w'], 'queue name: expected'],
    ['no name of a queue', [7], 'queue name: expected'],
    ['a bad function name', ['low', { name: 'tasks' }], "'#'"],
    [
      'a connection beside a Queue',
      [new Queue('q', { connection: REDIS_URL }), { connection: REDIS_URL }],
      'job(): expected connection with the name of a queue',
    ],
  ])('%s', (_, args, message) => {
    expect(() => wrap(...args)).toThrow(InvalidArgumentError)
    expect(() => wrap(...args)).toThrow(message)
  })

  test.each([42, null, {}, 'add'])('%j is no function', (what) => {
    expect(() => wrap('low')(what)).toThrow(/job\(\): expected a function/)
  })

  test('a function that workers could not find is refused when it is enqueued', async () => {
    await expect(job('low', { connection: REDIS_URL, prefix: h.prefix })(() => 1).delay()).rejects.toThrow(
      /export/,
    )
  })
})
