import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type ClientMiddleware,
  call,
  callWith,
  currentJob,
  delay,
  EnqueueVetoedError,
  InvalidArgumentError,
  type Plugin,
  Queue,
  type RunningJob,
  use,
  type WorkerMiddleware,
} from '../../lib/index.ts'
import * as tasks from '../fixtures/middleware.ts'
import * as plain from '../fixtures/tasks.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

const removers: (() => void)[] = []

afterEach(() => {
  for (const remove of removers.splice(0)) remove()
})

function install(plugin: Plugin): () => void {
  const remove = use(plugin)
  removers.push(remove)
  return remove
}

const client = (middleware: ClientMiddleware) => install({ client: middleware })
const worker = (middleware: WorkerMiddleware) => install({ worker: middleware })
const drain = () => h.drain('q', { paths: ['.'] })

describe('client middleware', () => {
  test('sees each call, and the job once it is stored', async () => {
    const seen: unknown[] = []
    client(async (job, next) => {
      const { queue, func, args, headers, batch } = job
      const stored = await next()
      seen.push({ queue, func, args, headers, batch, id: stored.id, there: await q.fetchJob(stored.id) })
    })
    const q = h.queue()
    const job = await q.with({ headers: { a: '1' } }).enqueue(plain.add, 1, 2)
    expect(seen).toEqual([
      {
        queue: 'q',
        func: './test/fixtures/tasks#add',
        args: [1, 2],
        headers: { a: '1' },
        batch: undefined,
        id: job.id,
        there: expect.objectContaining({ id: job.id }),
      },
    ])
  })

  test('changes arguments, options and headers', async () => {
    client((job, next) => {
      job.args = [...job.args.slice(0, 1), 40]
      job.options = { ...job.options, description: 'mine', resultTtl: -1 }
      job.headers.tenant = 'acme'
      return next()
    })
    const q = h.queue()
    const job = await q.enqueue(plain.add, 2, 2)
    await drain()
    expect(await job.result).toBe(42)
    expect([job.description, job.resultTtl, job.headers]).toEqual(['mine', null, { tenant: 'acme' }])
  })

  test('nests, the first outermost, and its context reaches the store’s answer', async () => {
    const order: string[] = []
    const context = new AsyncLocalStorage<string>()
    client(async (_, next) => {
      order.push('a')
      await context.run('inside', next)
      order.push('/a')
    })
    client(async (_, next) => {
      order.push(`b ${context.getStore()}`)
      await next()
      order.push(`/b ${context.getStore()}`)
    })
    await h.queue().enqueue(plain.nothing)
    expect(order).toEqual(['a', 'b inside', '/b inside', '/a'])
  })

  test('that does not call next vetoes the enqueue, and nothing is written', async () => {
    client(function atNight(job, next) {
      return job.func.endsWith('#nothing') ? undefined : next()
    })
    const q = h.queue()
    const vetoed = await q.enqueue(plain.nothing).catch((error) => error)
    expect(vetoed).toBeInstanceOf(EnqueueVetoedError)
    expect(vetoed).toMatchObject({ queue: 'q', func: './test/fixtures/tasks#nothing' })
    expect(vetoed.message).toContain('atNight')
    expect(await h.redis.keys(`${h.prefix}*`)).toEqual([])
    expect((await q.enqueue(plain.add, 1, 2)).isQueued).toBe(true)
  })

  test('that vetoes is called by the name of its plugin', async () => {
    install({ name: 'tenancy', client() {} })
    await expect(h.queue().enqueue(plain.nothing)).rejects.toThrow('the client middleware tenancy kept')
  })

  test('that catches the veto of another cannot make a job of it', async () => {
    client((_, next) => next().catch(() => {}))
    client(() => {})
    await expect(h.queue().enqueue(plain.nothing)).rejects.toThrow(EnqueueVetoedError)
  })

  test('hears why an enqueue was refused', async () => {
    const heard: string[] = []
    client((_, next) => next().catch((error) => heard.push(error.code)))
    await expect(h.queue().enqueue(plain.echo, () => {})).rejects.toThrow('args[0]')
    expect(heard).toEqual(['SERIALIZATION'])
  })

  test('is waited for even where it does not wait itself', async () => {
    let end = false
    client((_, next) => {
      void next().then(() => {
        end = true
      })
    })
    await h.queue().enqueue(plain.nothing)
    expect(end).toBe(true)
  })

  test('wraps each call of a batch, which is stored as one', async () => {
    const batches = new Set<unknown>()
    const ids: string[] = []
    client(async (job, next) => {
      batches.add(job.batch)
      job.headers.n = String(job.args[0])
      ids.push((await next()).id)
    })
    const q = h.queue()
    const jobs = await q
      .with({ tags: ['t'] })
      .enqueueMany([call(plain.echo, 1), callWith({ id: 'two', headers: { own: 'x' } }, plain.echo, 2)])
    expect(ids).toEqual(jobs.map(({ id }) => id))
    expect([...batches]).toEqual([{ size: 2 }])
    expect(jobs.map(({ headers, tags }) => [headers, tags])).toEqual([
      [{ n: '1' }, ['t']],
      [{ own: 'x', n: '2' }, ['t']],
    ])
    expect(await q.jobIds()).toEqual(ids)
    expect(await q.enqueueMany([])).toEqual([])
  })

  test('that vetoes one call of a batch keeps all of it back', async () => {
    client((job, next) => (job.args[0] === 2 ? undefined : next()))
    const q = h.queue()
    const calls = [call(plain.echo, 1), call(plain.echo, 2), call(plain.echo, 3)]
    await expect(q.enqueueMany(calls)).rejects.toThrow(EnqueueVetoedError)
    expect(await q.isEmpty()).toBe(true)
  })

  test('sees calls of delay() and of the synchronous mode, where next answers the job that ran', async () => {
    const seen: unknown[] = []
    client(async (_, next) => seen.push((await next()).status))
    await delay(plain.nothing, { queue: h.queue() })()
    await new Queue('q', { async: false, prefix: h.prefix }).enqueue(plain.nothing)
    expect(seen).toEqual(['queued', 'finished'])
  })

  test('lets a transaction be the caller’s to commit', async () => {
    client((job, next) => {
      job.headers.via = 'multi'
      return next()
    })
    const q = h.queue()
    const transaction = h.redis.multi()
    const job = await q.with({ transaction }).enqueue(plain.nothing)
    expect(await q.fetchJob(job.id)).toBeNull()
    await transaction.exec()
    expect((await q.fetchJob(job.id))!.headers).toEqual({ via: 'multi' })
  })
})

