import { describe, expect, test } from 'vitest'
import { InvalidArgumentError, UnrecoverableError } from '../../lib/core/errors.ts'
import { requestKind } from '../../lib/core/job-request.ts'
import { checkOptions } from '../../lib/core/options.ts'
import { classNames, describeError } from '../../lib/core/remote-error.ts'
import { checkRepeat, repeatDelay } from '../../lib/core/repeat.ts'
import { checkRetry, type RetryOptions, retries, retryDelay } from '../../lib/core/retry.ts'
import { Retry } from '../../lib/core/retry-request.ts'

/** The waits before the first retries, where the draw is `random`. */
function delays(options: RetryOptions, count = 5, random = 0): number[] {
  const policy = checkRetry(options)
  return Array.from({ length: count }, (_, i) => retryDelay(policy, i + 1, random))
}

describe('the waits between retries', () => {
  test('are none where no interval is given', () => {
    expect(delays({ max: 3 })).toEqual([0, 0, 0, 0, 0])
    expect(retryDelay(checkRetry(3), 2)).toBe(0)
  })

  test('are those of a list in its order, and then its last one [rq trap]', () => {
    expect(delays({ max: 5, interval: [1, '2s', '1m'] })).toEqual([1_000, 2_000, 60_000, 60_000, 60_000])
  })

  test('grow by a factor', () => {
    expect(delays({ max: 5, interval: 3, factor: 2 })).toEqual([3_000, 6_000, 12_000, 24_000, 48_000])
    expect(delays({ max: 5, interval: 1, factor: 1.5 }, 3)).toEqual([1_000, 1_500, 2_250])
  })

  test('grow up to a limit', () => {
    expect(delays({ max: 5, interval: 3, factor: 2, maxInterval: '10s' })).toEqual([
      3_000, 6_000, 10_000, 10_000, 10_000,
    ])
    expect(delays({ max: 2, interval: [1, 100], maxInterval: 5 }, 2)).toEqual([1_000, 5_000])
  })

  test('stay numbers that a clock can hold, however many there are', () => {
    const policy = checkRetry({ max: 100_000, interval: 1, factor: 10 })
    expect(retryDelay(policy, 99_999, 0)).toBe(365 * 86_400_000)
    expect(retryDelay(checkRetry({ max: 9_999, interval: 0, factor: 10 }), 9_999, 0)).toBe(0)
    expect(delays({ max: 2, interval: '400d', factor: 2 }, 2)).toEqual(Array(2).fill(400 * 86_400_000))
  })

  test('[F34] are partly random with jitter: the part that it says, and never longer', () => {
    const options = { max: 3, interval: 60, jitter: 0.5 }
    expect(delays(options, 1, 0)).toEqual([60_000])
    expect(delays(options, 1, 0.5)).toEqual([45_000])
    expect(delays(options, 1, 1)).toEqual([30_000])
    const policy = checkRetry({ max: 3, interval: 60, jitter: 1 })
    const drawn = Array.from({ length: 200 }, () => retryDelay(policy, 1))
    expect(new Set(drawn).size).toBeGreaterThan(100)
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...drawn)).toBeLessThanOrEqual(60_000)
  })
})

