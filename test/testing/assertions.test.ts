import { AssertionError } from 'node:assert'
import { expect as jestExpect } from 'expect'
import { type Assertion, afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  clock,
  drain,
  type Expected,
  expectEnqueued,
  expectNotEnqueued,
  matchers,
  testing,
} from '../../lib/testing/index.ts'
import '../../lib/testing/vitest.ts'
import { charge, mail, orders, sendMail, signUp } from '../fixtures/shop.ts'
import { add } from '../fixtures/tasks.ts'

beforeEach(async () => {
  testing.fake()
  await clock.set(new Date('2026-03-01T00:00:00Z'))
})
afterEach(() => testing.off())

const letter = { subject: 'welcome', sentAt: new Date(0), to: { name: 'ada', city: 'London' } }

describe('expectEnqueued', () => {
  beforeEach(async () => {
    await mail
      .with({ tags: ['a', 'b'], timeout: '30s', retry: 3, meta: { by: 'me' } })
      .enqueue(sendMail, 'ada', letter)
    await mail.enqueueIn('1h', sendMail, 'bob', { subject: 'reminder' })
    await orders.with({ priority: 3 }).enqueue(charge, 'good')
  })

  test.each<[string, Expected]>([
    ['nothing said', {}],
    ['the arguments', { args: ['ada', letter] }],
    ['a part of an object', { args: ['ada', { to: { name: 'ada' } }] }],
    ['asymmetric matchers', { args: [expect.any(String), expect.objectContaining({ subject: 'welcome' })] }],
    ['those of Jest', { args: [jestExpect.stringMatching(/^a/), jestExpect.anything()] }],
    ['a matcher for all of them', { args: expect.arrayContaining(['ada']) as never }],
    ['the queue', { queue: 'mail' }],
    ['the Queue', { queue: mail }],
    ['some tags', { tags: ['b'] }],
    ['options as they are written', { options: { timeout: 30, retry: 3, meta: { by: 'me' } } }],
    ['a delay', { in: '1h' }],
    ['a delay and how exact it is', { in: { seconds: 3_590, delta: 10 } }],
    ['a time', { at: new Date('2026-03-01T01:00:00Z') }],
    ['a state', { status: 'scheduled' }],
    ['how many', { count: 2 }],
    ['that there is none', { args: ['carl'], count: 0 } as never],
  ])('is met by %s', async (_, expected) => {
    if ('args' in expected && !Array.isArray(expected.args)) {
      await expect(expectEnqueued(sendMail, expected)).rejects.toThrow('args: expected a list')
      return
    }
    await expectEnqueued(sendMail, expected)
    await expectEnqueued('./test/fixtures/shop.ts#sendMail', expected)
  })

  test.each<[string, Expected, string]>([
    [
      'other arguments',
      { args: ['ada', { subject: 'bye' }] },
      "args[1].subject: expected 'bye', got 'welcome'",
    ],
    ['fewer arguments', { args: ['ada'] }, "args: expected [ 'ada' ], got [ 'ada', {"],
    ['a deep difference', { args: ['ada', { to: { city: 'Rome' } }] }, "args[1].to.city: expected 'Rome'"],
    ['another queue', { queue: 'orders' }, "queue: expected 'orders', got 'mail'"],
    ['another tag', { tags: ['b', 'c'] }, "tags: expected [ 'b', 'c' ], got [ 'a', 'b' ]"],
    ['another option', { options: { timeout: '1m' } }, 'options.timeoutMs: expected 60000, got 30000'],
    ['another delay', { in: '2h' }, "in: expected '7200 s', got '3600 s'"],
    ['too exact a delay', { in: { seconds: 3_590, delta: 5 } }, "in: expected '3590 s', got '3600 s'"],
    ['another time', { at: 0 }, 'at: expected 1970-01-01T00:00:00.000Z, got 2026-03-01T01:00:00.000Z'],
    ['another state', { status: 'finished' }, "status: expected 'finished', got 'queued'"],
    [
      'another number',
      { count: 3 },
      'expected 3 jobs of ./test/fixtures/shop#sendMail to be enqueued, got 2',
    ],
  ])('is not met by %s', async (_, expected, message) => {
    const error = await expectEnqueued(sendMail, expected).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(AssertionError)
    expect(error.message).toContain(message)
    await expectNotEnqueued(sendMail, { ...expected, count: undefined } as never).catch((thrown) => {
      expect(expected.count).toBe(3)
      expect(thrown).toBeInstanceOf(AssertionError)
    })
  })

  test('shows the nearest misses first, and a comparison for the test runner', async () => {
    const error = await expectEnqueued(sendMail, {
      args: ['bob', { subject: 'remind' }],
      queue: 'mail',
    }).catch((thrown) => thrown)
    expect(error.message.replace(/job [\w-]{36}/g, 'job …')).toBe(
      `expected a job of ./test/fixtures/shop#sendMail to be enqueued with { queue: 'mail', args: [ 'bob', { subject: 'remind' } ] }, got none
nearest: job … in queue mail (scheduled)
  args[1].subject: expected 'remind', got 'reminder'
then: job … in queue mail (queued)
  args[0]: expected 'bob', got 'ada'
  args[1].subject: expected 'remind', got 'welcome'`,
    )
    expect(error.expected).toEqual({
      func: './test/fixtures/shop#sendMail',
      queue: 'mail',
      args: ['bob', { subject: 'remind' }],
    })
    expect(error.actual).toEqual({
      func: './test/fixtures/shop#sendMail',
      queue: 'mail',
      args: ['bob', { subject: 'reminder' }],
    })
  })

  test('of another function it shows what there is', async () => {
    await expect(expectEnqueued(add)).rejects.toThrow(
      /to be enqueued, got none\nenqueued were:\n {2}\.\/test\/fixtures\/shop#sendMail\('ada', \{.*\n.*\n {2}\.\/test\/fixtures\/shop#charge\('good'\) in queue orders \(queued\)$/,
    )
    await expect(expectEnqueued('./test/fixtures/shop#sendMial')).rejects.toThrow(
      "Did you mean './test/fixtures/shop#sendMail'?",
    )
    testing.off()
    testing.fake()
    await expect(expectEnqueued(add)).rejects.toThrow('nothing was enqueued at all')
  })

  test('gives the job, whatever became of it', async () => {
    await drain()
    const job = await expectEnqueued(charge, { args: ['good'] })
    expect([job.status, (await job.result) satisfies number]).toEqual(['finished', 100])
    await expectEnqueued(charge, { status: 'finished' })
  })

  test('a job as an argument is known by its id', async () => {
    const [a, b] = await orders.enqueueMany([
      { func: add, args: [1, 2], options: {} },
      { func: add, args: [3, 4], options: {} },
    ])
    await orders.enqueue(add, a as never, 5)
    await expectEnqueued(add, { args: [a, 5] })
    await expectNotEnqueued(add, { args: [b, 5] })
  })

  test.each<[object, string]>([
    [{ arg: ['ada'] }, "Did you mean 'args'?"],
    [{ status: 'done' }, 'status: expected one of'],
    [{ options: { timout: 1 } }, "Did you mean 'timeout'?"],
    [{ count: -1 }, 'count: expected a whole number'],
    [{ in: { second: 3 } }, "Did you mean 'in.seconds'?"],
    [{ queue: 'a b' }, 'queue name: expected'],
  ])('refuses %j', async (expected, message) => {
    await expect(expectEnqueued(sendMail, expected)).rejects.toThrow(message)
  })
})

