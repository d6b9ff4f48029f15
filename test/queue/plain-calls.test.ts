import { describe, expect, test } from 'vitest'
import { DEFAULTS } from '../../lib/core/options.ts'
import { call, PayloadTooLargeError, SerializationError } from '../../lib/index.ts'
import { harness } from '../kit/harness.ts'

const h = harness()
const MANY = 2_000

const callsOf = (values: readonly unknown[]) => values.map((value) => call('./tasks#echo', value))
const numbers = Array.from({ length: MANY }, (_, n) => n)

/** A queue that the process knows, so that a call of its goes out at once. */
async function warmQueue() {
  const q = h.queue()
  const first = await q.enqueue('./tasks#nothing')
  await first.delete()
  return q
}

describe('many plain calls', () => {
  test('are stored in their order, with their arguments as they were at the call', async () => {
    const q = await warmQueue()
    const values = numbers.map((n) => ({ n }))
    const enqueued = q.enqueueMany(callsOf(values))
    for (const value of values) value.n = -1
    const jobs = await enqueued
    expect(await q.jobIds('queued', { limit: MANY })).toEqual(jobs.map(({ id }) => id))
    expect(jobs.map(({ args }) => args)).toEqual(numbers.map((n) => [{ n }]))
    const stored = await q.jobs('queued', { limit: MANY })
    expect(stored.map(({ args }) => args)).toEqual(numbers.map((n) => [{ n }]))
  })

  test('stay behind what the same tick enqueued before them, and ahead of what it enqueues after', async () => {
    const q = await warmQueue()
    const before = q.enqueue('./tasks#nothing')
    const many = q.enqueueMany(callsOf(numbers))
    const after = q.enqueue('./tasks#nothing')
    const again = q.enqueueMany(callsOf(numbers))
    const jobs = [await before, ...(await many), await after, ...(await again)]
    expect(await q.jobIds('queued', { limit: jobs.length })).toEqual(jobs.map(({ id }) => id))
  })

  test.each([
    ['cannot travel', () => 1, SerializationError],
    ['is too large', 'x'.repeat(DEFAULTS.payloadLimit), PayloadTooLargeError],
  ])('leave nothing behind where the last one’s argument %s', async (_, value, error) => {
    const q = await warmQueue()
    await expect(q.enqueueMany(callsOf([...numbers, value]))).rejects.toThrow(error)
    expect(await q.count()).toBe(0)
  })

  test('may be as large as is allowed', async () => {
    const q = await warmQueue()
    const text = 'x'.repeat(DEFAULTS.payloadLimit - 4)
    const [first, last] = await q.enqueueMany(callsOf([1, text]))
    expect(first!.args).toEqual([1])
    expect((await last!.refresh()).args).toEqual([text])
  })

  test('of a closed queue are refused', async () => {
    const q = await warmQueue()
    await q.close()
    await expect(q.enqueueMany(callsOf(numbers))).rejects.toThrow(/closed/)
    await expect(q.enqueueMany([])).resolves.toEqual([])
  })

  test('may be none', async () => {
    expect(await (await warmQueue()).enqueueMany([])).toEqual([])
  })
})
