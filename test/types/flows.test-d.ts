import { describe, expectTypeOf, test } from 'vitest'
import { type Call, call, chain, chord, type Group, type Job, type Queue } from '../../lib/index.ts'
import * as tasks from '../fixtures/tasks.ts'

declare const q: Queue
declare const group: Group
declare function count(word: string): Promise<number>
declare function greet(name: string): string
declare function anything(): any
declare function sum(...numbers: number[]): number
declare const calls: Call<number>[]

const one = call(count, 'one')

describe('chain()', () => {
  test('gives each step the job before it, and answers all of them', () => {
    expectTypeOf(chain(q, one)).resolves.toEqualTypeOf<[Job<number>]>()
    expectTypeOf(chain(q, call(greet, 'ada'), (name) => call(count, name), one)).resolves.toEqualTypeOf<
      [Job<string>, Job<number>, Job<number>]
    >()
    const more = (n: Job<number>) => call(tasks.add, n, 1)
    const six = chain(
      q,
      one,
      more,
      more,
      more,
      (n) => call(tasks.add, n, 1),
      () => call(greet, 'end'),
    )
    expectTypeOf(six).resolves.toEqualTypeOf<
      [Job<number>, Job<number>, Job<number>, Job<number>, Job<number>, Job<string>]
    >()
    expectTypeOf(chain(q, call(anything), (it) => call(greet, it))).resolves.toEqualTypeOf<
      [Job<any>, Job<string>]
    >()
  })

  test('a step that cannot take the result before it is an error, however many there are', () => {
    chain(
      q,
      one,
      // @ts-expect-error
      (n) => call(greet, n),
    )
    // @ts-expect-error
    chain(q, one, (name: Job<string>) => call(greet, name))
    chain(
      q,
      one,
      (n) => call(tasks.add, n, 1),
      (n) => call(tasks.add, n, 1),
      (n) => call(tasks.add, n, 1),
      (n) => call(tasks.add, n, 1),
      // @ts-expect-error
      (n) => call(greet, n),
    )
  })

  test('takes a list of any length', () => {
    expectTypeOf(chain(q, one, ...calls)).resolves.toEqualTypeOf<Job[]>()
    expectTypeOf(chain(q, calls[0]!, ...calls.slice(1))).resolves.toEqualTypeOf<Job[]>()
  })
})

describe('chord()', () => {
  test('joins jobs of any results, each with its own', () => {
    const both = chord(q, [one, call(greet, 'ada')], ([n, text]) => {
      expectTypeOf(n).toEqualTypeOf<Job<number>>()
      expectTypeOf(text).toEqualTypeOf<Job<string>>()
      return call(tasks.add, n, 1)
    })
    expectTypeOf(both).resolves.toEqualTypeOf<Job<number>>()
    expectTypeOf(chord(q, calls, (jobs) => call(sum, ...jobs))).resolves.toEqualTypeOf<Job<number>>()
    expectTypeOf(chord(q, [one, one], (jobs) => call(sum, ...jobs))).resolves.toEqualTypeOf<Job<number>>()
  })

  test('what cannot take their results is an error', () => {
    // @ts-expect-error
    chord(q, calls, (jobs) => call(greet, ...jobs))
    // @ts-expect-error
    chord(q, [one, call(greet, 'ada')], (jobs) => call(sum, ...jobs))
  })
})

test('a group answers the jobs of its calls', () => {
  expectTypeOf(group.enqueueMany(q, [one, call(greet, 'ada')])).resolves.toEqualTypeOf<
    [Job<number>, Job<string>]
  >()
  expectTypeOf(group.enqueueMany(q, calls)).resolves.toEqualTypeOf<Job<number>[]>()
})