describe('which errors are retried', () => {
  class AppError extends Error {}
  class CardError extends AppError {
    readonly code = 'E_CARD'
  }
  class NamedError extends AppError {
    override readonly name = 'PaymentError'
  }
  const judge = (options: Omit<RetryOptions, 'max'>, thrown: unknown) =>
    retries(checkRetry({ max: 1, ...options }), JSON.stringify(describeError(thrown)), classNames(thrown))

  test('all, where nothing is said', () => {
    expect(judge({}, new Error('x'))).toBe(true)
  })

  test.each([
    ['its name', { only: ['PaymentError'] }, new NamedError(), true],
    ['its code', { only: ['E_CARD'] }, new CardError(), true],
    ['a code that is a number', { only: ['429'] }, Object.assign(new Error('x'), { code: 429 }), true],
    ['its class', { only: [CardError] }, new CardError(), true],
    ['a class above its own', { only: [AppError] }, new CardError(), true],
    ['a class by its name', { only: ['AppError'] }, new NamedError(), true],
    ['a built-in class', { only: [TypeError] }, new TypeError('x'), true],
    ['another class', { only: [CardError] }, new AppError(), false],
    ['no class of a text', { only: [AppError] }, 'text', false],
    ['what is excepted', { except: [AppError] }, new CardError(), false],
    ['what is not excepted', { except: ['E_CARD'] }, new AppError(), true],
    [
      'what is excepted of a class that is retried',
      { only: [AppError], except: ['E_CARD'] },
      new CardError(),
      false,
    ],
    ['the rest of that class', { only: [AppError], except: ['E_CARD'] }, new NamedError(), true],
    ['nothing of an empty list', { only: [] }, new AppError(), false],
  ] as const)('by %s', (_, options, thrown, expected) => {
    expect(judge(options, thrown)).toBe(expected)
  })

  test('class names are told nearest first, and only those that say more than the name', () => {
    expect(classNames(new CardError())).toEqual(['CardError', 'AppError'])
    expect(classNames(new NamedError())).toEqual(['NamedError', 'AppError'])
    expect(classNames(new TypeError())).toEqual([])
    expect(classNames(new (class Refused extends UnrecoverableError {})('x'))).toEqual([
      'UnrecoverableError',
      'FunqError',
    ])
    expect([classNames('text'), classNames(null), classNames({}), classNames(new Error())]).toEqual([
      [],
      [],
      [],
      [],
    ])
  })

  test('class names survive what is hostile', () => {
    const self: object = new Proxy({}, { getPrototypeOf: () => self })
    expect(classNames(self).length).toBeLessThanOrEqual(10)
    const throwing = new Proxy(new Error(), {
      getPrototypeOf: () => {
        throw new Error('no')
      },
    })
    expect(classNames(throwing)).toEqual([])
  })
})