describe('worker middleware', () => {
  test('wraps a run, and sees the job, its arguments and its result', async () => {
    const seen: unknown[] = []
    worker(async (job: RunningJob, next) => {
      const { id, queue, func, args, attempt, headers, signal } = job
      const same = currentJob() === job
      const result = await next()
      seen.push({ id, queue, func, args, attempt, headers, aborted: signal.aborted, same, result })
    })
    const job = await h
      .queue()
      .with({ headers: { a: '1' } })
      .enqueue(plain.addLater, 1, 2)
    await drain()
    expect(await job.result).toBe(3)
    expect(seen).toEqual([
      {
        id: job.id,
        queue: 'q',
        func: './test/fixtures/tasks#addLater',
        args: [1, 2],
        attempt: 1,
        headers: { a: '1' },
        aborted: false,
        same: true,
        result: 3,
      },
    ])
  })

  test('nests, the first outermost, in every attempt', async () => {
    const order: string[] = []
    for (const name of ['a', 'b']) {
      worker(async (job, next) => {
        order.push(`${name}${job.attempt}`)
        try {
          await next()
        } finally {
          order.push(`/${name}${job.attempt}`)
        }
      })
    }
    await h.queue().with({ retry: 1 }).enqueue(plain.failUntil, 2)
    await drain()
    expect(order).toEqual(['a1', 'b1', '/b1', '/a1', 'a2', 'b2', '/b2', '/a2'])
  })

  test('skips a job, which finishes without a result', async () => {
    worker(() => {})
    const job = await h.queue().enqueue(plain.fail)
    await drain()
    expect(await job.result).toBeUndefined()
    expect((await job.refresh()).status).toBe('finished')
  })

  test('that throws fails the run, and one that catches saves it', async () => {
    const remove = worker(() => {
      throw new RangeError('not today')
    })
    const q = h.queue()
    const failing = await q.enqueue(plain.nothing)
    await drain()
    await expect(failing.result).rejects.toThrow('not today')
    remove()
    worker((_, next) => next().catch(() => {}))
    const saved = await q.enqueue(plain.fail)
    await drain()
    expect(await saved.result).toBeUndefined()
  })

  test('cannot make a job end before its function has', async () => {
    worker((_, next) => void next())
    const job = await h.queue().enqueue(plain.addLater, 20, 22)
    await drain()
    expect(await job.result).toBe(42)
  })

  test('leaves a stack as the task’s author wants it', async () => {
    worker((_, next) => next())
    const job = await h.queue().enqueue(plain.fail)
    await drain()
    await job.refresh()
    expect(job.error!.stack).not.toMatch(/runner|middleware/)
  })

  test('runs in the work-horse, by a module that it has loaded', async () => {
    const q = h.queue()
    // The first job loads it, as `--import` would.
    await q.enqueue(tasks.install)
    const skipped = await q.with({ headers: { skip: '1' } }).enqueue(plain.fail)
    const refused = await q.with({ headers: { refuse: '1' } }).enqueue(plain.echo2, 'a', 'b')
    await h.drain('q', { paths: ['.'], isolation: 'process' })
    expect((await skipped.refresh()).status).toBe('finished')
    await expect(refused.result).rejects.toThrow('refused ./test/fixtures/tasks#echo2 2')
  })
})

describe('use()', () => {
  test('answers what removes it again', async () => {
    const seen: string[] = []
    const note = () => {
      seen.push('called')
    }
    const remove = install({ client: note })
    install({ client: (_, next) => next() })
    remove()
    remove()
    await h.queue().enqueue(plain.nothing)
    expect(seen).toEqual([])
  })

  test('replaces a plugin of the same name in its place', async () => {
    const order: string[] = []
    const named = (name: string, mark: string) =>
      install({
        name,
        client: (_, next) => {
          order.push(mark)
          return next()
        },
      })
    named('one', 'old')
    named('two', 'two')
    named('one', 'new')
    await h.queue().enqueue(plain.nothing)
    expect(order).toEqual(['new', 'two'])
  })

  test.each([[null], [{}], [{ name: 'x' }], [{ client: 'x' }], [{ clint: () => {} }]])(
    'refuses %j',
    (wrong) => {
      expect(() => use(wrong as never)).toThrow(InvalidArgumentError)
    },
  )
})