test('expectNotEnqueued names what is there after all', async () => {
  await signUp('ada')
  await expectNotEnqueued(sendMail, { args: ['bob', expect.anything()] })
  await expect(expectNotEnqueued(sendMail, { in: '1d' })).rejects.toThrow(
    /expected no job of \.\/test\/fixtures\/shop#sendMail to be enqueued with \{ in: '1d' \}, got 1:\n {2}\.\/test/,
  )
})

describe.each([
  ['Vitest', expect as unknown as typeof jestExpect],
  ['Jest', jestExpect],
])('the matchers in %s', (_, expectIn) => {
  beforeEach(async () => {
    expectIn.extend(matchers as never)
    await signUp('ada')
  })
  const given = (value: unknown) => expectIn(value) as unknown as Assertion

  test('are met', async () => {
    await given(mail).toHaveEnqueued(sendMail, { args: ['ada', { subject: 'welcome' }] })
    await given('mail').toHaveEnqueuedTimes(2)
    await given(testing).toHaveEnqueuedTimes(1, sendMail, { tags: ['drip'] })
    await given(sendMail).toHaveBeenEnqueuedWith('ada', { subject: 'welcome' })
    await given(orders).not.toHaveEnqueued(sendMail)
    await given(sendMail).not.toHaveBeenEnqueuedWith('bob')
  })

  test('fail with the reason', async () => {
    await expect(given(mail).toHaveEnqueued(sendMail, { args: ['bob', {}] })).rejects.toThrow(
      "args[0]: expected 'bob', got 'ada'",
    )
    await expect(given(mail).toHaveEnqueuedTimes(3)).rejects.toThrow('expected 3 jobs of any function')
    await expect(given(mail).not.toHaveEnqueued(sendMail)).rejects.toThrow('expected no job of')
    await expect(given(sendMail).toHaveBeenEnqueuedWith('ada')).rejects.toThrow("args: expected [ 'ada' ]")
    await expect(given(7).toHaveEnqueued(sendMail)).rejects.toThrow('to be given a Queue')
    await expect(given(7).toHaveBeenEnqueuedWith()).rejects.toThrow('to be given a function')
  })
})
