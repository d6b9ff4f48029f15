import { expect, test } from 'vitest'
test('x', async () => {
  const m = await import('../fixtures/decorated/standard.ts')
  expect(m.Reports.build.name).toBe('build')
})
