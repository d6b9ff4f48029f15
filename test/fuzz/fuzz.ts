import fc from 'fast-check'
import { TARGETS } from './targets.ts'

export interface Fuzzed {
  readonly name: string
  readonly inputs: number
}

/** Tries each target with so many inputs. @throws the smallest input that breaks one, with the seed to try it again */
export function fuzz(runs: number, seed: number, onDone: (fuzzed: Fuzzed) => void = () => {}): number {
  let total = 0
  for (const { name, inputs, check } of TARGETS) {
    let tried = 0
    const property = fc.property(inputs, (input) => {
      tried++
      check(input)
    })
    fc.assert(property, { numRuns: runs, seed })
    onDone({ name, inputs: tried })
    total += tried
  }
  return total
}
