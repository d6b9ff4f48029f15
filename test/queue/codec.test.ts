import { describe, expect, test } from 'vitest'
import { groupFollowUpId } from '../../lib/core/follow-ups.ts'
import {
  type Codec,
  Cron,
  call,
  chain,
  chord,
  Group,
  InvalidArgumentError,
  InvalidJobError,
  Job,
  JobFailedError,
  Queue,
  type QueueOptions,
  SerializationError,
  type WorkerOptions,
} from '../../lib/index.ts'
import { codec, other, readOnly, reversed } from '../fixtures/codec.ts'
import { harness, logbook, REDIS_URL } from '../kit/harness.ts'
import { scan } from '../kit/keyspace.ts'

const h = harness()
const HIDDEN = 'nobody-may-read-this'
const NAMED = './codec#codec'

const queue = (options: QueueOptions = {}, name = 'q') => h.queue(name, { codec, ...options })
const drain = (options: WorkerOptions = {}) => h.drain('q', { codec: NAMED, ...options })
const place = () => ({ connection: REDIS_URL, prefix: h.prefix, codec })

/** Everything that Redis holds of this test. */
async function dump(): Promise<string> {
  const keys = await scan(h.redis, h.prefix)
  const reads: Record<string, (key: string) => Promise<unknown>> = {
    hash: (key) => h.redis.hgetall(key),
    list: (key) => h.redis.lrange(key, 0, -1),
    set: (key) => h.redis.smembers(key),
    string: (key) => h.redis.get(key),
    zset: (key) => h.redis.zrange(key, '0', '-1'),
  }
  const all = await Promise.all(keys.map(async (key) => [key, await reads[await h.redis.type(key)]?.(key)]))
  return JSON.stringify(all)
}

