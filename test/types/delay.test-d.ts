import { describe, expectTypeOf, test } from 'vitest'
import '../../lib/queue/delay-types.ts'
import { delay, type Job, type Queue } from '../../lib/index.ts'
import { mailer, Reports, User } from '../fixtures/models.ts'
import * as tasks from '../fixtures/tasks.ts'

declare const q: Queue
declare const number: Job<number>
declare const string: Job<string>

describe('delay()', () => {
  test('types the calls of functions, classes, objects, instances and namespaces', () => {
    expectTypeOf(delay(tasks.add)(1, number)).toEqualTypeOf<Promise<Job<number>>>()
    expectTypeOf(delay(Reports).build(42)).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(delay(Reports).build(number)).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(delay(mailer).welcome('ada')).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(delay(new User('ada')).activate(string)).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(delay(tasks).addLater(1, 2)).toEqualTypeOf<Promise<Job<number>>>()
    expectTypeOf(delay(Reports, { queue: q, timeout: '30s' }).build(1)).toEqualTypeOf<Promise<Job<string>>>()
  })

  test('a wrong argument is an error on that argument', () => {
    delay(Reports).build(
      // @ts-expect-error
      '42',
    )
    delay(tasks.add)(
      1,
      // @ts-expect-error
      string,
    )
    delay(new User('ada')).activate(
      // @ts-expect-error
      number,
    )
  })

  test('only methods are there, and nothing can be called that is no function', () => {
    // @ts-expect-error
    delay(Reports).title
    // @ts-expect-error
    delay(new User('ada')).name
    // @ts-expect-error
    delay(Reports).built(1)
    // @ts-expect-error
    delay(Reports)(1)
    // @ts-expect-error
    delay('tasks#add')
    // @ts-expect-error
    delay(Reports, { timeOut: 5 })
  })
})

describe("import 'funq/delay'", () => {
  test('types .delay on methods that @job decorates', () => {
    expectTypeOf(Reports.build.delay(42)).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(Reports.build.delay(number)).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(new User('ada').activate.delay('phone')).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(tasks.addLater.delay(1, 2)).toEqualTypeOf<Promise<Job<number>>>()
  })

  test('with the method’s own arguments', () => {
    Reports.build.delay(
      // @ts-expect-error
      '42',
    )
    // @ts-expect-error
    Reports.build.delay()
  })
})
