import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TransientMap } from '../../lib/core/transient-map.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { type: 'minor' | 'major' }) => void

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')!.space_used_size
}

/** By how much the old generation grows while short-lived entries pass through a map that has come there itself. */
function grownBy(map: { set(key: number, value: object): unknown; delete(key: number): boolean }): number {
  for (let i = 0; i < 100; i++) map.set(i, { i })
  collect({ type: 'major' })
  collect({ type: 'major' })
  const before = oldBytes()
  for (let i = 100; i < 100_000; i++) {
    map.set(i, { i, load: new Array(20).fill(i) })
    map.delete(i - 100)
    if (i % 2_000 === 0) collect({ type: 'minor' })
  }
  return oldBytes() - before
}

describe('TransientMap', () => {
  test('holds what a Map holds, in its order', () => {
    const change = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 400 }))
    fc.assert(
      fc.property(fc.array(change, { maxLength: 2_000, size: 'max' }), (changes) => {
        const map = new TransientMap<number, number>()
        const model = new Map<number, number>()
        changes.forEach(([add, key], i) => {
          if (!add) expect(map.delete(key)).toBe(model.delete(key))
          else {
            map.set(key, i)
            model.set(key, i)
          }
          expect([map.size, map.get(key), map.has(key)]).toEqual([model.size, model.get(key), model.has(key)])
        })
        expect([...map]).toEqual([...model])
        expect([...map.keys(), ...map.values()]).toEqual([...model.keys(), ...model.values()])
      }),
      { numRuns: 50 },
    )
  })

  test('what has passed through it does not outlive the next small collections, as it would in a Map', () => {
    const map = grownBy(new Map())
    const transient = grownBy(new TransientMap())
    expect({ map, transient }).toSatisfy(() => transient < map / 4)
  })
})
