import { describe, expect, test } from 'vitest'
import {
  type CronSchedule,
  checkPattern,
  firstSlot,
  latestSlot,
  slotAfter,
  slotAfterPause,
} from '../../lib/core/cron-schedule.ts'

const at = (text: string) => Date.parse(text)
const shown = (slot: number | undefined) => slot && new Date(slot).toISOString().replace(':00.000', '')
const berlin = (cron: string): CronSchedule => ({ cron, timezone: 'Europe/Berlin' })

/** The slots after a time, one by one, as workers go through them. */
function slots(schedule: CronSchedule, after: string, n: number): (string | number | undefined)[] {
  const found = []
  let slot: number | undefined = at(after)
  for (let i = 0; i < n && slot !== undefined; i++) {
    slot = slotAfter(schedule, slot)
    found.push(shown(slot))
  }
  return found
}

describe('when the clocks of Berlin go forward', () => {
  test('a daily time in the gap is kept at the first time after it', () => {
    expect(slots(berlin('30 2 * * *'), '2026-03-28T00:00Z', 3)).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ])
  })

  test('so is one of a list of times', () => {
    expect(slots(berlin('30 2,14 * * *'), '2026-03-28T20:00Z', 3)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-29T12:30Z',
      '2026-03-30T00:30Z',
    ])
  })

  test('each half hour is half an hour after the last', () => {
    expect(slots(berlin('*/30 * * * *'), '2026-03-29T00:00Z', 3)).toEqual([
      '2026-03-29T00:30Z',
      '2026-03-29T01:00Z',
      '2026-03-29T01:30Z',
    ])
  })
})

describe('when the clocks of Berlin go back', () => {
  test('[F24] a daily time that comes twice is kept once', () => {
    expect(slots(berlin('30 2 * * *'), '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ])
  })

  test('each hour has its slot, the doubled one two', () => {
    expect(slots(berlin('0 * * * *'), '2026-10-24T23:30Z', 4)).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T01:00Z',
      '2026-10-25T02:00Z',
      '2026-10-25T03:00Z',
    ])
  })

  test.each(['30 2 * * *', '*/30 * * * *', '0 30 2,3 * * *'])(
    'the latest slot of %s is one of its slots',
    (cron) => {
      const schedule = berlin(cron)
      let slot = slotAfter(schedule, at('2026-10-24T10:00Z'))!
      for (let i = 0; i < 40; i++) {
        expect(shown(latestSlot(schedule, at('2026-10-24T10:00Z'), slot))).toBe(shown(slot))
        const next = slotAfter(schedule, slot)!
        expect(shown(latestSlot(schedule, at('2026-10-24T10:00Z'), next - 1))).toBe(shown(slot))
        slot = next
      }
    },
  )
})

test('the zone decides, and not the one of this computer', () => {
  const nine = (timezone: string) =>
    shown(slotAfter({ cron: '0 9 * * *', timezone }, at('2026-07-01T00:00Z')))
  expect([nine('UTC'), nine('America/New_York'), nine('Asia/Kolkata')]).toEqual([
    '2026-07-01T09:00Z',
    '2026-07-01T13:00Z',
    '2026-07-01T03:30Z',
  ])
})

test('nicknames and a field of seconds are understood', () => {
  expect(slots({ cron: '@daily', timezone: 'UTC' }, '2026-01-01T00:00Z', 1)).toEqual(['2026-01-02T00:00Z'])
  expect(slotAfter({ cron: '*/5 * * * * *', timezone: 'UTC' }, 12_345)).toBe(15_000)
})

describe('an interval', () => {
  const every = (more: object = {}): CronSchedule => ({ everyMs: 1_000, ...more })

  test('begins at once', () => {
    expect(firstSlot(every(), 12_345)).toBe(12_345)
  })

  test('begins at its start, and in steps from it when that is over', () => {
    expect(firstSlot(every({ startAt: 20_000 }), 12_345)).toBe(20_000)
    expect(firstSlot(every({ startAt: 500 }), 12_345)).toBe(12_500)
    expect(firstSlot(every({ startAt: 500 }), 12_500)).toBe(12_500)
  })

  test('goes on in its steps, with none after its end', () => {
    expect(slotAfter(every({ endAt: 3_000 }), 2_000)).toBe(3_000)
    expect(slotAfter(every({ endAt: 3_000 }), 3_000)).toBeUndefined()
    expect(latestSlot(every(), 1_000, 9_999)).toBe(9_000)
    expect(latestSlot(every({ endAt: 3_500 }), 1_000, 9_999)).toBe(3_000)
  })

  test('keeps its step over a pause', () => {
    expect(slotAfterPause(every(), 1_345, 9_000)).toBe(9_345)
    expect(slotAfterPause(every(), undefined, 9_000)).toBe(9_000)
    expect(slotAfterPause(every({ startAt: 100 }), 1_100, 9_000)).toBe(9_100)
  })
})

test('a pattern has no slots before its start or after its end', () => {
  const limits = { startAt: at('2026-01-05T00:00Z'), endAt: at('2026-01-06T00:00Z') }
  expect(slots({ cron: '@daily', timezone: 'UTC', ...limits }, '2026-01-01T00:00Z', 9)).toEqual([
    '2026-01-05T00:00Z',
    '2026-01-06T00:00Z',
    undefined,
  ])
})

test.each([
  ['61 * * * *', 'UTC', 'Invalid value for minute: 61'],
  ['* * *', 'UTC', "expected five or six fields such as '0 3 * * *'"],
  ['0 0 30 2 *', 'UTC', 'never fires'],
  ['@reboot', 'UTC', '@reboot is not supported'],
  ['0 0 0 1 1 * 2027', 'UTC', '7 parts'],
  ['2027-01-01T00:00:00', 'UTC', 'it is a date'],
  [5 as never, 'UTC', 'it is no text'],
  ['@daily', 'Mars/Olympus', 'got "Mars/Olympus"'],
  ['@daily', '+02:00', 'IANA'],
])('%s in %s is refused', (cron, timezone, message) => {
  expect(() => checkPattern({ cron, timezone })).toThrow(message)
})
