import { describe, expect, test } from 'vitest'
import {
  type Call,
  call,
  callWith,
  DuplicateJobError,
  type EnqueueCall,
  Group,
  type Job,
  type JobStatus,
  Queue,
  suspend,
} from '../../lib/index.ts'
import byDefault, * as tasks from '../fixtures/tasks.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

describe('what can be enqueued', () => {
  const ways: [string, (q: Queue) => Promise<Job>, unknown][] = [
    ['a function', (q) => q.enqueue(tasks.add, 2, 3), 5],
    ['an async function', (q) => q.enqueue(tasks.addLater, 2, 3), 5],
    ['an arrow function', (q) => q.enqueue(tasks.arrow, 4), 8],
    ['a default export', (q) => q.enqueue(byDefault), 'default'],
    ['a static method', (q) => q.enqueue(tasks.Reports.build, 7), 'report 7'],
    ['a path', (q) => q.enqueue('./test/fixtures/tasks#add', 2, 3), 5],
    ['a path with an extension', (q) => q.enqueue('./test/fixtures/tasks.ts#add', 2, 3), 5],
    ['a path to a static method', (q) => q.enqueue('./test/fixtures/tasks#Reports.build', 1), 'report 1'],
    ['options before the arguments', (q) => q.with({ timeout: '30s' }).enqueue(tasks.add, 1, 1), 2],
    ["RQ's explicit form", (q) => q.enqueueCall({ func: tasks.add, args: [1, 2], timeout: 30 }), 3],
    ['a time that is past', (q) => q.enqueueAt(new Date(0), tasks.add, 1, 3), 4],
  ]
  test.each(ways)('%s', async (_, enqueue, expected) => {
    const job = await enqueue(h.queue())
    await h.drain('q', { paths: ['.'] })
    expect(await job.result).toEqual(expected)
  })

  test('many at once, in their order', async () => {
    const q = h.queue()
    const list = `${h.prefix}:order`
    const jobs = await q.enqueueMany([
      call(tasks.note, list, 'a'),
      call('./test/fixtures/tasks#note', list, 'b'),
      callWith({ priority: -1 }, tasks.note, list, 'first'),
      call(tasks.note, list, 'c'),
    ])
    expect(jobs.map((job) => job.id)).toHaveLength(4)
    await h.drain('q', { paths: ['.'] })
    expect(await h.redis.lrange(list, 0, -1)).toEqual(['first', 'a', 'b', 'c'])
  })

  test('a job as an argument is a future: the new job waits and receives the result', async () => {
    const q = h.queue()
    const a = await q.enqueue(tasks.add, 1, 2)
    const b = await q.enqueue(tasks.add, 10, 20)
    const c = await q.enqueue(tasks.add, a, b)
    expect(c.status).toBe('deferred')
    await h.drain('q', { paths: ['.'] })
    expect(await c.result).toBe(33)
  })

  test('a future reaches its job though the result was discarded at once', async () => {
    const q = h.queue()
    const a = await q.with({ resultTtl: 0 }).enqueue(tasks.add, 1, 2)
    const b = await q.enqueue(tasks.add, a, 1)
    await h.drain('q', { paths: ['.'] })
    expect(await b.result).toBe(4)
    expect(await q.fetchJob(a.id)).toBeNull()
  })

  test('rich values travel there and back', async () => {
    const q = h.queue()
    const value = {
      when: new Date(5),
      tags: new Set(['a']),
      big: 10n,
      none: undefined,
      map: new Map([[1, 'x']]),
    }
    const job = await q.enqueue(tasks.echo<typeof value>, value)
    await h.drain('q', { paths: ['.'] })
    expect(await job.result).toEqual(value)
  })
})

