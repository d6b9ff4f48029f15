import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { generate } from '../../lib/redis/lua/build.ts'

test('the generated module holds the scripts as they stand in lua/', () => {
  const written = readFileSync(new URL('../../lib/redis/scripts.gen.ts', import.meta.url), 'utf8')
  expect(written === generate(), 'lua/ has changed: run lib/redis/lua/build.ts').toBe(true)
})