describe('with a codec', () => {
  test.each(['process', 'thread', 'none'] as const)(
    'arguments and results are readable to queues and jobs, not in Redis and not in the log (isolation %s)',
    async (isolation) => {
      const { text, logger } = logbook()
      const job = await queue().enqueue('./tasks#echo', { word: HIDDEN, at: new Date(0) })
      expect(await dump()).not.toContain(HIDDEN)
      const running = drain({ isolation, logger })
      expect(await job.result).toEqual({ word: HIDDEN, at: new Date(0) })
      await running
      expect(await dump()).not.toContain(HIDDEN)
      expect(text()).toContain('tasks.echo(encoded)')
      expect(text()).toContain('result = (encoded)')
      expect(text()).not.toContain(HIDDEN)
      const again = await Job.fetch(job.id, place())
      expect(again.args).toEqual([{ word: HIDDEN, at: new Date(0) }])
      expect(await again.returnValue()).toEqual({ word: HIDDEN, at: new Date(0) })
      expect((await again.latestRun())?.result).toEqual({ word: HIDDEN, at: new Date(0) })
    },
  )

  test('parents’ results come as arguments, by futures, chains and chords', async () => {
    const q = queue()
    const first = await q.enqueue('./tasks#echo', HIDDEN)
    const child = await q.enqueue('./tasks#echo2', first, HIDDEN)
    const [, last] = await chain(q, call('./tasks#add', 1, 2), (before) => call('./tasks#add', before, 4))
    const total = await chord(
      q,
      [1, 2, 3].map((n) => call('./tasks#echo', n)),
      (parts) => call('./tasks#sum', ...parts),
    )
    await drain()
    expect(await Promise.all([child, last, total].map((job) => job.result))).toEqual([HIDDEN, 7, 6])
    expect((await child.dependencies())[0]?.result).toBe(HIDDEN)
    expect(await dump()).not.toContain(HIDDEN)
  })

  test('callbacks and exception handlers are told what the job was given and returned', async () => {
    const q = queue()
    const job = await q.with({ onSuccess: './callbacks#told' }).enqueue('./tasks#echo', HIDDEN)
    await drain()
    const [id] = (await q.jobIds('finished')).filter((each) => each !== job.id)
    const callback = await q.fetchJob(id!)
    expect(await callback?.result).toMatchObject({ job: { args: [HIDDEN] }, value: HIDDEN })
    const failing = await q.enqueue('./tasks#fail', 'with words')
    await drain({ exceptionHandlers: ['./handlers#args'] })
    expect(await h.redis.lrange(`handled:${failing.id}`, 0, -1)).toEqual(['args ["with words"]'])
    expect(await dump()).not.toContain(HIDDEN)
  })

  test('retries, repetitions, requeues and moves keep what they need', async () => {
    const q = queue()
    const retried = await q.with({ retry: 2 }).enqueue('./tasks#failUntil', 3)
    const repeated = await q.with({ repeat: 1 }).enqueue('./tasks#echo', HIDDEN)
    const failed = await q.enqueue('./tasks#fail', 'twice')
    const moved = await (await q.enqueue('./tasks#add', 1, 2)).moveTo('other')
    await drain()
    expect(await retried.result).toBe(3)
    expect((await repeated.runs()).map(({ result }) => result)).toEqual([HIDDEN, HIDDEN])
    await failed.requeue()
    await drain()
    expect(failed.args).toEqual(['twice'])
    await h.drain('other', { codec: NAMED })
    expect(await moved.result).toBe(3)
    expect((await failed.runs()).map(({ error }) => error?.message)).toEqual(['twice', 'twice'])
  })

  test.each(['process', 'none'] as const)(
    'the values of steps and checkpoints are there in the next run, and not in Redis (isolation %s)',
    async (isolation) => {
      const job = await queue().with({ retry: 1 }).enqueue('./step-tasks#remembers', HIDDEN)
      await drain({ isolation })
      expect(await job.result).toEqual([{ text: HIDDEN, at: new Date(7) }, HIDDEN, { text: HIDDEN }])
      const kept = await h.redis.hgetall(`${h.base('q')}steps:${job.id}`)
      expect(Object.keys(kept).sort()).toEqual([':checkpoint', 'first', 'second'])
      for (const text of Object.values(kept)) expect(text).toMatch(/^C;/)
      expect(await dump()).not.toContain(HIDDEN)
    },
  )

  test('the value of a step that was put in the place of another fails the job', async () => {
    const job = await queue().enqueue('./step-tasks#remembers', HIDDEN)
    await drain()
    const steps = `${h.base('q')}steps:${job.id}`
    await h.redis.hset(steps, 'first', (await h.redis.hget(steps, 'second'))!)
    await job.requeue()
    await drain()
    await expect(job.result).rejects.toThrow(`the codec cannot decode the step ${job.id}:first`)
  })

  test('members of a group are read by it', async () => {
    const group = await Group.create({ ...place(), onComplete: './callbacks#summary', queue: 'q' })
    await group.enqueueMany(queue(), [call('./tasks#echo', HIDDEN)])
    await group.seal()
    await drain()
    const fetched = await Group.fetch(group.id, place())
    const [member] = await fetched.jobs()
    expect([member?.args, await member?.result]).toEqual([[HIDDEN], HIDDEN])
    expect(
      await queue()
        .fetchJob(groupFollowUpId(await fetched.progress()))
        .then((job) => job?.result),
    ).toMatchObject({
      finished: 1,
    })
  })

  test('cron entries are the same when they are registered again, and their jobs run', async () => {
    await using cron = new Cron(place())
    const entry = {
      name: 'nightly',
      every: '1d',
      func: './tasks#echo',
      args: [HIDDEN] as unknown[],
      queue: 'q',
    } as const
    expect((await cron.register(entry)).args).toEqual([HIDDEN])
    expect(await cron.sync([entry])).toMatchObject({ kept: ['nightly'] })
    expect(await dump()).not.toContain(HIDDEN)
    const slot = h.queue()
    const worker = h.worker('q', { codec: NAMED })
    const running = worker.run()
    await expect.poll(() => slot.jobIds('finished'), { timeout: 15_000 }).toHaveLength(1)
    const now = await cron.run('nightly')
    expect(now.args).toEqual([HIDDEN])
    expect(await now.result).toBe(HIDDEN)
    await worker.stop()
    await running
    // Without the codec the rest of the entry can be seen.
    await using blind = new Cron({ connection: REDIS_URL, prefix: h.prefix })
    expect(JSON.parse(JSON.stringify(await blind.fetch('nightly')))).toMatchObject({
      name: 'nightly',
      args: { unreadable: expect.stringContaining('went through a codec') },
    })
  })

  test.each([
    ['in memory', () => ({ prefix: h.prefix })],
    ['on Redis', () => ({ prefix: h.prefix, connection: REDIS_URL })],
  ])('a synchronous queue passes its jobs through it (%s)', async (_, where) => {
    const seen: string[] = []
    const spy: Codec = {
      encode: (text, at) => {
        seen.push(at.split(':')[0]!)
        return codec.encode(text, at)
      },
      decode: codec.decode,
    }
    await using q = new Queue('q', { async: false, codec: spy, ...where() })
    const first = await q.enqueue('./test/fixtures/tasks#echo', HIDDEN)
    const next = await q.enqueue('./test/fixtures/tasks#echo2', first, 'x')
    expect([await first.result, await next.result, first.args]).toEqual([HIDDEN, HIDDEN, [HIDDEN]])
    expect(seen).toEqual(['args', 'result', 'args', 'result'])
    expect(await dump()).not.toContain(HIDDEN)
  })

  test('signatures are of what stands in Redis', async () => {
    const secret = 'a secret of the shop 1'
    const job = await queue({ secret }).enqueue('./tasks#echo', HIDDEN)
    await drain({ secret })
    expect(await job.result).toBe(HIDDEN)
  })

  test('one of your own may say what it likes, on one line', async () => {
    const q = queue({ codec: reversed })
    const job = await q.enqueue('./tasks#echo', HIDDEN)
    await drain({ codec: './codec#reversed' })
    expect(await job.result).toBe(HIDDEN)
    const bad = (encode: (text: string) => unknown) =>
      h
        .queue('q', { codec: { encode: encode as Codec['encode'], decode: (text) => text } })
        .enqueue('./tasks#nothing')
    await expect(bad((text) => `${text}\n`)).rejects.toThrow('a line break')
    await expect(bad(async (text) => text)).rejects.toThrow('got a promise')
    await expect(bad(() => readOnly.encode('', ''))).rejects.toThrow(SerializationError)
  })

  test('a result that it cannot encode leaves the job finished, and says why', async () => {
    const job = await queue().enqueue('./tasks#echo', HIDDEN)
    await drain({ codec: './codec#readOnly' })
    await expect(job.result).rejects.toThrow('no key to write with')
    expect((await job.refresh()).status).toBe('finished')
  })

  test('what stood in Redis before there was one is run', async () => {
    const job = await h.queue().enqueue('./tasks#echo', 'old')
    await drain()
    expect(await (await Job.fetch(job.id, place())).result).toBe('old')
    await expect(job.result).rejects.toThrow('went through a codec')
  })
})

