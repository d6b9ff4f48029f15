import { describe, expect, test } from 'vitest'
import { call, InvalidJobError, JobCanceledError, JobFailedError } from '../../lib/index.ts'
import { harness, logbook } from '../kit/harness.ts'

const h = harness()

describe.each(['process', 'thread', 'none'] as const)('isolation %s', (isolation) => {
  test('runs jobs, and keeps results and errors', async () => {
    const q = h.queue()
    const good = await q.enqueue('./tasks#add', 2, 3)
    const bad = await q.enqueue('./tasks#fail', 'no luck')
    expect(await h.drain('q', { isolation })).toEqual({ finished: 1, failed: 1, retried: 0, stopped: 0 })
    expect(await good.result).toBe(5)
    const error = (await bad.result.catch((error) => error)) as JobFailedError & { cause: Error }
    expect(error).toBeInstanceOf(JobFailedError)
    expect(error.cause).toMatchObject({
      name: 'TypeError',
      message: 'no luck',
      cause: { message: 'the cause' },
    })
    expect(error.cause.stack).toContain('fixtures/tasks')
    await bad.refresh()
    expect(bad.status).toBe('failed')
    expect(bad.error?.message).toBe('no luck')
  })

  test('a job sees itself, and what it reports is kept', async () => {
    const q = h.queue()
    const job = await q.with({ meta: { from: 'test' } }).enqueue('./tasks#about')
    await h.drain('q', { isolation })
    expect(await job.result).toMatchObject({ id: job.id, queue: 'q', attempt: 1 })
    await job.refresh()
    expect(job.meta).toEqual({ from: 'test', seen: true })
    expect(job.progress).toEqual({ done: 1, of: 2 })
    expect(await job.log()).toEqual(['a line'])
  })

  test('[F3] what cannot be loaded fails its job and nothing else', async () => {
    const q = h.queue()
    const jobs = [
      await q.enqueue('./tasks#noSuchThing'),
      await q.enqueue('./no/such/module#run'),
      await q.enqueue('./broken/syntax#run'),
      await q.enqueue('./broken/throws#run'),
    ]
    const good = await q.enqueue('./tasks#add', 1, 1)
    expect(await h.drain('q', { isolation })).toMatchObject({ finished: 1, failed: 4 })
    for (const job of jobs) {
      const { cause } = (await job.result.catch((error) => error)) as JobFailedError & { cause: Error }
      expect(cause.name).toBe(InvalidJobError.name)
    }
    expect(await good.result).toBe(2)
  })

  test('a job that cancels itself with half an emoji ends, and so do its neighbours', async () => {
    const q = h.queue()
    const job = await q.enqueue('./tasks#withdraw', 'half \ud83d')
    const other = await q.enqueue('./tasks#add', 1, 1)
    await h.drain('q', { isolation })
    expect((await job.refresh()).reason).toBe('half \ufffd')
    expect(await other.result).toBe(2)
  })

  test('[F32] a result that cannot travel leaves the job finished and says why', async () => {
    const q = h.queue()
    const job = await q.enqueue('./tasks#unserializable')
    await h.drain('q', { isolation })
    await job.refresh()
    expect(job.status).toBe('finished')
    await expect(job.result).rejects.toThrow(/return value could not be kept.*callback/)
  })
})

describe.each(['process', 'thread'] as const)('isolation %s bounds its jobs', (isolation) => {
  test('[F19] [rq 61] an endless loop is killed at its timeout, and its neighbours go on', async () => {
    const q = h.queue()
    const endless = await q.with({ timeout: '500ms' }).enqueue('./tasks#spin')
    const others = await Promise.all([1, 2, 3].map((n) => q.enqueue('./tasks#add', n, n)))
    await h.drain('q', { isolation })
    await expect(endless.result).rejects.toThrow(
      /JobTimeoutError: the job exceeded its timeout of 0.5 seconds/,
    )
    expect(await Promise.all(others.map((job) => job.result))).toEqual([2, 4, 6])
    for (const job of others) expect((await job.refresh()).attempt).toBe(1)
  })

  test('a neighbour in the same horse goes back uncounted when the horse is killed', async () => {
    const q = h.queue()
    const held = await q.enqueue('./tasks#hold', h.gate('held'))
    const worker = h.worker('q', { isolation, concurrency: 2, horses: 1, burst: true })
    const running = worker.run()
    await h.reached('held')
    const endless = await q.with({ timeout: '500ms' }).enqueue('./tasks#spin')
    await expect(endless.result).rejects.toThrow(/JobTimeoutError/)
    await h.reached('held')
    await h.open('held')
    expect(await held.result).toBe('let go')
    await running
    expect((await held.refresh()).attempt).toBe(1)
    expect(held.recoveries).toBe(0)
  })

  test('[F2] [rq 62] process.exit fails that job at once, with its code', async () => {
    const q = h.queue()
    const exits = await q.enqueue('./tasks#exit', 3)
    const good = await q.enqueue('./tasks#add', 1, 2)
    await h.drain('q', { isolation })
    await expect(exits.result).rejects.toThrow(/WorkHorseDiedError.*code 3/)
    expect(await good.result).toBe(3)
  })
})

