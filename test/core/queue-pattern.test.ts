import { describe, expect, test } from 'vitest'
import { QueueOrder } from '../../lib/worker/queue-order.ts'
import { QueueSet } from '../../lib/worker/queue-set.ts'

const known = ['mail_out', 'archive', 'low', 'mail_in', 'file_b', 'file_a']

function namesOf(...patterns: string[]): readonly string[] {
  const set = new QueueSet(patterns)
  set.refresh(known)
  return set.names
}

test.each([
  ['all queues by the alphabet', ['*'], ['archive', 'file_a', 'file_b', 'low', 'mail_in', 'mail_out']],
  ['all others after a name', ['low', '*'], ['low', 'archive', 'file_a', 'file_b', 'mail_in', 'mail_out']],
  ['a name that is not there yet', ['critical', 'mail_*'], ['critical', 'mail_in', 'mail_out']],
  ['all but one', ['*', '!low'], ['archive', 'file_a', 'file_b', 'mail_in', 'mail_out']],
  ['all but some', ['*', '!file_*', '!low'], ['archive', 'mail_in', 'mail_out']],
  ['an asterisk within', ['f*_a'], ['file_a']],
  [
    'a name that is also excluded',
    ['low', '*', '!l*'],
    ['low', 'archive', 'file_a', 'file_b', 'mail_in', 'mail_out'],
  ],
])('[R37] globs: %s', (_, patterns, names) => {
  expect(namesOf(...patterns)).toEqual(names)
})

test('a dot is a dot, not any character', () => {
  const set = new QueueSet('a.b*')
  set.refresh(['axb1', 'a.b1'])
  expect(set.names).toEqual(['a.b1'])
})

test('a queue that is gone stays while it is in use, and is named when it goes', () => {
  const set = new QueueSet('*')
  expect(set.refresh(['a', 'b'])).toEqual([])
  expect(set.refresh(['a'], (queue) => queue === 'b')).toBeUndefined()
  expect(set.names).toEqual(['a', 'b'])
  expect(set.refresh(['a'])).toEqual(['b'])
  expect(set.refresh(['a'])).toBeUndefined()
})

test('only names that were given make a queue known', () => {
  expect(new QueueSet(['critical', '*', '!low']).named).toEqual(['critical'])
})

test.each([
  [[], 'expected at least one queue name, got an empty list'],
  [['!low'], 'expected at least one queue name, got only !low'],
  [['a b*'], 'queue name: expected'],
  [['!'], 'queue name: expected'],
  [['high:0'], 'queue weight: expected a whole number from 1 to 1000, as in high:5, got high:0'],
  [['high:x'], 'queue name: expected'],
])('%o is refused', (patterns, message) => {
  expect(() => new QueueSet(patterns)).toThrow(message)
})

describe('weights', () => {
  test('stand after a colon, and are 1 without one', () => {
    const set = new QueueSet(['high:5', 'mail_*:2', 'low'])
    set.refresh(known)
    expect(set.hasWeights).toBe(true)
    expect(set.names).toEqual(['high', 'mail_in', 'mail_out', 'low'])
    expect(['high', 'mail_in', 'low'].map((name) => set.weightOf(name))).toEqual([5, 2, 1])
  })

  test('[S9] say how often a queue is asked first', () => {
    // A generator with a seed: the figures are the same in each run.
    let seed = 7
    const random = () => {
      seed = (seed * 48271) % 2147483647
      return seed / 2147483647
    }
    const order = new QueueOrder(['high', 'low'], 'weighted', random, (name) => (name === 'high' ? 5 : 1))
    let high = 0
    for (let i = 0; i < 6_000; i++) {
      if (order.queues[0] === 'high') high++
      order.served(order.queues[0]!)
    }
    expect(high).toBeGreaterThan(4_850)
    expect(high).toBeLessThan(5_150)
  })
})
