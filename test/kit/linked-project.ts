import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

export const ROOT = new URL('../..', import.meta.url).pathname
/** For `node --import`: TypeScript on every Node. */
export const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
export const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc')

/** A folder of a user's that has funq, its own built form, and these packages of ours. Whoever makes it removes it. */
export function linkedProject(name: string, packages: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), `funq-${name}-`))
  const link = (from: string, as: string) => {
    const path = join(folder, 'node_modules', as)
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(from, path)
  }
  link(ROOT, 'funq')
  for (const each of packages) link(join(ROOT, 'node_modules', each), each)
  return folder
}
