import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { Random } from './random.ts'
import { printed } from './report.ts'
import { runChaos } from './run.ts'

/** One that draws nearly every fault within the time. The long runs are `npm run chaos -- --minutes 10`. */
const SEED = 3508

test('no job is lost and no outcome recorded twice while workers, work-horses, connections and Redis die [F29]', async () => {
  const report = await runChaos({ seconds: 8, seed: SEED, gapMs: 400, producers: 5 })
  console.log(printed(report))
  expect(report.problems).toEqual([])
  expect(report.figures.lost).toBe(0)
  expect(report.figures.recordedTwice).toBe(0)
  expect(report.figures.enqueued).toBeGreaterThan(20)
  await rm(report.folder, { recursive: true })
}, 150_000)

test('a seed repeats its chances', () => {
  const draw = () => {
    const random = new Random(SEED)
    return [random.int(1, 6), random.pick(['a', 'b', 'c']), random.weighted({ x: 1, y: 3 }), random.next()]
  }
  expect(draw()).toEqual(draw())
})
