import { inspect, isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SerializationError } from '../../lib/core/errors.ts'
import { decode, encode } from '../../lib/core/payload.ts'

/** fast-check likes to try the names that could reach a prototype; those are refused, and tested with the refusals. */
const REFUSED_KEYS = ['__proto__', 'constructor', 'prototype']

const key = fc
  .oneof(fc.string(), fc.constantFrom('a.b', 'a\\', '\\.', '', '0', 'toString', '__proto_'))
  .filter((each) => !REFUSED_KEYS.includes(each))

const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.integer(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined, Number.NaN, Number.POSITIVE_INFINITY, -0),
  // Node's deep equality holds two invalid dates to be different; they have a test of their own.
  fc.date({ noInvalidDate: true }),
  fc.uint8Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.constantFrom('http://example.com/?q=1#x', 'file:///tmp').map((url) => new URL(url)),
  fc.constantFrom('a\\/b', '^x+$').map((source) => new RegExp(source, 'gi')),
)

const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    fc.array(tie('tree'), { maxLength: 4 }).map((members) => new Set(members)),
    fc.array(fc.tuple(tie('tree'), tie('tree')), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
}))

test('every tree of portable values comes back equal', () => {
  fc.assert(
    fc.property(tree, (value) => {
      fc.pre(!holdsTwoNaNs(value))
      expect(isDeepStrictEqual(decode(encode(value, 'value')), value)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('every JSON value without shared objects is written as plain JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value)
      fc.pre(!REFUSED_KEYS.some((each) => text.includes(`"${each}"`)) && !hasMinusZero(value))
      expect(encode(value, 'value')).toBe(text)
    }),
  )
})

/** A few nodes, linked at random: cycles, and objects met in many places. */
const graph = fc
  .array(
    fc.record({
      kind: fc.constantFrom('object', 'array', 'map', 'mapKeys', 'set', 'error'),
      links: fc.array(fc.nat(5), { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map(build)

test('a graph with cycles and shared objects comes back linked in the same way, or is refused', () => {
  let accepted = 0
  fc.assert(
    fc.property(graph, (value) => {
      let text: string
      try {
        text = encode(value, 'value')
      } catch (error) {
        expect(error).toBeInstanceOf(SerializationError)
        return
      }
      accepted++
      expect(looksSame(decode(text), value)).toBe(true)
    }),
    { numRuns: 2000 },
  )
  expect(accepted).toBeGreaterThan(200)
})

interface Plan {
  readonly kind: string
  readonly links: readonly number[]
}

function build(plans: readonly Plan[]): unknown {
  const nodes: any[] = plans.map(({ kind }, i) => {
    if (kind === 'array') return [i]
    if (kind === 'set') return new Set([i])
    if (kind === 'map' || kind === 'mapKeys') return new Map([[i, i]])
    return kind === 'error' ? new Error(`error ${i}`) : { i }
  })
  plans.forEach(({ kind, links }, i) => {
    links.forEach((link, n) => {
      const target = nodes[link % nodes.length]
      if (kind === 'array') nodes[i].push(target)
      else if (kind === 'set') nodes[i].add(target)
      else if (kind === 'map') nodes[i].set(`link ${n}`, target)
      else if (kind === 'mapKeys') nodes[i].set(target, n)
      else nodes[i][`link${n}`] = target
    })
  })
  return nodes[0]
}

/** As members of Sets and Map keys they would be refused. */
function holdsTwoNaNs(value: unknown): boolean {
  return inspect(value, { depth: Number.POSITIVE_INFINITY }).split(/\bNaN\b/).length > 2
}

function hasMinusZero(value: unknown): boolean {
  return typeof value === 'object' && value !== null
    ? Object.values(value).some(hasMinusZero)
    : Object.is(value, -0)
}

/** isDeepStrictEqual for graphs: it follows cycles through Sets and Maps, and minds their order. */
function looksSame(a: any, b: any, compared = new Map<unknown, Set<unknown>>()): boolean {
  if (typeof a !== 'object' || a === null) return Object.is(a, b)
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  const partners = compared.get(a) ?? new Set()
  if (partners.has(b)) return true
  compared.set(a, partners.add(b))
  const [left, right] = [a, b].map((each) =>
    each instanceof Map ? [...each].flat() : each instanceof Set ? [...each] : Object.entries(each).flat(),
  ) as [unknown[], unknown[]]
  return (
    a.message === b.message &&
    left.length === right.length &&
    left.every((each, i) => looksSame(each, right[i], compared))
  )
}
