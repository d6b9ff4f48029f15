import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { InvalidJobError, PayloadTooLargeError, SerializationError } from '../../lib/core/errors.ts'
import { checkSize, decode, encode } from '../../lib/core/payload.ts'

const roundTrip = (value: unknown) => decode(encode(value, 'args'))

describe('plain data is plain JSON', () => {
  test.each([
    [[{ url: 'http://example.com' }]],
    [null],
    [''],
    [0],
    [[1.5, true, null, 'S']],
    [{ constructor: 1 }],
  ])('%j', (value) => {
    expect(encode(value, 'args')).toBe(JSON.stringify(value))
    expect(roundTrip(value)).toEqual(value)
  })

  test('undefined is the empty text', () => {
    expect(encode(undefined, 'result')).toBe('')
    expect(decode('')).toBe(undefined)
  })
})

describe('what JSON cannot carry comes back as it was', () => {
  test.each([
    ['a Date', new Date(0)],
    ['an invalid Date', new Date(Number.NaN)],
    [
      'a Map',
      new Map<unknown, unknown>([
        ['a', 1],
        [{ b: 2 }, new Date(1)],
      ]),
    ],
    ['a Set', new Set([1, 'a', 2n])],
    ['a bigint', 2n ** 80n],
    ['undefined within', [undefined, { a: undefined }]],
    ['a URL', new URL('http://example.com/a?b#c')],
    ['a RegExp', /a\/b/gi],
    ['NaN, the infinities and -0', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]],
    ['bytes', new Uint8Array([0, 127, 255])],
    ['a Buffer', Buffer.from('grüße')],
    ['floats that JSON does not know', new Float64Array([Number.NaN, Number.POSITIVE_INFINITY, -0])],
    ['64-bit integers', new BigUint64Array([2n ** 64n - 1n])],
    ['an ArrayBuffer', new Uint8Array([1, 2]).buffer],
    ['an error with a cause', new TypeError('wrong', { cause: new Error('deeper') })],
    ['keys with dots and backslashes', { 'a.b': { '\\.': new Date(0) }, '': 1n }],
  ])('%s', (_, value) => {
    expect(encode(value, 'args')).toMatch(/^S/)
    expect(roundTrip(value)).toEqual(value)
    expect(Object.getPrototypeOf(roundTrip(value))).toBe(Object.getPrototypeOf(value))
  })

  test('an error keeps its stack and what was set on it, and loses an unregistered class', () => {
    class HttpError extends Error {
      override name = 'HttpError'
      readonly status = 404
    }
    const error = new HttpError('not found')
    const back = roundTrip(error) as HttpError
    expect(back).toBeInstanceOf(Error)
    expect(back).toMatchObject({ name: 'HttpError', message: 'not found', status: 404, stack: error.stack })
  })

  test('a shared object is shared again, a cycle is a cycle again', () => {
    const shared = { n: 1 }
    const [a, b] = roundTrip([shared, { shared }]) as [object, { shared: object }]
    expect(b.shared).toBe(a)
    const parent: Record<string, unknown> = { children: [] }
    parent.children = [{ parent }, { parent }]
    const back = roundTrip(parent) as { children: { parent: unknown }[] }
    expect(back.children.map((child) => child.parent === back)).toEqual([true, true])
  })
})

describe('what cannot travel is refused with its path and what to do', () => {
  class User {}
  const member = { n: 1 }
  const cyclic = new Error('cyclic') as Error & { self?: unknown }
  cyclic.self = cyclic
  let deep: unknown = 1
  for (let i = 0; i < 10_000; i++) deep = [deep]

  test.each([
    ['a function', [{ callback: () => 1 }], 'args[0].callback', 'is a function'],
    [
      'a function beside rich values',
      [new Date(), { callback: () => 1 }],
      'args[1].callback',
      'is a function',
    ],
    ['a symbol', [Symbol('x')], 'args[0]', 'is a symbol'],
    ['a Promise', [Promise.resolve(1)], 'args[0]', 'await it first'],
    ['a WeakMap', [new WeakMap()], 'args[0]', 'is a WeakMap'],
    ['a boxed number', [Object(1)], 'args[0]', 'is a Number'],
    ['an unregistered class', { user: new User() }, 'args.user', 'registerClass(User)'],
    ['a subclass of a built-in', [new (class Dates extends Map {})()], 'args[0]', 'registerClass(Dates)'],
    ['an object with its own toJSON', [{ toJSON: () => 1 }], 'args[0].toJSON', 'is a function'],
    [
      'an instance with toJSON',
      [
        new (class Money {
          toJSON() {}
        })(),
      ],
      'args[0]',
      'an instance of Money',
    ],
    ['a key that is no word', [{ 'a b': Symbol() }], 'args[0]["a b"]', 'is a symbol'],
    ['something in a Map', [new Map([['a', () => 1]])], 'args[0].values()[0]', 'is a function'],
    ['something in a Map key', [new Map([[() => 1, 1]])], 'args[0].keys()[0]', 'is a function'],
    ['something in a Set', [new Set([Symbol()])], 'args[0].values()[0]', 'is a symbol'],
    ['something in an error', [new Error('x', { cause: () => 1 })], 'args[0].cause', 'is a function'],
    ['a hole in an array', [new Array(2)], 'args[0][0]', 'is a hole'],
    ['an own __proto__ key', JSON.parse('[{"__proto__":{"admin":true}}]'), 'args[0].__proto__', 'rename it'],
    ['a constructor key beside rich values', [{ constructor: 1n }], 'args[0].constructor', 'rename it'],
    [
      'a member of a Set that is elsewhere too',
      [member, new Set([member])],
      'args[1].values()[0]',
      'pass a copy',
    ],
    ['a cycle through an error', [cyclic], 'args[0].self', 'pass ids instead'],
  ])('%s', (_, value, path, message) => {
    const attempt = () => encode(value, 'args')
    expect(attempt).toThrow(SerializationError)
    expect(attempt).toThrow(`${path} `)
    expect(attempt).toThrow(message)
    expect(attempt).toThrow(expect.objectContaining({ path }))
  })

  test('data that is nested too deeply', () => {
    expect(() => encode(deep, 'args')).toThrow('deeper than 200 levels')
    expect(() => encode([new Date(), deep], 'args')).toThrow('deeper than 200 levels')
  })

  test('shared objects that would multiply without end', () => {
    let node: object = new Error('leaf')
    for (let i = 0; i < 40; i++) node = { a: node, b: node }
    expect(() => encode(node, 'args')).toThrow('holds more than 1000000 values')
  })
})

