import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderWithPackageJson } from '../lib/core/project-root.ts'

/** The version of this package, from sources and from the build alike. */
export function version(): string {
  const folder = folderWithPackageJson(import.meta.dirname) ?? '.'
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version
}