describe('what is refused, before anything is stored', () => {
  const refused: [string, (q: Queue) => unknown, RegExp][] = [
    ['an anonymous function', (q) => q.enqueue(() => 1), /export/i],
    ['a bound function', (q) => q.enqueue(tasks.add.bind(null), 1, 2), /bound/],
    ['a built-in', (q) => q.enqueue(Math.max, 1, 2), /built/],
    ['a function that is not exported', (q) => q.enqueue(hidden), /export/],
    ['no function at all', (q) => q.enqueue(42 as unknown as () => void), /function/],
    ['a path without an export', (q) => q.enqueue('./tasks'), /'#'/],
    ['a path out of the root', (q) => q.enqueue('../secret#run'), /\.\./],
    ['an absolute path', (q) => q.enqueue('/etc/passwd#run'), /absolute/],
    ['a built-in module', (q) => q.enqueue('node:fs#rmSync'), /node:/],
    [
      'a function as an argument',
      (q) => q.enqueue(tasks.echo, { callback: () => {} }),
      /args\[0\]\.callback/,
    ],
    ['a promise as an argument', (q) => q.enqueue(tasks.echo, Promise.resolve(1)), /args\[0\] is a Promise/],
    ['a class instance', (q) => q.enqueue(tasks.echo, new Unregistered()), /args\[0\]/],
    ['arguments over the limit', (q) => q.enqueue(tasks.echo, 'x'.repeat(2_000_000)), /1048576 bytes/],
    [
      'an unknown option',
      (q) => q.with({ timeOut: 5 } as never).enqueue(tasks.add, 1, 2),
      /Did you mean 'timeout'/,
    ],
    [
      'a bad duration',
      (q) => q.with({ timeout: 'soon' }).enqueue(tasks.add, 1, 2),
      /timeout: expected a duration/,
    ],
    ['a function by another name', (q) => q.enqueueCall({ fun: tasks.add } as never), /Did you mean 'func'/],
    [
      'arguments that are no list',
      (q) => q.enqueueCall({ func: tasks.add, args: 5 } as never),
      /list of arguments/,
    ],
    [
      'many that are no list',
      (q) => q.enqueueMany('x' as never),
      /calls: expected a list of calls.*got string/,
    ],
    [
      'many, one of them no call',
      (q) => q.enqueueMany([call(tasks.nothing), tasks.nothing] as never),
      /calls\[1\]: expected.*got function/,
    ],
    ['a timeout of nothing', (q) => q.with({ timeout: 0 }).enqueue(tasks.add, 1, 2), /more than 0/],
    ['a bad id', (q) => q.with({ id: 'a b' }).enqueue(tasks.add, 1, 2), /job id/],
    ['a bad priority', (q) => q.with({ priority: 1.5 }).enqueue(tasks.add, 1, 2), /priority/],
    [
      'meta that is no object of names',
      (q) => q.with({ meta: new Date() as never }).enqueue(tasks.nothing),
      /meta: expected a plain object, got Date/,
    ],
    [
      'meta over the limit',
      (q) => q.with({ meta: { all: 'x'.repeat(1_500_000) } }).enqueue(tasks.nothing),
      /meta: expected at most 1048576 bytes/,
    ],
    [
      'a description as long as data',
      (q) => q.with({ description: 'x'.repeat(4_097) }).enqueue(tasks.nothing),
      /description: expected at most 4096 characters, got 4097/,
    ],
    [
      'half an emoji in a unique key',
      (q) => q.with({ unique: 'user-\ud83d' }).enqueue(tasks.nothing),
      /unique.key: expected .* halves of one/,
    ],
    [
      'half an emoji in the key of a limit',
      (q) => q.with({ limit: { key: 'user-\ud83d', concurrency: 1 } }).enqueue(tasks.nothing),
      /limit.key: expected .* halves of one/,
    ],
    ['half an emoji in a name', (q) => q.enqueue('./tasks#a\ud83d'), /half of a character/],
    ['negative retries', (q) => q.with({ retry: -1 }).enqueue(tasks.add, 1, 2), /retry/],
    [
      'a time in nanoseconds',
      (q) => q.enqueueAt(Date.now() * 1e6, tasks.nothing),
      /at: expected a valid Date/,
    ],
    ['both at and in', (q) => q.with({ at: new Date(), in: 5 }).enqueue(tasks.add, 1, 2), /either at or in/],
    [
      'a parent that is not there',
      (q) => q.with({ dependsOn: 'nobody' }).enqueue(tasks.add, 1, 2),
      /nobody is not there/,
    ],
    [
      'the promise of a parent',
      (q) => q.with({ dependsOn: Promise.resolve() as never }).enqueue(tasks.nothing),
      /await/,
    ],
  ]
  test.each(refused)('%s', async (_, enqueue, message) => {
    const q = h.queue()
    await expect(enqueue(q)).rejects.toThrow(message)
  })

  test('what answers a promise rejects, and throws nothing before', async () => {
    const q = h.queue()
    const odd = { list: [tasks.add], state: 'fialed', fnc: { fnc: tasks.add } } as never as {
      list: Call[]
      state: JobStatus
      fnc: EnqueueCall<string>
    }
    const group = await Group.create({ connection: h.url, prefix: h.prefix })
    const all = await Promise.allSettled([
      q.enqueueMany(odd.list),
      q.with({ timeout: 5 }).enqueueMany(odd.list),
      group.enqueueMany(q, odd.list),
      q.enqueueCall(odd.fnc),
      q.jobs(odd.state),
      q.jobIds(odd.state),
      q.count(odd.state),
      q.positionOf(undefined as never),
      suspend({ for: 'x' as never, connection: h.url, prefix: h.prefix }),
    ])
    const expectedCall = 'calls[0]: expected a call, as in call(fn, 1), got function'
    const messages = all.map((each) => (each as PromiseRejectedResult).reason.message as string)
    expect(messages.slice(0, 3)).toEqual([expectedCall, expectedCall, expectedCall])
    expect(messages[3]).toContain("Did you mean 'func'?")
    for (const message of messages.slice(4, 7)) expect(message).toContain("Did you mean 'failed'?")
    await group.delete()
  })

  test('names that keys or log lines could not bear', () => {
    for (const name of ['', 'a b', 'a:b', '{a}', 'a\n', 'x'.repeat(129)])
      expect(() => new Queue(name)).toThrow(/queue name/)
    expect(() => new Queue('q', { conection: 'x' } as never)).toThrow(/Did you mean 'connection'/)
    expect(() => new Queue('q', { connection: 'ftp://host' })).toThrow(/expected a URL/)
    expect(() => new Queue('q', { prefix: '{x}' })).toThrow(/prefix/)
  })

  test('of many one, and then the others are enqueued all the same', async () => {
    const q = h.queue()
    await q.with({ id: 'taken' }).enqueue(tasks.nothing)
    const calls = [
      callWith({ id: 'first' }, tasks.nothing),
      callWith({ id: 'taken' }, tasks.nothing),
      callWith({ id: 'last' }, tasks.nothing),
    ]
    await expect(q.enqueueMany(calls)).rejects.toThrow(DuplicateJobError)
    expect(await q.jobIds()).toEqual(['taken', 'first', 'last'])
  })

  test('an id that a job already has [rq 19]', async () => {
    const q = h.queue()
    await q.with({ id: 'mine' }).enqueue(tasks.add, 1, 2)
    await expect(q.with({ id: 'mine' }).enqueue(tasks.add, 1, 2)).rejects.toThrow(/has a job mine already/)
    expect(await q.count()).toBe(1)
  })
})

function hidden(): void {}

class Unregistered {
  readonly value = 1
}