describe('hostile and damaged text', () => {
  const pollution = [
    '{"__proto__":{"polluted":1}}',
    '[{"a":{"\\u005f_proto__":{"polluted":1}}}]',
    'S{"json":{"__proto__":{"polluted":1}},"meta":{"v":1,"values":{"a":["Date"]}}}',
    'S{"json":{"a":1},"meta":{"v":1,"values":{"__proto__.polluted":["undefined"]}}}',
    'S{"json":{"a":1},"meta":{"v":1,"values":{"constructor.prototype.polluted":["undefined"]}}}',
    'S{"json":{"a":{"polluted":1}},"meta":{"v":1,"referentialEqualities":{"a":["__proto__"]}}}',
    'S{"json":{"a":1},"meta":{"v":1,"referentialEqualities":{"a":["constructor.prototype.polluted"]}}}',
    'S{"json":{"a":1},"meta":{"referentialEqualities":{"a":["__proto__.polluted"]}}}',
  ]

  test.each(pollution)('%s pollutes nothing and is refused', (text) => {
    expect(() => decode(text)).toThrow(InvalidJobError)
    expect({}).not.toHaveProperty('polluted')
    expect(Object).not.toHaveProperty('polluted')
  })

  test.each([
    'not json',
    '{"a":',
    'S',
    'S{}',
    'S[1]',
    'Snull',
    'S{"json":1,"meta":{"v":1,"values":[["class","Nobody"]]}}',
    'S{"json":1,"meta":{"v":1,"values":["constructor"]}}',
    'S{"json":1,"meta":{"v":1,"values":["no such type"]}}',
    'S{"json":["NoSuchArray",""],"meta":{"v":1,"values":[["custom","binary"]]}}',
    'S{"json":1,"meta":{"v":1,"values":[["custom","__proto__"]]}}',
    `S{"json":1,"meta":{"v":1,"values":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}}`,
  ])('%.60s is an InvalidJobError', (text) => {
    expect(() => decode(text)).toThrow(InvalidJobError)
    expect(() => decode(text)).toThrow('expected a payload written by funq')
  })

  test('text about __proto__ is no harm', () => {
    expect(roundTrip(['__proto__', { '\u0001': '"__proto__":' }])).toEqual([
      '__proto__',
      { '\u0001': '"__proto__":' },
    ])
  })
})

describe('the size limit counts bytes', () => {
  test('[F32] at the limit passes, above it does not', () => {
    checkSize('a'.repeat(10), 10, 'arguments')
    checkSize('ü'.repeat(5), 10, 'arguments')
    expect(() => checkSize('ü'.repeat(6), 10, 'arguments')).toThrow(PayloadTooLargeError)
  })

  test('the error says what came and what is allowed', () => {
    expect(() => checkSize('a'.repeat(11), 10, 'result')).toThrow('result: expected at most 10 bytes, got 11')
    expect(() => checkSize('a'.repeat(11), 10, 'result')).toThrow(
      expect.objectContaining({ bytes: 11, limit: 10 }),
    )
  })
})

describe('what went through a codec', () => {
  const codec = { encode: (text: string) => text, decode: (text: string) => text }

  test.each([
    ['no JSON', 'C;{"secret'],
    ['an unknown class', 'C;S{"json":"secret","meta":{"values":[["class","Unknown"]]}}'],
    ['an envelope that is none', 'C;S"secret"'],
  ])('is not shown by the error of one that cannot be read: %s', (_, text) => {
    const shown = (() => {
      try {
        return decode(text, codec, 'args', 'j')
      } catch (error) {
        return inspect(error)
      }
    })()
    expect(shown).toContain('InvalidJobError')
    expect(shown).not.toContain('secret')
  })
})
