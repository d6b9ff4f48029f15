import { describe, expectTypeOf, test } from 'vitest'
import { call, callWith, Job, type JobRun, type Queue, type Retry } from '../../lib/index.ts'
import * as tasks from '../fixtures/tasks.ts'

/** Only compiled: each `@ts-expect-error` stands above the very argument that the compiler must point at. */
declare const q: Queue
declare const number: Job<number>
declare const string: Job<string>

declare function optional(x: number, y?: string): boolean
declare function rest(first: string, ...more: number[]): void
declare function either(value: number | string): void
declare function maybe(value: { name: string } | undefined): Promise<Date | null>
declare function overloaded(x: number): number
declare function pair<A, B>(a: A, b: B): [A, B]

declare function asks(): Promise<number | Retry>
declare function anything(): any

test('a Retry is no result, and repetitions have those of the function', () => {
  expectTypeOf(q.enqueue(asks)).resolves.toEqualTypeOf<Job<number>>()
  expectTypeOf(q.enqueue(anything)).resolves.toEqualTypeOf<Job<any>>()
  expectTypeOf(number.runs()).resolves.items.toEqualTypeOf<JobRun<number>>()
  expectTypeOf(number.nextOutcome()).resolves.toEqualTypeOf<JobRun<number> | null>()
})

describe('the arguments are those of the function', () => {
  test('right ones compile', () => {
    q.enqueue(tasks.add, 1, 2)
    q.enqueue(optional, 1)
    q.enqueue(optional, 1, 'x')
    q.enqueue(rest, 'x')
    q.enqueue(rest, 'x', 1, 2, 3)
    q.enqueue(either, 1)
    q.enqueue(either, 'x')
    q.enqueue(maybe, undefined)
    q.enqueue(tasks.nothing)
    q.enqueue(tasks.Reports.build, 42)
    q.enqueueIn('5m', tasks.add, 1, 2)
    q.enqueueAt(new Date(), tasks.add, 1, 2)
    q.with({ timeout: '30s' }).enqueue(tasks.add, 1, 2)
    q.enqueueCall({ func: tasks.add, args: [1, 2], timeout: 30 })
    q.enqueueCall({ func: tasks.nothing })
    q.enqueueCall({ func: './tasks#add' })
    const withoutNeed = (x?: number, ...more: string[]): unknown[] => [x, more]
    q.enqueueCall({ func: withoutNeed })
  })

  test('a wrong one is an error on that argument', () => {
    q.enqueue(
      tasks.add,
      1,
      // @ts-expect-error
      '2',
    )
    q.enqueueIn(
      5,
      tasks.add,
      // @ts-expect-error
      '1',
      2,
    )
    q.with({ timeout: 5 }).enqueue(
      rest,
      'x',
      1,
      // @ts-expect-error
      'y',
    )
    q.enqueueCall({
      func: tasks.add,
      // @ts-expect-error
      args: [1, '2'],
    })
    q.enqueue(
      maybe,
      // @ts-expect-error
      { name: 5 },
    )
  })

  test('too few or too many are errors', () => {
    // @ts-expect-error
    q.enqueue(tasks.add, 1)
    q.enqueue(
      tasks.add,
      1,
      2,
      // @ts-expect-error
      3,
    )
    // @ts-expect-error
    q.enqueue(rest)
    // @ts-expect-error
    q.enqueueCall({ func: tasks.add })
    // @ts-expect-error
    q.enqueueCall({ func: tasks.add, args: [1], timeout: 30 })
  })

  test('options never mix with the arguments, and are checked', () => {
    q.enqueue(
      tasks.add,
      1,
      2,
      // @ts-expect-error
      { timeout: 5 },
    )
    // @ts-expect-error
    q.with({ timeOut: 5 })
    // @ts-expect-error
    q.with({ timeout: [5] })
    // @ts-expect-error
    q.with({ dependsOn: 5 })
    q.with({ dependsOn: [number, 'id', { job: string, allowFailure: true }] })
  })

  test('what is no function is refused', () => {
    // @ts-expect-error
    q.enqueue(42)
  })
})

describe('a job in place of an argument', () => {
  test('must have a result of its type', () => {
    q.enqueue(tasks.add, number, number)
    q.enqueue(tasks.add, 1, number)
    q.enqueue(optional, number, string)
    q.enqueue(rest, string, number, 2, number)
    q.enqueue(either, number)
    q.enqueue(either, string)
    q.enqueue(
      tasks.add,
      number,
      // @ts-expect-error
      string,
    )
    q.enqueue(
      rest,
      'x',
      // @ts-expect-error
      string,
    )
  })

  test('the promise of one is refused: its enqueue must be awaited', () => {
    q.enqueue(
      tasks.add,
      1,
      // @ts-expect-error
      q.enqueue(tasks.add, 1, 2),
    )
  })
})