describe('options that cannot be used [rq 73]', () => {
  test.each([
    [
      true,
      /retry: expected a number of retries, false for none, or \{ max, interval, … \}, got boolean true/,
    ],
    ['3', /retry: expected a number of retries.*got string 3/],
    [[3], /retry: expected a number of retries.*got object 3/],
    [{ max: 0 }, /retry\.max: expected a whole number of retries, 1 or more, got 0/],
    [{ max: -1 }, /retry\.max/],
    [{ max: 1.5 }, /retry\.max/],
    [{ max: Number.POSITIVE_INFINITY }, /retry\.max/],
    [{}, /retry\.max.*got undefined/],
    [-1, /retry: expected a whole number of retries, 0 or more, got -1/],
    [{ max: 1, interval: -1 }, /retry\.interval/],
    [{ max: 1, interval: [1, -1] }, /retry\.interval/],
    [{ max: 1, interval: [] }, /retry\.interval: expected a duration or a list of them, got an empty list/],
    [{ max: 1, interval: 1, factor: 0.5 }, /retry\.factor: expected a number 1 or more, got 0\.5/],
    [{ max: 1, interval: 1, factor: Number.NaN }, /retry\.factor/],
    [{ max: 1, interval: [1, 2], factor: 2 }, /retry\.factor: expected one interval to multiply, got a list/],
    [{ max: 1, factor: 2 }, /retry\.factor: expected one interval to multiply, got none/],
    [{ max: 1, interval: 1, maxInterval: -1 }, /retry\.maxInterval/],
    [{ max: 1, jitter: 1.1 }, /retry\.jitter: expected a number from 0 to 1, got 1\.1/],
    [{ max: 1, jitter: -0.1 }, /retry\.jitter/],
    [{ max: 1, only: 'Error' }, /retry\.only: expected a list/],
    [{ max: 1, only: [Error] }, /retry\.only: expected a class below Error/],
    [{ max: 1, except: [class extends Error {}] }, /retry\.except: expected an error's name, code or class/],
    [{ max: 1, except: [7] }, /retry\.except/],
    [{ max: 1, atFront: 'yes' }, /retry\.atFront: expected a boolean/],
    [{ max: 1, intervals: 1 }, /unknown option 'retry\.intervals'. Did you mean 'retry\.interval'\?/],
    [null, /retry/],
  ])('retry: %j', (retry, message) => {
    expect(() => checkOptions({ retry } as never)).toThrow(message)
    expect(() => checkOptions({ retry } as never)).toThrow(InvalidArgumentError)
  })

  test.each([
    [0, /repeat: expected a whole number of times, 1 or more, got 0/],
    [{ times: 0 }, /repeat/],
    [{ times: 1.5 }, /repeat/],
    [{}, /repeat.*got undefined/],
    [{ times: 1, interval: -1 }, /repeat\.interval/],
    [{ times: 1, interval: [] }, /repeat\.interval/],
    [{ times: 1, intervall: 1 }, /unknown option 'repeat\.intervall'. Did you mean 'repeat\.interval'\?/],
    [null, /repeat/],
  ])('repeat: %j', (repeat, message) => {
    expect(() => checkOptions({ repeat } as never)).toThrow(message)
  })

  test('no retries at all is a number that says so', () => {
    expect(checkOptions({ retry: 0 })).toEqual({ retry: { max: 0, intervalsMs: [0] } })
  })

  test('what is stored says nothing of defaults', () => {
    expect(checkRetry({ max: 1, atFront: false })).toEqual({ max: 1, intervalsMs: [0] })
    expect(checkRetry({ max: 2, interval: '1m', only: [TypeError, 'E_X'], atFront: true })).toEqual({
      max: 2,
      intervalsMs: [60_000],
      only: ['TypeError', 'E_X'],
      atFront: true,
    })
  })
})

test('the waits between repetitions are in their order, and the last one repeats [rq trap]', () => {
  const policy = checkRepeat({ times: 4, interval: [5, 10, 15] })
  expect([1, 2, 3, 4].map((n) => repeatDelay(policy, n))).toEqual([5_000, 10_000, 15_000, 15_000])
  expect(repeatDelay(checkRepeat(3), 2)).toBe(0)
})

test('none are wanted by false, as by 0', () => {
  expect(checkRetry(false)).toEqual(checkRetry(0))
})

describe('a Retry', () => {
  test('holds what was asked', () => {
    const cause = new Error('c')
    expect(new Retry({ max: 2, in: '5s', atFront: true, reason: 'r', cause })).toMatchObject({
      name: 'Retry',
      max: 2,
      delayMs: 5_000,
      atFront: true,
      message: 'r',
      cause,
    })
    expect(new Retry({ interval: 2 }).delayMs).toBe(2_000)
    expect(new Retry()).toMatchObject({ max: undefined, delayMs: undefined, atFront: undefined, message: '' })
  })

  test.each([
    [{ max: 0 }, /max: expected a whole number of retries, 1 or more, got 0/],
    [{ in: -1 }, /in: expected a duration/],
    [{ interval: -1 }, /interval: expected a duration/],
    [{ interval: [1, 2] }, /interval: expected a duration/],
    [{ in: 1, interval: 1 }, /expected either in or interval/],
    [{ after: 1 }, /unknown option 'after'/],
  ])('refuses %j', (request, message) => {
    expect(() => new Retry(request as never)).toThrow(message)
    expect(() => new Retry(request as never)).toThrow(InvalidArgumentError)
  })

  test('is known by its brand, and nothing else is taken for one', () => {
    expect(requestKind(new Retry())).toBe('retry')
    const ofAnotherCopy = Object.assign(new Error(), { [Symbol.for('funq.request')]: 'retry' })
    expect(requestKind(ofAnotherCopy)).toBe('retry')
    for (const value of [undefined, null, 1, {}, new Error('Retry')])
      expect(requestKind(value)).toBeUndefined()
  })
})
