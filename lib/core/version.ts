import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderWithPackageJson } from './project-root.ts'

let known: string | undefined

/** The version of this package, from sources and from the build alike. */
export function version(): string {
  known ??= read()
  return known
}

function read(): string {
  const folder = folderWithPackageJson(import.meta.dirname) ?? '.'
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version
}
