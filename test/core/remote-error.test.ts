import { describe, expect, test } from 'vitest'
import { describeError, reviveError } from '../../lib/core/remote-error.ts'

/** As it would travel: what is not JSON would be lost here. */
function travel(thrown: unknown): Error {
  return reviveError(JSON.parse(JSON.stringify(describeError(thrown))))
}

describe('an error that travelled', () => {
  test('shows its name, message, stack, code and causes', () => {
    const root = Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' })
    const error = new TypeError('no user', { cause: root })
    const revived = travel(error)
    expect(revived).toBeInstanceOf(Error)
    expect(revived).toMatchObject({ name: 'TypeError', message: 'no user', stack: error.stack })
    expect(revived.cause).toBeInstanceOf(Error)
    expect(revived.cause).toMatchObject({
      message: 'connect failed',
      code: 'ECONNREFUSED',
      stack: root.stack,
    })
  })

  test('keeps the errors of an AggregateError', () => {
    const revived = travel(new AggregateError([new RangeError('a'), 'b'], 'both failed'))
    expect(revived).toBeInstanceOf(AggregateError)
    expect((revived as AggregateError).errors).toMatchObject([
      { name: 'RangeError', message: 'a' },
      { message: 'thrown: b' },
    ])
  })

  test('with half an emoji is made whole', () => {
    expect(travel(new Error(`${'x'.repeat(9_999)}😀`)).message).toBe(
      `${'x'.repeat(9_999)}\ufffd… (10001 characters)`,
    )
  })

  test('prints as the remote one does', () => {
    expect(String(travel(new SyntaxError('bad')))).toBe('SyntaxError: bad')
  })
})

describe('describing what was thrown', () => {
  test.each([
    ['a string', 'boom', 'thrown: boom'],
    ['nothing', undefined, 'thrown: undefined'],
    ['null', null, 'thrown: null'],
    ['a number', 42, 'thrown: 42'],
    ['a symbol', Symbol('s'), 'thrown: Symbol(s)'],
    ['a plain object', { reason: 'x' }, "thrown: { reason: 'x' }"],
  ])('takes %s for an error without a stack', (_, thrown, message) => {
    expect(describeError(thrown)).toEqual({ name: 'Error', message })
  })

  test('takes an object with a message for an error', () => {
    expect(describeError({ name: 'Odd', message: 'odd', code: 7 })).toEqual({
      name: 'Odd',
      message: 'odd',
      code: 7,
    })
  })

  test('survives getters that throw', () => {
    const error = new Error('kept')
    for (const key of ['stack', 'name', 'cause', 'code', 'errors']) {
      Object.defineProperty(error, key, {
        get() {
          throw error
        },
      })
    }
    expect(describeError(error)).toEqual({ name: 'Error', message: 'kept' })
  })

  test('survives proxies that throw at every touch, revoked ones and objects that refuse to be shown', () => {
    const throwAlways = () => {
      throw new Error('hands off')
    }
    const traps = new Proxy({}, { get: () => throwAlways })
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    const hostile = [
      new Proxy({}, traps),
      revoked.proxy,
      { [Symbol.toPrimitive]: throwAlways, toJSON: throwAlways },
    ]
    for (const thrown of hostile) expect(describeError(thrown).message).toMatch(/^thrown: /)
  })

  test('cuts long texts and says how long they were', () => {
    const { message, stack } = describeError(new Error('x'.repeat(50_000)))
    expect(message).toHaveLength('… (50000 characters)'.length + 10_000)
    expect(message).toMatch(/x… \(50000 characters\)$/)
    expect(stack!.length).toBeLessThan(10_100)
  })

  test('follows a cycle of causes, or a forest of errors, no further than ten errors', () => {
    const cycle = new Error('round')
    cycle.cause = cycle
    expect(count(cycle)).toBe(10)
    const forest = new AggregateError(Array.from({ length: 1_000 }, () => new AggregateError([1, 2, 3])))
    expect(count(forest)).toBe(10)
    expect(count({ message: 'odd', errors: { length: 1e9 } })).toBe(10)
  })
})

function count(thrown: unknown): number {
  return JSON.stringify(describeError(thrown)).split('"message"').length - 1
}
