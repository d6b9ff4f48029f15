import { describe, expect, test } from 'vitest'
import { InvalidArgumentError, Queue, RecordRef, registerType, SerializationError } from '../../lib/index.ts'
import * as orders from '../fixtures/orders.ts'
import { harness } from '../kit/harness.ts'

const h = harness()
const drain = (options = {}) => h.drain('q', { paths: ['.'], ...options })
const tea = new orders.Order(7, 'as it was')

describe('a record as an argument', () => {
  test.each(['none', 'process'] as const)(
    'travels as type and id, and is loaded where the job runs: %s',
    async (isolation) => {
      const q = h.queue()
      const job = await q.enqueue(orders.ship, tea, [new orders.Order(8, 'x'), tea], { gift: tea })
      expect(job.args[0]).toEqual(new RecordRef('Order', 7))
      expect(await h.redis.hget(`${h.base('q')}job:${job.id}`, 'args')).not.toContain('as it was')
      await drain({ isolation })
      expect(await job.result).toBe('7: tea,8: rice,7: tea,7: tea')
    },
  )

  test('is loaded once for all of its places, in each attempt', async () => {
    const before = orders.loads
    await h.queue().enqueue(orders.ship, tea, [tea, tea])
    await drain()
    expect(orders.loads - before).toBe(1)
  })

  test('that is gone fails its job for good, or drops it', async () => {
    const q = h.queue()
    const gone = await q.with({ retry: 5 }).enqueue(orders.ship, new orders.Order(9, 'gone'))
    const dropped = await q.enqueue(orders.send, new orders.Draft())
    await drain()
    await gone.refresh()
    expect([gone.status, gone.attempt]).toEqual(['failed', 1])
    expect(gone.error).toMatchObject({
      name: 'RecordNotFoundError',
      message: expect.stringContaining('Order 9 is gone'),
    })
    expect(await dropped.result).toBeUndefined()
  })

  test.each([undefined, null, Number.NaN])('without an id is refused: %s', async (id) => {
    const unsaved = new orders.Order(id as unknown as number, 'unsaved')
    await expect(h.queue().enqueue(orders.ship, tea, [unsaved])).rejects.toThrow(
      `args[1][0] is a record of 'Order' whose toId answers ${id}: expected a string or a finite number`,
    )
  })

  test('whose database is away is loaded again by a retry', async () => {
    const q = h.queue()
    orders.setAway(true)
    const job = await q.with({ retry: { max: 1_000, interval: '20ms' } }).enqueue(orders.ship, tea)
    const worker = h.worker('q', { paths: ['.'] })
    const running = worker.run()
    await expect.poll(async () => (await job.refresh()).attempt).toBeGreaterThan(1)
    orders.setAway(false)
    expect(await job.result).toBe('7: tea')
    await worker.stop()
    await running
  })

  test('may be a result, which another job takes', async () => {
    const q = h.queue()
    const first = await q.enqueue(orders.pass, tea)
    const job = await q.enqueue(orders.ship, first)
    await drain()
    expect(await job.result).toBe('7: tea')
  })

  test('travels in the synchronous mode as well', async () => {
    const q = new Queue('q', { async: false, prefix: h.prefix })
    expect(await (await q.enqueue(orders.ship, tea)).returnValue()).toBe('7: tea')
  })
})

test('any other instance is refused with what to do', async () => {
  class Other {}
  const refused = h.queue().enqueue(orders.ship, new Other() as never)
  await expect(refused).rejects.toThrow(SerializationError)
  await expect(refused).rejects.toThrow(/args\[0\] is an instance of Other.*its id.*registerType/)
})

test.each([
  ['', {}],
  ['X', null],
  ['X', { match: orders.Order, toId: 1, load: (): null => null }],
  ['X', { match: orders.Order, toId: () => 1, load: (): null => null, missing: 'drop' }],
])('registerType refuses %j, %j', (name, type) => {
  expect(() => registerType(name, type as never)).toThrow(InvalidArgumentError)
})