describe('without the right codec', () => {
  test('a worker that has none does not run the job, and says what to do', async () => {
    const job = await queue().enqueue('./tasks#hold', h.gate('never'))
    await h.drain()
    await expect(job.result).rejects.toThrow(JobFailedError)
    expect((await job.refresh()).error).toMatchObject({
      name: 'InvalidJobError',
      message: expect.stringMatching(/went through a codec, and there is none here.*--codec/),
    })
  })

  test.each([undefined, './codec#other'])(
    'with unknownFunction: requeue the job waits for a worker that can read it (%s)',
    async (named) => {
      const job = await queue().enqueue('./tasks#echo', HIDDEN)
      const blind = h.worker('q', { unknownFunction: 'requeue', ...(named && { codec: named }) })
      const running = blind.run()
      await expect.poll(async () => (await job.refresh()).status).toBe('scheduled')
      await blind.stop()
      await running
      expect(job.attempt).toBe(0)
      const able = h.worker('q', { codec: NAMED })
      const ran = able.run()
      expect(await job.result).toBe(HIDDEN)
      await able.stop()
      await ran
    },
  )

  test('old secrets decrypt while they are rotated', async () => {
    const old = await queue().enqueue('./tasks#echo', HIDDEN)
    await drain({ codec: './codec#rotated' })
    await expect(old.result).rejects.toThrow('a secret that is not known here')
    expect(await (await Job.fetch(old.id, { ...place(), codec: other })).result).toBe(HIDDEN)
  })

  test.each([
    [
      'another job’s arguments',
      async (_: string, from: string) => h.redis.hget(`${h.base('q')}job:${from}`, 'args'),
    ],
    [
      'changed text',
      async (id: string) =>
        (await h.redis.hget(`${h.base('q')}job:${id}`, 'args'))!.replace(/.(?=.{4}$)/, (last) =>
          last === 'A' ? 'B' : 'A',
        ),
    ],
    [
      'text that says it is a cron entry’s',
      async (id: string) =>
        (await h.redis.hget(`${h.base('q')}job:${id}`, 'args'))!.replace('C;', 'Ccron-nightly;'),
    ],
    ['no text', async () => 'C;'],
    ['a mark inside a mark', async () => `C;${reversed.encode('C;x', '')}`],
  ] as const)('%s fails the job, which does not run', async (_, text) => {
    const q = queue()
    const [job, from] = await q.enqueueMany([call('./tasks#hold', h.gate('x')), call('./tasks#nothing')])
    await h.redis.hset(`${h.base('q')}job:${job.id}`, 'args', (await text(job.id, from.id))!)
    await drain()
    const { error, status } = await job.refresh()
    expect([status, error?.name]).toEqual(['failed', 'InvalidJobError'])
    expect(await h.redis.exists(`${h.gate('x')}:reached`)).toBe(0)
    expect(() => job.args).toThrow(InvalidJobError)
  })

  test('a result that was taken from another job is refused by whoever reads it, and by whoever takes it as an argument', async () => {
    const q = queue()
    const [one, two] = await q.enqueueMany([call('./tasks#echo', 'one'), call('./tasks#echo', 'two')])
    await drain()
    const result = await h.redis.hget(`${h.base('q')}job:${two.id}`, 'res')
    await h.redis.hset(`${h.base('q')}job:${one.id}`, 'res', result!)
    await expect(one.result).rejects.toThrow('that of another job')
    const child = await q.enqueue('./tasks#echo', one)
    await drain()
    await expect(child.result).rejects.toThrow('that of another job')
  })

  test.each(['process', 'thread', 'none'] as const)(
    'a worker whose codec cannot be loaded ends, says why, and leaves the jobs alone (isolation %s)',
    async (isolation) => {
      const job = await queue().enqueue('./tasks#nothing')
      await expect(drain({ isolation, codec: './codec#missing' })).rejects.toThrow(
        /codec '\.\/codec#missing'/,
      )
      expect((await job.refresh()).status).toBe('queued')
    },
    // A horse is started three times.
    90_000,
  )

  test('what is no codec is refused at once, or as the work-horse loads it', async () => {
    await queue().enqueue('./tasks#nothing')
    const run = drain({ codec: './codec#notOne' })
    await expect(run).rejects.toThrow(/expected an object with encode/)
    expect(() => h.queue('q', { codec: {} as Codec })).toThrow(InvalidArgumentError)
    expect(() => h.worker('q', { codec: codec as unknown as string })).toThrow(
      "as './codec#codec', got object",
    )
    expect(() => h.worker('q', { codec: 'codec' })).toThrow("it has no '#'")
  })
})
