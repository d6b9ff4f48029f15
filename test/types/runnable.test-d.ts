import { describe, expectTypeOf, test } from 'vitest'
import { background, call, enqueue, type Job, job, type Queue, use } from '../../lib/index.ts'
import { expectEnqueued, expectNotEnqueued, perform } from '../../lib/testing/index.ts'
import { Archive, OrderCreate, Plain, QueryPrice, warmCache } from '../fixtures/jobs.ts'

declare const q: Queue
declare const number: Job<number>

describe('a class with perform', () => {
  test('takes what its perform takes, or its constructor', () => {
    expectTypeOf(q.enqueue(QueryPrice, { name: 'tea' })).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(q.enqueue(new QueryPrice({ name: 'tea' }))).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(q.enqueue(OrderCreate, number, 'x')).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(OrderCreate.performLater(7)).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(OrderCreate.performNow(7)).toEqualTypeOf<string>()
    expectTypeOf(QueryPrice.enqueue({ name: 'tea' })).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(q.enqueue(Archive, 1)).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(enqueue(warmCache, 'home')).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(q.enqueue(Plain, 'me')).toEqualTypeOf<Promise<Job<string>>>()
    expectTypeOf(q.enqueueMany([call(Archive, 1)])).resolves.toExtend<readonly Job<string>[]>()
  })

  test('a wrong argument is an error', () => {
    // @ts-expect-error
    q.enqueue(QueryPrice, { nam: 'tea' })
    // @ts-expect-error
    q.enqueue(new QueryPrice({ name: 'tea' }), 1)
    // @ts-expect-error
    OrderCreate.performLater('7')
    // @ts-expect-error
    q.enqueue(Archive)
    // @ts-expect-error
    enqueue(warmCache, 1)
  })
})

test('background() makes of each call a job', () => {
  const deliver = background('mail', { priority: (id: number) => id })((id: number) => `${id}`)
  expectTypeOf(deliver(1)).toEqualTypeOf<Promise<Job<string>>>()
  expectTypeOf(deliver.now(1)).toEqualTypeOf<string>()
  // @ts-expect-error
  deliver('1')
  // @ts-expect-error
  background('mail', { priority: () => 'high' })
})

test('job() keeps the function, and .now() calls it', () => {
  const add = job()((x: number, y: number) => x + y)
  expectTypeOf(add.now(1, 2)).toEqualTypeOf<number>()
  expectTypeOf(add(1, 2)).toEqualTypeOf<number>()
})

test('what tests ask about is typed as what is enqueued', () => {
  expectTypeOf(perform(OrderCreate, [7])).resolves.toEqualTypeOf<string>()
  expectTypeOf(perform(warmCache, ['home'])).resolves.toEqualTypeOf<string>()
  expectTypeOf(perform(Archive, [1])).resolves.toEqualTypeOf<string>()
  expectTypeOf(expectEnqueued(OrderCreate, { args: [7] })).resolves.toEqualTypeOf<Job<string>>()
  expectTypeOf(expectNotEnqueued(warmCache)).resolves.toEqualTypeOf<void>()
  // @ts-expect-error
  perform(OrderCreate, ['7'])
})

test('middleware is typed', () => {
  use({
    client: async (outgoing, next) => {
      outgoing.headers.a = 'b'
      expectTypeOf(await next()).toEqualTypeOf<Job>()
      // @ts-expect-error
      outgoing.queue = 'other'
    },
    worker: (running) => {
      expectTypeOf(running.args).toEqualTypeOf<readonly unknown[]>()
      // @ts-expect-error
      running.headers.a = 'b'
    },
  })
})
