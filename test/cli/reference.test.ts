import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cliReference } from '../../cli/reference/markdown.ts'

test('docs/cli.md says what the commands say; npm run docs makes it anew', async () => {
  const written = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')
  expect(written).toBe(await cliReference())
})
