import { describe, expect, test, vi } from 'vitest'
import { InvalidArgumentError, Worker } from '../../lib/index.ts'
import { harness } from '../kit/harness.ts'
import { plainClient } from '../kit/plain-client.ts'

const h = harness()

describe('a worker of some priorities', () => {
  test('runs only those, in a burst', async () => {
    const q = h.queue()
    const [low, plain, high] = await Promise.all(
      [10, 0, -10].map((priority) => q.with({ priority }).enqueue('./tasks#nothing')),
    )
    expect(await h.drain('q', { minPriority: 1 })).toMatchObject({ finished: 1 })
    expect(await q.jobIds()).toEqual([high!.id, plain!.id])
    expect((await low!.refresh()).isFinished).toBe(true)
    expect(await h.drain('q', { minPriority: -5, maxPriority: 5 })).toMatchObject({ finished: 1 })
    expect(await h.drain('q', { maxPriority: -1 })).toMatchObject({ finished: 1 })
    expect(await q.isEmpty()).toBe(true)
  })

  test('leaves the bell of other jobs to other workers, and waits without haste while those stand there', async () => {
    const q = h.queue()
    const client = plainClient(h.url)
    const sent = vi.spyOn(client, 'sendCommand')
    const urgent = h.worker('q', { maxPriority: 0, connection: client })
    const running = [urgent.run()]
    const state = async () =>
      (await Worker.fetch(urgent.name, { connection: h.url, prefix: h.prefix }))?.state
    await expect.poll(state).toBe('idle')
    const other = await q.with({ priority: 5 }).enqueue('./tasks#add', 1, 2)
    // It has heard of the job, and rung for whoever may take it.
    await expect.poll(() => h.redis.llen(`${h.base('q')}bell`)).toBe(1)
    sent.mockClear()
    const own = await q.with({ priority: -5 }).enqueue('./tasks#add', 3, 4)
    expect(await own.result).toBe(7)
    expect((await other.refresh()).status).toBe('queued')
    // A loop that took its own token again would ask some hundred times a second.
    expect(sent.mock.calls.length).toBeLessThan(30)
    const all = h.worker('q')
    running.push(all.run())
    expect(await other.result).toBe(3)
    await Promise.all([urgent.stop(), all.stop()])
    await Promise.all(running)
    client.disconnect()
  })

  test('is not handed a job that it does not take', async () => {
    const q = h.queue()
    const urgent = h.worker('q', { maxPriority: -1 })
    const running = urgent.run()
    const state = async () =>
      (await Worker.fetch(urgent.name, { connection: h.url, prefix: h.prefix }))?.state
    await expect.poll(state).toBe('idle')
    expect(await h.redis.zcard(`${h.base('q')}idle`)).toBe(0)
    const job = await q.enqueue('./tasks#nothing')
    expect((await job.refresh()).status).toBe('queued')
    await urgent.stop()
    await running
  })

  test.each([
    [{ minPriority: 1.5 }, 'minPriority: expected an integer from -511 to 511, got 1.5'],
    [{ maxPriority: 512 }, 'maxPriority: expected an integer from -511 to 511, got 512'],
    [{ minPriority: 5, maxPriority: 4 }, 'minPriority: expected at most the maxPriority of 4, got 5'],
  ])('refuses %j', (options, message) => {
    expect(() => new Worker('q', options)).toThrow(new InvalidArgumentError(message))
  })
})
