import { describe, expect, test } from 'vitest'
import { inline } from '../../lib/redis/lua/inline.ts'

const fn = (head: string, expression: string) => `local function ${head}\n  return ${expression}\nend\n`
const TEXT_OF = fn('text_of(n)', "string.format('%d', n)")
const KEY = fn('key(id)', "base .. 'job:' .. id")
const DECODE = fn('decode(text)', '(string.byte(text) == 91 and json or pack)(text)')

describe('functions that answer one expression', () => {
  test.each([
    [
      'where they are called',
      TEXT_OF,
      "call('ZADD', text_of(now + 5))",
      "call('ZADD', string.format('%d', (now + 5)))",
    ],
    [
      'in parentheses where they need them',
      KEY,
      "call('GET', key(id) .. 'x')",
      "call('GET', (base .. 'job:' .. id) .. 'x')",
    ],
    [
      'without parameters',
      fn('probe()', "call('ZCARD', base)"),
      'return probe() == 0',
      "return call('ZCARD', base) == 0",
    ],
    [
      'within each other',
      TEXT_OF + fn('seq(by)', "call('INCR', text_of(by))"),
      'f(seq(2))',
      "f(call('INCR', string.format('%d', 2)))",
    ],
    ['among their own arguments', KEY, 'f(key(key(1)))', "f((base .. 'job:' .. ((base .. 'job:' .. 1))))"],
    [
      'as often as they use a simple argument',
      DECODE,
      'x = decode(ARGV[6])',
      'x = ((string.byte(ARGV[6]) == 91 and json or pack)(ARGV[6]))',
    ],
  ])('are put %s', (_, functions, use, expected) => {
    expect(inline(`${functions}${use}`)).toBe(expected)
  })

  test.each([
    ['are used as a value', TEXT_OF, 'map(text_of)'],
    ['would be asked twice for what is dear', DECODE, 'x = decode(read(1))'],
    ['get more or fewer arguments', TEXT_OF, 'f(text_of(1, 2))'],
    ['answer two values', fn('edges(a, b)', 'f(a), f(b)'), 'x, y = edges(1, 2)'],
    ['use a name that means something else there', KEY, "local base = ''\nf(key(1))"],
    ['use the field of an argument', fn('of(job)', "job.id .. 'x'"), 'f(of(a + b))'],
  ])('stay where they %s', (_, functions, use) => {
    expect(inline(`${functions}${use}`)).toBe(`${functions}${use}`)
  })

  test('leave texts and fields of their name alone', () => {
    expect(inline(`${KEY}f('key(1)', a.key(1))`)).toBe("f('key(1)', a.key(1))")
  })
})
