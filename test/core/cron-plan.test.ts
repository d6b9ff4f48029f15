import { expect, test } from 'vitest'
import { type CronDefinition, entryOfJobId, slotJobId } from '../../lib/core/cron-definition.ts'
import { isLastRun, planSlot } from '../../lib/core/cron-plan.ts'

function definition(more: Partial<CronDefinition> = {}): CronDefinition {
  return {
    rev: 'a.b',
    name: 'x',
    queue: 'q',
    schedule: { everyMs: 1_000 },
    missed: 'once',
    graceMs: 5_000,
    overlap: 'allow',
    job: { func: './tasks#add', args: '[]', options: {} },
    ...more,
  }
}

test('a slot in time is fired whatever the policy', () => {
  for (const missed of ['once', 'skip', 'all'] as const)
    expect(planSlot(definition({ missed }), 1_000, 1_003)).toEqual({ fire: 1_000, next: 2_000 })
})

test('once fires the latest of the missed slots, however many they are', () => {
  expect(planSlot(definition(), 1_000, 86_400_500)).toEqual({ fire: 86_400_000, next: 86_401_000 })
})

test('all fires them one after the other', () => {
  expect(planSlot(definition({ missed: 'all' }), 1_000, 9_500)).toEqual({ fire: 1_000, next: 2_000 })
})

test('skip fires the latest one while it is not later than the grace time, else none', () => {
  const missed = 'skip'
  expect(planSlot(definition({ missed }), 1_000, 9_500)).toEqual({ fire: 9_000, next: 10_000 })
  const hourly = definition({ missed, schedule: { everyMs: 3_600_000 } })
  expect(planSlot(hourly, 0, 5_000)).toEqual({ fire: 0, next: 3_600_000 })
  expect(planSlot(hourly, 0, 5_001)).toEqual({ fire: undefined, next: 3_600_000 })
})

test('missed slots of a pattern are found in its zone', () => {
  const schedule = { cron: '0 3 * * *', timezone: 'Europe/Berlin' }
  const plan = planSlot(
    definition({ schedule }),
    Date.parse('2026-10-20T01:00Z'),
    Date.parse('2026-10-26T12:00Z'),
  )
  expect(plan).toEqual({ fire: Date.parse('2026-10-26T02:00Z'), next: Date.parse('2026-10-27T02:00Z') })
})

test('nothing follows the last slot before the end', () => {
  const schedule = { everyMs: 1_000, endAt: 3_500 }
  expect(planSlot(definition({ schedule }), 2_000, 9_000)).toEqual({ fire: 3_000, next: undefined })
})

test('the last of a number of runs is known as such', () => {
  expect(isLastRun(definition({ schedule: { everyMs: 1_000, times: 3 } }), 1)).toBe(false)
  expect(isLastRun(definition({ schedule: { everyMs: 1_000, times: 3 } }), 2)).toBe(true)
  expect(isLastRun(definition(), 2)).toBe(false)
})

test.each([
  ['nightly', Date.parse('2026-11-20T03:00:00Z'), 'cron-nightly-20261120T030000Z'],
  ['a-20261120T030000Z', 0, 'cron-a-20261120T030000Z-19700101T000000Z'],
  ['x', 1_005, 'cron-x-19700101T000001.005Z'],
])('the job of entry %s for slot %d tells both', (name, slot, id) => {
  expect(slotJobId(name, slot)).toBe(id)
  expect(entryOfJobId(id)).toBe(name)
})
