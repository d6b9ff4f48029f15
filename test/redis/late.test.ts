import { describe, expect, test } from 'vitest'
import { divide } from '../../lib/redis/lua/late.ts'

const PARTS = `local base = KEYS[1]
local STATES = { 'count' }
local function first(id)
  return base .. id
end
local function count(by)
  return STATES[by]
end
local function rare(id)
  return count(1)..first(id)
end`

describe('a script that names the functions that each call needs', () => {
  test('makes the others once one is called, with what only they use', () => {
    const text = divide(PARTS, "if ARGV[1] then return ''..rare(first(1)) end", ['first'])
    const [head, rest] = text.split('late = function()\n')
    expect(head).toContain('local function first(id)')
    expect(head).not.toMatch(/STATES|function rare|function count/)
    expect(rest).toContain('return count(1)..first(id)')
    expect(rest).toContain("return ''..late().rare(first(1))")
  })

  test('leaves fields and texts of the same name alone', () => {
    const text = divide(PARTS, "return stats.count + count(1) + find('count')", ['first'])
    expect(text).toContain("return stats.count + late().count(1) + find('count')")
  })

  test.each([
    [['none'], 'return 1', '--@early names none'],
    [['first'], 'local count = 1', "'count' is a function that is made late"],
    [['first'], 'for count = 1, 2 do end', "'count' is a function that is made late"],
    [['first'], 'count = 1', "'count' is a function that is made late, and cannot be set"],
  ])('early %j: %s is refused', (early, main, message) => {
    expect(() => divide(PARTS, main, early)).toThrow(message)
  })
})
