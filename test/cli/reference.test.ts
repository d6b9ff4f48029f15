import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { keysReference } from '../../cli/reference/keys.ts'
import { cliReference } from '../../cli/reference/markdown.ts'

const written = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

test('docs/cli.md says what the commands say; npm run docs makes it anew', async () => {
  expect(written('cli.md')).toBe(await cliReference())
})

test('[P34] docs/keys.md says what the tables of keys and fields say; npm run docs makes it anew', () => {
  expect(written('keys.md')).toBe(keysReference())
})
