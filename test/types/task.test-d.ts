import { describe, expectTypeOf, test } from 'vitest'
import { type Delayable, type Job, job, type Queue } from '../../lib/index.ts'

declare const q: Queue
declare const number: Job<number>
declare const string: Job<string>

const add = job('low', { timeout: 5 })((x: number, y: number) => x + y)
const greet = job(q)(async (name: string, greeting = 'hello') => `${greeting}, ${name}`)
const sum = job()((...numbers: number[]) => numbers.length)
const echo = job()(<T>(value: T) => value)

describe('a function that job() wraps', () => {
  test('is called as before', () => {
    expectTypeOf(add(1, 2)).toBeNumber()
    expectTypeOf(greet('ada')).toEqualTypeOf<Promise<string>>()
    expectTypeOf(echo(new Date())).toEqualTypeOf<Date>()
    expectTypeOf(add).toExtend<(x: number, y: number) => number>()
    // @ts-expect-error
    add(1, '2')
    // @ts-expect-error a queue's own, refused at run time
    job('low', { durability: { replicas: 1 } })
  })

  test('is enqueued with its own arguments, and gives its own result', () => {
    expectTypeOf(add.delay(1, 2)).toEqualTypeOf<Promise<Job<number>>>()
    expectTypeOf(add.delay(number, 2)).toEqualTypeOf<Promise<Job<number>>>()
    expectTypeOf(greet.delay('ada')).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(greet.delay(string, 'hi')).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(sum.delay(1, number, 3)).toEqualTypeOf<Promise<Job<number>>>()
    expectTypeOf(add.with({ dependsOn: string }).delay(1, 2)).toEqualTypeOf<Promise<Job<number>>>()
    expectTypeOf(q.enqueue(add, 1, number)).toEqualTypeOf<Promise<Job<number>>>()
    expectTypeOf(add).toExtend<Delayable<(x: number, y: number) => number>>()
  })

  test('a wrong argument is an error on that argument', () => {
    add.delay(
      1,
      // @ts-expect-error
      '2',
    )
    add.with({ timeout: 5 }).delay(
      // @ts-expect-error
      string,
      2,
    )
    // @ts-expect-error
    add.delay(1)
    // @ts-expect-error
    greet.delay()
  })

  test('its options are checked', () => {
    // @ts-expect-error
    job('low', { timeOut: 5 })
    // @ts-expect-error
    job(5)
    // @ts-expect-error
    add.with({ timeOut: 5 })
    // @ts-expect-error
    job('low')(42)
  })
})

describe('a decorated method', () => {
  class Reports {
    @job('low')
    static async build(id: number): Promise<string> {
      return `report ${id}`
    }

    @job(q, { retry: 3 })
    send(to: string): number {
      return to.length
    }
  }

  test('keeps its type, and its place in the class', () => {
    expectTypeOf(Reports.build).toBeCallableWith(1)
    expectTypeOf(Reports.build(1)).toEqualTypeOf<Promise<string>>()
    expectTypeOf(new Reports().send('x')).toBeNumber()
  })

  test('a field cannot be decorated', () => {
    class Wrong {
      // @ts-expect-error
      @job('low')
      field = 1
    }
    expectTypeOf(new Wrong().field).toBeNumber()
  })
})
