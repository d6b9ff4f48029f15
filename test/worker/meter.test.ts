import { describe, expect, test } from 'vitest'
import { BOUNDS, bucketOf, quantilesOf } from '../../lib/core/histogram.ts'
import { addCell, count, openCell, readCell, writeCell } from '../../lib/core/metric-cell.ts'
import { addMetrics, readFunctionNames, readMetrics, readMetricTotals } from '../../lib/redis/metrics.ts'
import { storeOf } from '../kit/a-store.ts'
import { shiftFields } from '../kit/elapse.ts'
import { harness } from '../kit/harness.ts'

const h = harness()
const s = storeOf(h)
const HOUR = 3_600_000

async function lastHour(more: object = {}) {
  const to = Date.now() + 60_000
  return readMetrics(s.store, { from: to - HOUR, to, ...more })
}

describe('a worker', () => {
  test('adds what became of its runs to the history of each queue when it stops', async () => {
    const q = h.queue('q')
    for (let i = 0; i < 5; i++) await q.enqueue('./tasks#nothing')
    await q.with({ retry: 1 }).enqueue('./tasks#fail')
    await h.queue('up').enqueue('./tasks#add', 1, 2)
    await h.drain(['q', 'up'])
    const all = await lastHour()
    expect(all.total).toMatchObject({ finished: 6, failed: 1, retried: 1, stopped: 0 })
    expect(all.total.duration!.p50).toBeGreaterThan(0)
    expect(all.points.reduce((sum, { finished }) => sum + finished, 0)).toBe(6)
    expect(all.functions.map(({ func }) => func)).toEqual(['./tasks#nothing', './tasks#fail', './tasks#add'])
    const one = await lastHour({ queue: 'q', func: './tasks#fail' })
    expect(one.total).toMatchObject({ finished: 0, failed: 1, retried: 1 })
    expect((await lastHour({ tier: 'day' })).total.finished).toBe(6)
    expect(await readFunctionNames(s.store, ['q'])).toEqual(
      [['./tasks#fail', './tasks#nothing'].sort()].map((names) => expect.arrayContaining(names)),
    )
    const totals = await readMetricTotals(s.store, ['q', 'up'])
    expect(totals.get('up')!.get('./tasks#add')!.finished).toBe(1)
    expect(totals.get('q')!.get('./tasks#nothing')!.finished).toBe(5)
  })

  test('counts how long jobs had been queued, by the clock of Redis', async () => {
    const q = h.queue()
    const jobs = [
      await q.enqueue('./tasks#nothing'),
      await q.with({ priority: 1 }).enqueue('./tasks#nothing'),
    ]
    for (const { id } of jobs) await shiftFields(h.redis, `${h.base('q')}job:${id}`, 60_000)
    await h.drain()
    const { wait } = (await lastHour()).total
    expect(wait!.mean).toBeGreaterThan(59_000)
    expect(wait!.mean).toBeLessThan(70_000)
    expect(wait!.p99).toBeGreaterThan(50_000)
  })

  test('writes nothing for a queue in which nothing ran', async () => {
    await h.drain('empty')
    expect(await h.redis.keys(`${h.prefix}:{empty}:metrics:*`)).toEqual([])
    expect(await h.redis.keys(`${h.prefix}:{empty}:flushed:*`)).toEqual([])
  })
})

