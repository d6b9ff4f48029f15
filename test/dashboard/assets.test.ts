import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { generate } from '../../lib/dashboard/assets/build.ts'

test('assets.gen.ts is what assets/ and client/ make; `npm run assets` writes it', async () => {
  const file = new URL('../../lib/dashboard/assets.gen.ts', import.meta.url)
  expect(readFileSync(file, 'utf8') === (await generate())).toBe(true)
})
