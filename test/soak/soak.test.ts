import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runSoak } from './run.ts'
import { judge, type Point, slope } from './slope.ts'

const line = (count: number, value: (at: number) => number): Point[] =>
  Array.from({ length: count }, (_, at) => ({ at, value: value(at) }))

const ALLOWS = { part: 0.1, atLeast: 5 }

test('the slope of a line is its own', () => {
  expect(slope(line(10, (at) => 3 * at + 7))).toBe(3)
  expect(slope([])).toBe(0)
})

test('a spike in between does not tilt the slope', () => {
  expect(slope(line(21, (at) => (at === 20 ? 1_000_000 : 5)))).toBe(0)
})

test('what grows beyond its allowance is called so, what rises only in the warm-up is not', () => {
  expect(
    judge(
      line(40, () => 100),
      ALLOWS,
    ),
  ).toMatchObject({ word: 'steady', median: 100, growth: 0 })
  expect(
    judge(
      line(40, (at) => 100 + at),
      ALLOWS,
    ).word,
  ).toBe('growing')
  expect(
    judge(
      line(40, (at) => 100 + at),
      ALLOWS,
    ).perHour,
  ).toBe(3_600)
  expect(
    judge(
      line(40, (at) => Math.min(at, 9) * 10),
      ALLOWS,
    ).word,
  ).toBe('steady')
  expect(
    judge(
      line(5, (at) => 100 + at),
      ALLOWS,
    ).word,
  ).toBe('too short')
})

test('a short soak loses nothing, measures everything, and draws it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'funq-soak-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const report = await runSoak({ seconds: 6, perSecond: 100, everyMs: 500, folder })
  expect(report.ended).toBe(report.enqueued)
  expect(report.samples.length).toBeGreaterThanOrEqual(8)
  for (const { producerRss, redisKeys, redisMemory } of report.samples)
    expect(Math.min(producerRss, redisKeys, redisMemory)).toBeGreaterThan(0)
  expect(JSON.parse(readFileSync(join(folder, 'soak.json'), 'utf8'))).toMatchObject({
    growing: report.growing,
  })
  expect(readFileSync(join(folder, 'soak.svg'), 'utf8').match(/<polyline/g)).toHaveLength(10)
})