describe('the history', () => {
  const cell = (finished: number, ms: number) => {
    const made = openCell()
    for (let i = 0; i < finished; i++) count(made, 'finished', ms, 3)
    return made
  }

  test('takes what is sent again for what it is', async () => {
    const cells = new Map([
      ['', cell(2, 10)],
      ['./a#b', cell(2, 10)],
    ])
    await addMetrics(s.store, 'q', 'w', 'first', cells)
    await addMetrics(s.store, 'q', 'w', 'first', cells)
    await addMetrics(s.store, 'q', 'v', 'other', cells)
    await addMetrics(s.store, 'q', 'w', 'second', cells)
    await s.store.pause('q', 'paused', 1)
    const { total, functions } = await lastHour()
    expect(total.finished).toBe(6)
    expect(functions).toMatchObject([{ func: './a#b', finished: 6 }])
    expect(total.duration!.mean).toBe(10)
  })

  test('keeps 200 functions of a queue apart, and counts the rest together', async () => {
    for (let part = 0; part < 3; part++) {
      const cells = new Map(Array.from({ length: 100 }, (_, i) => [`./a#f${part * 100 + i}`, cell(1, 5)]))
      await addMetrics(s.store, 'q', 'w', `part ${part}`, cells)
    }
    const totals = (await readMetricTotals(s.store, ['q'])).get('q')!
    expect(totals.size).toBe(201)
    expect(totals.get('other')!.finished).toBe(100)
    const { functions } = await lastHour({ queue: 'q' })
    expect(functions[0]).toMatchObject({ func: 'other', finished: 100 })
  })

  test('lets a function go that was not seen for 90 days, and forgets nothing of the sum', async () => {
    const cells = new Map(Array.from({ length: 200 }, (_, i) => [`./a#f${i}`, cell(1, 5)]))
    await addMetrics(s.store, 'q', 'w', '1', cells)
    await h.redis.zadd(`${h.base('q')}functions`, Date.now() - 91 * 86_400_000, './a#f7')
    await addMetrics(s.store, 'q', 'w', '2', new Map([['./a#new', cell(3, 5)]]))
    const totals = (await readMetricTotals(s.store, ['q'])).get('q')!
    expect([totals.has('./a#f7'), totals.get('other')!.finished, totals.get('./a#new')!.finished]).toEqual([
      false,
      1,
      3,
    ])
  })

  test('goes with its queue', async () => {
    const q = h.queue()
    await q.enqueue('./tasks#nothing')
    await h.drain()
    await q.delete()
    const left = await h.redis.keys(`${h.base('q')}*`)
    expect(left.filter((key) => key.includes('metrics:') || key.endsWith('functions'))).toEqual([])
  })

  test('is a step a slot, the empty ones included', async () => {
    const { points, stepMs, tier } = await lastHour()
    expect([tier, stepMs]).toEqual(['minute', 60_000])
    expect(points.length).toBeGreaterThanOrEqual(60)
    expect(points[0]).toEqual({
      at: points[0]!.at,
      finished: 0,
      failed: 0,
      retried: 0,
      stopped: 0,
      duration: null,
      wait: null,
    })
    expect((await lastHour({ from: 0, to: Date.now(), tier: 'minute' })).points.length).toBeLessThanOrEqual(
      1_441,
    )
  })
})

describe('a histogram', () => {
  test('counts each duration below its bound', () => {
    for (const [i, bound] of BOUNDS.entries()) {
      expect(bucketOf(bound)).toBe(i)
      expect(bucketOf(bound + 0.001)).toBe(i + 1)
    }
    expect(bucketOf(0)).toBe(0)
  })

  test('gives quantiles that are off by a bucket at most', () => {
    const cell = openCell()
    for (let ms = 1; ms <= 1_000; ms++) count(cell, 'finished', ms, undefined)
    const { p50, p95, p99, mean } = quantilesOf(cell.durations, cell.durationMs)!
    expect(p50).toBeCloseTo(500, -1)
    expect(Math.abs(p95 - 950)).toBeLessThan(50)
    expect(Math.abs(p99 - 990)).toBeLessThan(50)
    expect(mean).toBe(500.5)
    expect(quantilesOf(cell.waits, 0)).toBeUndefined()
  })

  test('survives its text, and damaged text counts as nothing', () => {
    const cell = openCell()
    count(cell, 'failed', 3_600_000, 0)
    count(cell, 'retried', 99_999_999, 12)
    expect(readCell(writeCell(cell))).toEqual(cell)
    const sum = readCell(writeCell(cell))
    addCell(sum, cell)
    expect(sum.failed).toBe(2)
    expect(readCell('x y;1:a -3:4 900:1;')).toEqual(openCell())
  })
})
