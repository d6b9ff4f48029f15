import { expect, test } from 'vitest'
import { harness, logbook } from '../kit/harness.ts'

const h = harness()
const told = (id: string) => h.redis.lrange(`handled:${id}`, 0, -1)

test('[rq 64] handlers run in their order, what is no explicit false goes on, false ends them', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#fail', 'no luck')
  await h.drain('q', {
    exceptionHandlers: ['first', 'second', 'stops', 'second'].map((name) => `./handlers#${name}`),
  })
  expect(await told(job.id)).toEqual([
    `first ./tasks#fail 1 TypeError in ${process.pid}`,
    'second TypeError: no luck',
    'stops',
  ])
  expect((await job.refresh()).status).toBe('failed')
})

test('they run in a work-horse, never in the supervisor', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#fail')
  await h.drain('q', { isolation: 'process', exceptionHandlers: ['./handlers#first'] })
  const [line] = await told(job.id)
  expect(line).toMatch(/ in \d+$/)
  expect(line).not.toContain(` in ${process.pid}`)
})

test.each(['process', 'thread'] as const)(
  'a timeout and the death of a horse are told to handlers, in a %s too [rq trap]',
  async (isolation) => {
    const q = h.queue()
    const slow = await q.with({ timeout: '300ms' }).enqueue('./tasks#spin')
    const dead = await q.enqueue('./tasks#exit', 3)
    await h.drain('q', { isolation, exceptionHandlers: ['./handlers#second'] })
    expect((await told(slow.id))[0]).toContain('second JobTimeoutError: ')
    expect((await told(dead.id))[0]).toContain('second WorkHorseDiedError: ')
    for (const job of [slow, dead]) expect((await job.refresh()).status).toBe('failed')
  },
)

test('they hear of meta as it was given, and of a job whose meta cannot be decoded', async () => {
  const q = h.queue()
  const job = await q.with({ meta: { at: new Date(0) } }).enqueue('./tasks#fail')
  const damaged = await q.enqueue('./tasks#fail')
  await h.redis.hset(`${h.base('q')}job:${damaged.id}`, 'meta', 'S{')
  await h.drain('q', { exceptionHandlers: ['./handlers#meta'] })
  expect(await told(job.id)).toEqual(['meta { at: 1970-01-01T00:00:00.000Z }'])
  expect(await told(damaged.id)).toEqual(['meta {}'])
})

test('a run that is retried is told as well, before the next', async () => {
  const q = h.queue()
  const job = await q.with({ retry: 2 }).enqueue('./tasks#failUntil', 3)
  await h.drain('q', { exceptionHandlers: ['./handlers#second'] })
  expect(await told(job.id)).toEqual(['second Error: attempt 1', 'second Error: attempt 2'])
  expect(await job.result).toBe(3)
})

test('a handler that throws is logged, the next one runs, and the job has failed by its own error', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#fail', 'no luck')
  const { logger, text } = logbook()
  await h.drain('q', { logger, exceptionHandlers: ['./handlers#throws', './no#such', './handlers#second'] })
  expect(text()).toContain('the exception handler ./handlers#throws threw: RangeError: the handler failed')
  expect(text()).toContain('the exception handler ./no#such threw: ')
  expect(await told(job.id)).toEqual(['second TypeError: no luck'])
  expect((await job.refresh()).error?.message).toBe('no luck')
})

test('a handler that ends its work-horse changes nothing for the job, nor for its neighbours', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#fail', 'no luck')
  const others = await Promise.all([1, 2, 3].map((n) => q.enqueue('./tasks#add', n, n)))
  const { logger, text } = logbook()
  await h.drain('q', { isolation: 'process', logger, exceptionHandlers: ['./handlers#dies'] })
  expect(text()).toContain('the exception handlers ended their work-horse')
  expect((await job.refresh()).error?.message).toBe('no luck')
  expect(await Promise.all(others.map((other) => other.result))).toEqual([2, 4, 6])
})

test('a success is told to nobody', async () => {
  const job = await h.queue().enqueue('./tasks#add', 1, 1)
  await h.drain('q', { exceptionHandlers: ['./handlers#first'] })
  expect(await told(job.id)).toEqual([])
})

test('[rq 65] with the default handler disabled a failed job is not in the failed registry', async () => {
  const q = h.queue()
  const job = await q.enqueue('./tasks#fail')
  expect(
    await h.drain('q', { disableDefaultExceptionHandler: true, exceptionHandlers: ['./handlers#second'] }),
  ).toMatchObject({ failed: 1 })
  expect(await told(job.id)).toHaveLength(1)
  expect(await q.count('failed')).toBe(0)
  expect(await q.fetchJob(job.id)).toBeNull()
})

test('a handler that no work-horse could import is refused at the start', async () => {
  await expect(h.worker('q', { exceptionHandlers: [() => {}] }).run()).rejects.toMatchObject({
    code: 'UNNAMABLE_FUNCTION',
  })
})

test('several failure backends hear of one failure, whatever one of them throws, and can tell the last', async () => {
  const q = h.queue()
  const log = logbook()
  const job = await q.with({ retry: 1 }).enqueue('./tasks#fail', 'no luck')
  await h.drain('q', {
    logger: log.logger,
    exceptionHandlers: ['throws', 'final', 'second'].map((name) => `./handlers#${name}`),
  })
  expect(await told(job.id)).toEqual([
    'second TypeError: no luck',
    'final 2 no luck',
    'second TypeError: no luck',
  ])
  expect(log.text()).toContain(
    'the exception handler ./handlers#throws threw: RangeError: the handler failed',
  )
  expect((await job.refresh()).status).toBe('failed')
})
