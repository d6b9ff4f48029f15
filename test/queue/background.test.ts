import { afterEach, describe, expect, test } from 'vitest'
import { background, configure, InvalidArgumentError, Job, job } from '../../lib/index.ts'
import * as jobs from '../fixtures/jobs.ts'
import { harness } from '../kit/harness.ts'

const h = harness()
let restore = () => {}

afterEach(() => restore())

function here(): void {
  restore = configure({ connection: h.url, prefix: h.prefix })
}

describe('background()', () => {
  test('enqueues each call, and .now() calls the function', async () => {
    here()
    const sent = await jobs.deliver(3)
    expect(sent).toBeInstanceOf(Job)
    expect([sent.queue, sent.status]).toEqual(['mail', 'queued'])
    await h.drain('mail', { paths: ['.'] })
    expect(await sent.result).toBe('delivered 3')
    expect(jobs.deliver.now(3)).toBe('delivered 3')
    expect((await jobs.deliver.with({ tags: ['x'] }).delay(4)).tags).toEqual(['x'])
  })

  test('asks option functions at each call, with its arguments', async () => {
    here()
    const [soon, later] = [await jobs.deliver(3), await jobs.deliver(7)]
    expect([soon.priority, later.priority, soon.status, later.status]).toEqual([3, 7, 'queued', 'scheduled'])
  })
})

describe('options that are functions', () => {
  test('choose the queue and the time of a job()', async () => {
    here()
    const at = new Date(Date.now() + 3_600_000)
    const task = job((id: number) => (id > 1 ? 'many' : 'one'), {
      at: () => at,
      description: (id: number) => `number ${id}`,
      name: './test/fixtures/tasks#echo',
    })((id: number) => id)
    const sent = await task.delay(2)
    expect([sent.queue, sent.description, sent.scheduledFor]).toEqual(['many', 'number 2', at])
  })

  test('that answer nonsense are refused at the call', async () => {
    here()
    const task = background('q', { priority: () => 'high' as never, name: './test/fixtures/tasks#echo' })(
      (x: number) => x,
    )
    await expect(task(1)).rejects.toThrow(InvalidArgumentError)
  })
})