test('[F2] a job that runs out of memory fails, and nothing else', async () => {
  const q = h.queue()
  const eats = await q.enqueue('./tasks#eatMemory')
  const good = await q.enqueue('./tasks#add', 1, 2)
  await h.drain('q', { isolation: 'thread', maxMemoryMb: 64 })
  await expect(eats.result).rejects.toThrow(/memory/)
  expect(await good.result).toBe(3)
})

test('[rq 23] the queues are worked strictly in their order', async () => {
  const [low, high] = [h.queue('low'), h.queue('high')]
  const list = `${h.prefix}:order`
  for (const n of [1, 2]) await low.enqueue('./tasks#note', list, `low ${n}`)
  for (const n of [1, 2]) await high.enqueue('./tasks#note', list, `high ${n}`)
  await h.drain(['high', 'low'])
  expect(await h.redis.lrange(list, 0, -1)).toEqual(['high 1', 'high 2', 'low 1', 'low 2'])
})

test.each([1, 10])('also of jobs so short that they are claimed ahead, %i at once', async (concurrency) => {
  const names = ['high', 'low', 'lowest']
  for (const name of names.toReversed())
    await h.queue(name).enqueueMany(Array.from({ length: 1_500 }, () => call('./tasks#nothing')))
  const worker = h.worker(names, { isolation: 'none', burst: true, concurrency })
  const begun: string[] = []
  worker.on('begin', ({ queue }) => void begun.push(queue))
  await worker.run()
  expect(begun.filter((queue, i) => i === 0 || queue !== begun[i - 1])).toEqual(names)
  expect(begun).toHaveLength(4_500)
})

test('concurrency runs that many at once, and no more', async () => {
  const q = h.queue()
  const jobs = []
  for (const n of [1, 2, 3]) jobs.push(await q.enqueue('./tasks#hold', h.gate(String(n))))
  const worker = h.worker('q', { concurrency: 2, burst: true })
  const running = worker.run()
  await h.reached('1')
  await h.reached('2')
  expect(await h.redis.exists(`${h.gate('3')}:reached`)).toBe(0)
  await h.open('1')
  await h.reached('3')
  await h.open('2')
  await h.open('3')
  await running
  for (const job of jobs) expect(await job.result).toBe('let go')
})

test('retries keep their intervals and every error, then the job fails for good', async () => {
  const q = h.queue()
  const job = await q.with({ retry: { max: 2, interval: ['10ms', '20ms'] } }).enqueue('./tasks#failUntil', 9)
  const worker = h.worker()
  const running = worker.run()
  await expect(job.result).rejects.toThrow(/attempt 3/)
  const runs = await job.runs()
  expect(runs.map(({ attempt, outcome, error }) => [attempt, outcome, error?.message])).toEqual([
    [1, 'failed', 'attempt 1'],
    [2, 'failed', 'attempt 2'],
    [3, 'failed', 'attempt 3'],
  ])
  expect(runs[1]!.startedAt.getTime() - runs[0]!.endedAt!.getTime()).toBeGreaterThanOrEqual(9)
  expect(runs[2]!.startedAt.getTime() - runs[1]!.endedAt!.getTime()).toBeGreaterThanOrEqual(19)
  await worker.stop()
  await running
})

