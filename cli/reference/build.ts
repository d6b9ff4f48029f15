import { writeFileSync } from 'node:fs'
import { cliReference } from './markdown.ts'

writeFileSync(new URL('../../docs/cli.md', import.meta.url), await cliReference())
