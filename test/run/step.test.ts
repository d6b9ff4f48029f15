import { setTimeout as wait } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { step } from '../../lib/index.ts'

vi.mock('node:timers/promises', { spy: true })

const DAY_MS = 86_400_000

test('outside of a job step.sleep waits all of its time, also where no timer can count it', async () => {
  const waits = vi.mocked(wait).mockResolvedValue(undefined)
  await step.sleep('a month', '30d')
  const ms = waits.mock.calls.map(([each]) => each!)
  expect(ms.reduce((sum, each) => sum + each)).toBe(30 * DAY_MS)
  expect(Math.max(...ms)).toBeLessThan(2 ** 31)
})
