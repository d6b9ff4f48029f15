import { writeFileSync } from 'node:fs'
import { keysReference } from './keys.ts'
import { cliReference } from './markdown.ts'

const docs = new URL('../../docs/', import.meta.url)
writeFileSync(new URL('cli.md', docs), await cliReference())
writeFileSync(new URL('keys.md', docs), keysReference())
