import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const roots = new Map<string, string>()

/** The folder that function names are relative to: the nearest with a package.json, from `from` upward, else `from`. */
export function projectRoot(from: string = process.cwd()): string {
  let root = roots.get(from)
  if (root === undefined) {
    root = folderWithPackageJson(from) ?? resolve(from)
    roots.set(from, root)
  }
  return root
}

/** The nearest folder with a package.json, from `from` upward. */
export function folderWithPackageJson(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (folder === dirname(folder)) return undefined
  }
}
