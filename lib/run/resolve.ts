import { realpathSync, statSync } from 'node:fs'
import { isAbsolute, join, relative, sep } from 'node:path'
import { InvalidJobError } from '../core/errors.ts'
import { packageFile } from './package-file.ts'
import { typeScriptLoader } from './typescript.ts'

const TYPESCRIPT = ['.ts', '.mts', '.cts', '.tsx']
const JAVASCRIPT = ['.js', '.mjs', '.cjs', '.jsx']

/** A module's file, and the root that it was found from. */
export interface ModuleFile {
  readonly file: string
  readonly root: string
}

/**
 * The file of `./src/tasks`, inside one of the roots, or of a package as seen from one of them.
 * @throws InvalidJobError naming every place tried.
 */
export function resolveModule(module: string, roots: readonly string[]): ModuleFile {
  const tried: string[] = []
  for (const root of roots) {
    const file = module.startsWith('./') ? fileIn(root, module, tried) : packageFile(module, root, tried)
    if (file !== undefined) return { file: realPath(file), root }
  }
  const hint = module.startsWith('./') ? '' : " A path in the project starts with './'."
  throw new InvalidJobError(`cannot find the module '${module}'.${hint} Tried ${tried.join(', ')}.`, {
    isUnknown: true,
  })
}

export function isTypeScript(file: string): boolean {
  return TYPESCRIPT.some((extension) => file.endsWith(extension))
}

/** True for a file in the folder or below it. Both must be real paths. */
export function isInside(file: string, folder: string): boolean {
  const path = relative(folder, file)
  return path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path)
}

/** The path without symbolic links, as Node gives it to the modules it loads. */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function fileIn(root: string, module: string, tried: string[]): string | undefined {
  // Sources beside their own build output: without a way to load TypeScript the build is the one to run.
  const extensions =
    typeScriptLoader(root) === 'none' ? [...JAVASCRIPT, ...TYPESCRIPT] : [...TYPESCRIPT, ...JAVASCRIPT]
  const path = join(root, module)
  for (const file of [...extensions, ...extensions.map((each) => `/index${each}`)].map((end) => path + end)) {
    tried.push(file)
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) continue
    if (isInside(realPath(file), realPath(root))) return file
    throw new InvalidJobError(
      `'${module}' leads out of ${root}, to ${realPath(file)}; add that folder with --path, or copy the module here`,
    )
  }
  return undefined
}
