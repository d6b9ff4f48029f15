import { expect, test } from 'vitest'
import { decode, encode } from '../../lib/core/payload.ts'
import { InvalidJobError, PayloadTooLargeError } from '../../lib/index.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth)
const rich = (json: unknown, meta: unknown) => `S${JSON.stringify({ json, meta })}`

/** Payloads that would reach beyond the arguments if they were believed. */
const BOMBS: readonly (readonly [what: string, text: string])[] = [
  ['the key __proto__', '[{"__proto__":{"polluted":1}}]'],
  ['the key __proto__, escaped', '[{"\\u005f_proto__":{"polluted":1}}]'],
  ['the key __proto__, deep', `[${'{"a":'.repeat(500)}{"__proto__":{"polluted":1}}${'}'.repeat(500)}]`],
  ['constructor.prototype as data', '[{"constructor":{"prototype":{"polluted":1}}}]'],
  ...[
    '__proto__.polluted',
    'constructor.prototype.polluted',
    '0.__proto__.polluted',
    '0.constructor.prototype.x',
  ].flatMap((path) => [
    [`an annotation of ${path}`, rich([{ a: 1 }], { values: { [path]: ['Date'] } })] as const,
    [`a link to ${path}`, rich([{ a: 1 }], { referentialEqualities: { '0': [path] } })] as const,
    [`a link from ${path}`, rich([{ a: 1 }], { referentialEqualities: { [path]: ['0.a'] } })] as const,
  ]),
  ['annotations as a tree', rich([{}], { values: [[['Date'], { __proto__: ['Date'] }]] })],
  ['an unknown class', rich([{}], { values: { '0': [['class', 'Function']] } })],
  ['an unknown transformer', rich([{}], { values: { '0': [['custom', 'nothing']] } })],
  ['an unknown binary type', rich([['Function', '']], { values: { '0': [['custom', 'binary']] } })],
  ['a binary of another shape', rich([5], { values: { '0': [['custom', 'binary']] } })],
  ['an error of another shape', rich([null], { values: { '0': [['custom', 'error']] } })],
  ['an unknown symbol', rich(['x'], { values: { '0': [['symbol', 'x']] } })],
  ['an invalid URL', rich(['x'], { values: { '0': ['URL'] } })],
  ['an invalid number', rich(['x'], { values: { '0': ['bigint'] } })],
  ['an invalid expression', rich(['/(/'], { values: { '0': ['regexp'] } })],
  [
    'annotations that nest deeply',
    `S{"json":[1],"meta":{"values":${nested(50_000, '{"a":[', ']}').replace('[]', '[]')}}}`,
  ],
  [
    'many annotations',
    rich([1], {
      values: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`a${i}.b`, ['Date']])),
    }),
  ],
  [
    'an annotation with a very long path',
    rich([1], { values: { [Array(50_000).fill('a').join('.')]: ['Date'] } }),
  ],
  ['a list that nests deeply', nested(200_000)],
  ['a list that nests deeply, rich', `S{"json":${nested(200_000)}}`],
  ['no list', '{"length":3}'],
  ['nothing', ''],
  ['no JSON', 'S'],
  ['half of it', '[1,2'],
  ['an envelope that is none', 'S[]'],
]

test.each(BOMBS)('%s ends as data or as InvalidJobError, and changes nothing else', (_, text) => {
  const before = Object.getOwnPropertyNames(Object.prototype).sort()
  let decoded: unknown
  try {
    decoded = decode(text)
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidJobError)
    expect((error as Error).message.length).toBeLessThan(1_000)
  }
  expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  expect(typeof decoded).not.toBe('function')
})

test('a worker fails or runs jobs with such arguments and meta, and goes on', async () => {
  const q = h.queue()
  const ids: string[] = []
  for (const field of ['args', 'meta']) {
    for (const [, text] of BOMBS) {
      const job = await q.enqueue('./tasks#nothing')
      await h.redis.hset(`${h.base('q')}job:${job.id}`, field, text)
      ids.push(job.id)
    }
  }
  const last = await q.enqueue('./tasks#add', 1, 2)
  await h.drain('q', { isolation: 'process', concurrency: 4 })
  expect(await last.result).toBe(3)
  for (const id of ids) {
    expect(await h.redis.hget(`${h.base('q')}job:${id}`, 'st')).toMatch(/^(finished|failed) /)
  }
}, 30_000)

test('arguments over the limit are refused before Redis sees them', async () => {
  const q = h.queue()
  for (const size of [1_048_577, 50_000_000]) {
    await expect(q.enqueue('./tasks#echo', 'x'.repeat(size))).rejects.toThrow(PayloadTooLargeError)
  }
  await expect(q.enqueue('./tasks#echo', '€'.repeat(400_000))).rejects.toThrow(PayloadTooLargeError)
  expect(await h.redis.keys(`${h.prefix}:*`)).toEqual([])
})

test('values too deep to write are refused with the reason, or travel', async () => {
  for (const depth of [1_000, 5_000, 100_000]) {
    let deep: unknown = new Date()
    for (let i = 0; i < depth; i++) deep = [deep]
    try {
      expect(typeof encode(deep, 'args')).toBe('string')
    } catch (error) {
      expect((error as { code: string }).code).toBe('SERIALIZATION')
    }
  }
})