test('a retried job that succeeds is finished, with its attempts counted', async () => {
  const q = h.queue()
  const job = await q.with({ retry: 3 }).enqueue('./tasks#failUntil', 3)
  await h.drain()
  expect(await job.result).toBe(3)
  expect((await job.refresh()).attempt).toBe(3)
})

test('stop() aborts a running job, which ends stopped and is not retried', async () => {
  const q = h.queue()
  const job = await q.with({ retry: 5 }).enqueue('./tasks#hold', h.gate('x'), true)
  const worker = h.worker()
  const running = worker.run()
  await h.reached('x')
  await job.stop()
  await expect(job.result).rejects.toBeInstanceOf(JobCanceledError)
  expect((await job.refresh()).status).toBe('stopped')
  await worker.stop()
  await running
})

test('a warm stop lets the running job end and leaves the rest in its order', async () => {
  const q = h.queue()
  const first = await q.enqueue('./tasks#hold', h.gate('first'))
  const rest = [await q.enqueue('./tasks#add', 1, 1), await q.enqueue('./tasks#add', 2, 2)]
  const worker = h.worker()
  const running = worker.run()
  await h.reached('first')
  const stopping = worker.stop()
  await h.open('first')
  await stopping
  await running
  expect(await first.result).toBe('let go')
  expect(await q.jobIds()).toEqual(rest.map((job) => job.id))
})

test('[F7] a stop that outlasts its timeout gives the job back to the front, uncounted', async () => {
  const q = h.queue()
  const stuck = await q.enqueue('./tasks#hold', h.gate('stuck'), true)
  const next = await q.enqueue('./tasks#add', 1, 1)
  const worker = h.worker('q', { shutdownTimeout: '50ms' })
  const running = worker.run()
  await h.reached('stuck')
  await worker.stop()
  await running
  expect(await q.jobIds()).toEqual([stuck.id, next.id])
  await stuck.refresh()
  expect([stuck.status, stuck.attempt]).toEqual(['queued', 0])
})

test('[F7] a cold stop gives back at once and kills [rq trap]', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#spin')
  const worker = h.worker('q', { isolation: 'process' })
  const running = worker.run()
  await expect.poll(async () => (await job.refresh()).status, { timeout: 20_000 }).toBe('started')
  await worker.stopNow()
  await running
  expect((await job.refresh()).status).toBe('queued')
})

test('[F5] [rq 29] jobs of a worker whose lease ran out are taken back and run elsewhere', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#add', 1, 2)
  const base = h.base('q')
  await h.redis.zpopmin(`${base}queued`)
  await h.redis.hset(`${base}started:dead`, job.id, '1:1')
  await h.redis.hset(`${base}job:${job.id}`, 'st', 'started', 'on', 1, 'w', 'dead')
  await h.redis.zadd(`${base}workers`, 1, 'dead')
  const worker = h.worker()
  const running = worker.run()
  expect(await job.result).toBe(3)
  const runs = await job.runs()
  expect(runs.map((run) => run.outcome)).toEqual(['abandoned', 'finished'])
  expect((await job.refresh()).recoveries).toBe(1)
  await worker.stop()
  await running
})

test('the log reads as RQ users know it', async () => {
  const q = h.queue('low')
  const good = await q.enqueue('./tasks#add', 2, 3)
  const bad = await q.enqueue('./tasks#fail', 'no luck')
  const { logger, text } = logbook()
  await h.drain(['low', 'default'], { logger })
  expect(text()).toContain('RQ worker started, version ')
  expect(text()).toContain('*** Listening on low, default...')
  expect(text()).toContain(`low: tasks.add(2, 3) (${good.id})`)
  expect(text()).toMatch(new RegExp(`low: Job OK \\(${good.id}\\) in \\d\\.\\d{3}s, result = 5`))
  expect(text()).toContain('Result is kept for 500 seconds.')
  expect(text()).toContain(`(${bad.id})`)
  expect(text()).toMatch(/TypeError: no luck\n {4}at fail .*fixtures\/tasks/)
  expect(text()).toContain('[cause]: Error: the cause')
  expect(text()).toContain('Moving job to failed queue.')
  await q.with({ failureTtl: 0 }).enqueue('./tasks#fail', 'no luck')
  const brief = logbook()
  await h.drain('low', { logger: brief.logger })
  expect(brief.text()).toContain('Failed job discarded immediately.')
  expect(brief.text()).not.toContain('failed queue')
})
