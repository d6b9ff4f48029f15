import { expect, onTestFinished, test, vi } from 'vitest'
import { call } from '../../lib/index.ts'
import { Drain } from '../../lib/worker/drain.ts'
import { harness } from '../kit/harness.ts'

const h = harness()

test('what waits in any queue goes past a job that must run alone, which runs once the worker holds nothing', async () => {
  const q = h.queue()
  const other = h.queue('other')
  const worker = h.worker(['q', 'other'], { concurrency: 3 })
  const running = worker.run()
  await q.enqueue('./tasks#hold', h.gate('long'), true)
  await h.reached('long')
  await q.pause()
  const alone = await q.enqueue('./tasks#hold', h.gate('alone'), true)
  // As a worker leaves it that died with it.
  await h.redis.hset(`${h.base('q')}job:${alone.id}`, 'al', 1)
  const behind = await q.enqueueMany(Array.from({ length: 9 }, () => call('./tasks#nothing')))
  await q.resume()
  await Promise.all(behind.map((job) => job.result))
  // The worker holds still by now, but not for as long as the long one takes.
  await (await other.enqueue('./tasks#nothing')).result
  expect([(await alone.refresh()).status, await q.count('started')]).toEqual(['queued', 1])

  await h.open('long')
  await h.reached('alone')
  const last = await q.enqueue('./tasks#nothing')
  await h.open('alone')
  await last.result
  const times = [await alone.refresh(), await last.refresh()].map(({ startedAt, endedAt }) => [
    startedAt,
    endedAt,
  ])
  expect(times[1]![0]!.getTime()).toBeGreaterThanOrEqual(times[0]![1]!.getTime())
  await worker.stop()
  await running
})

test('a busy worker claims nothing for a tenth of the time that a job waits to run alone, for longer each time', () => {
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  onTestFinished(() => void vi.restoreAllMocks())
  const drain = new Drain()
  const passed = { stale: [], jobs: [], dueIn: null, left: false, alone: true, pausedFor: null }
  const windows: number[][] = []
  for (; now < 80_000; now += 500) {
    const wasOn = drain.isOn
    drain.note(passed)
    if (drain.isOn && !wasOn) windows.push([now, drain.endsAt])
  }
  expect(windows).toEqual([
    [0, 1_000],
    [10_000, 12_000],
    [30_000, 34_000],
    [70_000, 78_000],
  ])
  drain.end()
  drain.note(passed)
  expect(drain.endsAt).toBe(now + 1_000)
})