describe('what awaiting the result gives', () => {
  test('what the function returns, without its promise', async () => {
    expectTypeOf(await q.enqueue(tasks.add, 1, 2)).toEqualTypeOf<Job<number>>()
    expectTypeOf(await q.enqueue(tasks.addLater, 1, 2)).toEqualTypeOf<Job<number>>()
    expectTypeOf((await q.enqueue(tasks.addLater, 1, 2)).result).toEqualTypeOf<Promise<number>>()
    expectTypeOf(await q.enqueue(optional, 1)).toEqualTypeOf<Job<boolean>>()
    expectTypeOf(await q.enqueue(maybe, undefined)).toEqualTypeOf<Job<Date | null>>()
    expectTypeOf(await q.enqueue(tasks.nothing)).toEqualTypeOf<Job<void>>()
    expectTypeOf(await q.enqueue(overloaded, 1)).toEqualTypeOf<Job<number>>()
    expectTypeOf(await q.enqueueIn(5, tasks.add, 1, 2)).toEqualTypeOf<Job<number>>()
    expectTypeOf(await q.enqueueAt(5, tasks.add, 1, 2)).toEqualTypeOf<Job<number>>()
    expectTypeOf(await q.with({}).enqueue(tasks.add, 1, 2)).toEqualTypeOf<Job<number>>()
    expectTypeOf(await q.with({}).enqueueIn(5, tasks.add, 1, 2)).toEqualTypeOf<Job<number>>()
    expectTypeOf(await q.enqueueCall({ func: tasks.add, args: [1, 2] })).toEqualTypeOf<Job<number>>()
  })

  test('of a generic function, what it is instantiated with', async () => {
    expectTypeOf(await q.enqueue(tasks.echo<Date>, new Date())).toEqualTypeOf<Job<Date>>()
    expectTypeOf(await q.enqueue(tasks.echo, 1)).toEqualTypeOf<Job<unknown>>()
    expectTypeOf(await q.enqueue(pair<string, number>, 'a', number)).toEqualTypeOf<Job<[string, number]>>()
  })

  test('of a path, anything: it cannot be known', async () => {
    const job = await q.enqueue('./tasks#add', 1, 'two', number)
    expectTypeOf(job).toEqualTypeOf<Job<unknown>>()
    expectTypeOf(await job.result).toBeUnknown()
    expectTypeOf(await q.enqueueCall({ func: './tasks#add', args: [1] })).toEqualTypeOf<Job<unknown>>()
  })

  test('every way to ask for it', async () => {
    expectTypeOf(await number.result).toBeNumber()
    expectTypeOf(await number.wait({ timeout: 5 })).toBeNumber()
    expectTypeOf(await number.returnValue()).toEqualTypeOf<number | undefined>()
    expectTypeOf(await Job.fetch<number>('id')).toEqualTypeOf<Job<number>>()
    expectTypeOf(await Job.fetch('id')).toEqualTypeOf<Job<unknown>>()
    expectTypeOf(await q.fetchJob<number>('id')).toEqualTypeOf<Job<number> | null>()
    expectTypeOf(await number.refresh()).toEqualTypeOf<Job<number>>()
  })

  test('a job is not its result', () => {
    expectTypeOf(number).not.toHaveProperty('then')
    expectTypeOf<Awaited<Job<number>>>().toEqualTypeOf<Job<number>>()
  })
})

describe('many at once', () => {
  test('each job has the type of its own function', async () => {
    const jobs = await q.enqueueMany([
      call(tasks.add, 1, number),
      call(tasks.Reports.build, 2),
      call('./tasks#add', 1),
      callWith({ timeout: 5 }, maybe, undefined),
      q.with({ priority: 1 }).call(tasks.addLater, 1, 2),
    ])
    expectTypeOf(jobs).toEqualTypeOf<
      [Job<number>, Job<string>, Job<unknown>, Job<Date | null>, Job<number>]
    >()
  })

  test('of a list whose length is not known, a list', async () => {
    const calls = [1, 2, 3].map((n) => call(tasks.add, n, n))
    expectTypeOf(await q.enqueueMany(calls)).toEqualTypeOf<Job<number>[]>()
  })

  test('a wrong argument is an error on that argument', () => {
    call(
      tasks.add,
      1,
      // @ts-expect-error
      '2',
    )
    callWith(
      { timeout: 5 },
      tasks.add,
      // @ts-expect-error
      string,
      2,
    )
  })
})
