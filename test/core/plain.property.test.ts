import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPlain, jsonBound } from '../../lib/core/plain.ts'

test('the bound of a plain value is never below the bytes of its JSON', () => {
  const values = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' })
  fc.assert(
    fc.property(values, (value) => {
      fc.pre(isPlain(value))
      expect(jsonBound(value)).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(value)))
    }),
  )
})

test.each([
  ['\u0000\u001f'.repeat(50)],
  ['\ud800'.repeat(50)],
  ['€'.repeat(50)],
  [-1.7976931348623157e308],
  [[[], {}, [[]], false, null]],
  [{ '': { '\u0007': '' } }],
])('nor that of one whose JSON is much longer than itself: %j', (value) => {
  expect(jsonBound(value)).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(value)))
})

test.each([
  [undefined],
  [Number.NaN],
  [-0],
  [[1, undefined]],
  [{ a: { b: 1n } }],
  [{ a: () => 1 }],
  [new Date(0)],
  [[new Map()]],
])('what JSON would change has none: %s', (value) => {
  expect(jsonBound(value)).toBe(Number.POSITIVE_INFINITY)
})
