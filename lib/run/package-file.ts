import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { folderWithPackageJson } from '../core/project-root.ts'

type Target = string | null | readonly Target[] | { readonly [condition: string]: Target }

export interface PackageJson {
  readonly name?: string
  readonly main?: string
  readonly exports?: Target
}

/** Those that Node's import() goes by. */
const CONDITIONS = new Set(['node', 'import', 'module-sync', 'default'])
const ENDINGS = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '/index.js', '/index.mjs', '/index.cjs']

/**
 * The file that a bare specifier means when it is imported from `root`, by the package's `exports` if it has any.
 * Node's own `import.meta.resolve` takes no parent, and `require.resolve` goes by other conditions.
 * @param tried collects the places that were looked at.
 */
export function packageFile(specifier: string, root: string, tried: string[] = []): string | undefined {
  const words = specifier.split('/')
  const name = words.splice(0, specifier.startsWith('@') ? 2 : 1).join('/')
  const own = folderWithPackageJson(resolve(root))
  const itself = own === undefined ? undefined : readPackageJson(own)
  // As Node has it, a package that has exports may import itself by its name.
  if (itself?.name === name && itself.exports !== undefined) return fileIn(own!, itself, words.join('/'))
  for (let folder = resolve(root); ; folder = dirname(folder)) {
    const packageFolder = join(folder, 'node_modules', name)
    tried.push(packageFolder)
    const manifest = readPackageJson(packageFolder)
    if (manifest !== undefined) return fileIn(packageFolder, manifest, words.join('/'))
    if (folder === dirname(folder)) return undefined
  }
}

/** The package.json of a folder, or undefined where it has none that can be read. */
export function readPackageJson(folder: string): PackageJson | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson
  } catch {
    return undefined
  }
}

/** The subpaths that a package offers, as far as they can be listed: `''` is the package itself. */
export function exportedSubpaths({ exports }: PackageJson): string[] {
  if (typeof exports !== 'object' || exports === null || Array.isArray(exports)) return ['']
  const subpaths = Object.keys(exports).filter((key) => key.startsWith('.') && !key.includes('*'))
  return subpaths.length === 0 ? [''] : subpaths.map((subpath) => subpath.slice(2))
}

function fileIn(folder: string, manifest: PackageJson, subpath: string): string | undefined {
  const { exports, main } = manifest
  if (exports === undefined || exports === null) return existing(join(folder, subpath || main || 'index.js'))
  const key = subpath === '' ? '.' : `./${subpath}`
  const target = targetOf(subpathsOf(exports), key)
  return target?.startsWith('./') === true ? existing(join(folder, target)) : undefined
}

function subpathsOf(exports: Target): { readonly [subpath: string]: Target } {
  const bySubpath = isConditional(exports) && Object.keys(exports).every((key) => key.startsWith('.'))
  return bySubpath ? exports : { '.': exports }
}

function targetOf(subpaths: { readonly [subpath: string]: Target }, key: string): string | undefined {
  for (const asked of [key, `${key}.js`, `${key}.mjs`, `${key}.cjs`, `${key}.ts`]) {
    const exact = subpaths[asked]
    if (exact !== undefined) return pick(exact, '')
    for (const [pattern, target] of Object.entries(subpaths)) {
      const [start = '', end] = pattern.split('*')
      if (end === undefined || !asked.startsWith(start) || !asked.endsWith(end)) continue
      if (asked.length > start.length + end.length) {
        return pick(target, asked.slice(start.length, asked.length - end.length))
      }
    }
  }
  return undefined
}

function pick(target: Target, star: string): string | undefined {
  if (typeof target === 'string') return target.replaceAll('*', star)
  if (!isConditional(target))
    return target?.map((each) => pick(each, star)).find((each) => each !== undefined)
  for (const [condition, nested] of Object.entries(target)) {
    const picked = CONDITIONS.has(condition) ? pick(nested, star) : undefined
    if (picked !== undefined) return picked
  }
  return undefined
}

function isConditional(target: Target): target is { readonly [condition: string]: Target } {
  return typeof target === 'object' && target !== null && !Array.isArray(target)
}

function existing(path: string): string | undefined {
  return ENDINGS.map((ending) => path + ending).find((file) => existsSync(file) && statSync(file).isFile())
}
