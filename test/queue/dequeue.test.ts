import { beforeEach, describe, expect, test } from 'vitest'
import { InvalidArgumentError } from '../../lib/index.ts'
import * as jobs from '../fixtures/jobs.ts'
import * as tasks from '../fixtures/tasks.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

beforeEach(() => {
  jobs.heard.length = 0
})

describe('removeWhere()', () => {
  test('removes waiting jobs by function, arguments and tags, wherever they wait', async () => {
    const q = h.queue()
    const both = await q.with({ tags: ['a', 'b'] }).enqueue(tasks.echo, { deep: [1] })
    const later = await q.with({ in: '1h' }).enqueue(tasks.echo, { deep: [1] })
    const other = await q.enqueue(tasks.echo, { deep: [2] })
    const another = await q.enqueue(tasks.add, 1, 2)
    expect(await q.removeWhere({ func: tasks.echo, args: [{ deep: [1] }] })).toBe(2)
    expect((await both.refresh()).status).toBe('canceled')
    expect((await later.refresh()).status).toBe('canceled')
    expect(await q.removeWhere({ tags: ['x'] })).toBe(0)
    expect(await q.removeWhere({ func: './test/fixtures/tasks#add' })).toBe(1)
    expect((await another.refresh()).reason).toBe('removed from queue q')
    expect(await q.jobIds()).toEqual([other.id])
  })

  test('goes through all pages, and tells how far it has come', async () => {
    const q = h.queue()
    const calls = Array.from({ length: 250 }, (_, i) => ({ func: tasks.echo, args: [i % 2], options: {} }))
    await q.enqueueMany(calls)
    const told: number[][] = []
    const onProgress = (...counts: number[]) => void told.push(counts)
    expect(await q.removeWhere({ args: [1] }, { onProgress })).toBe(125)
    expect(told).toEqual([
      [50, 100],
      [100, 200],
      [125, 250],
    ])
    expect(await q.count()).toBe(125)
  })

  test('wants a condition that it knows', async () => {
    const q = h.queue()
    await expect(q.removeWhere({})).rejects.toThrow('empty() removes all')
    await expect(q.removeWhere({ fn: tasks.add } as never)).rejects.toThrow(InvalidArgumentError)
  })
})

describe('dequeue()', () => {
  test('is Resque’s: a class, with arguments or without, and its hooks', async () => {
    const q = h.queue()
    await q.enqueue(jobs.Dequeued, 1)
    await q.enqueue(jobs.Dequeued, 2)
    await q.enqueue(jobs.Dequeued, 3)
    expect(await q.dequeue(jobs.Dequeued, 2)).toBe(1)
    // The hook keeps the third one.
    expect(await q.dequeue(jobs.Dequeued)).toBe(1)
    expect((await q.jobs()).map(({ args }) => args)).toEqual([[3]])
    expect(jobs.heard).toEqual(['before 2', 'after 2', 'before 1', 'before 3', 'after 1'])
  })
})
