import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import { InvalidJobError } from '../core/errors.ts'
import { packageFile } from './package-file.ts'

/** How TypeScript gets loaded: by what already runs this process, by the project's tsx, by Node itself, or not at all. */
export type TypeScriptLoader = 'present' | 'tsx' | 'node' | 'none'

const OTHER_LOADERS = /\b(tsx|ts-node|swc-node|@swc\/|esbuild-register|jiti|oxc-node|babel-node)\b/

export function typeScriptLoader(root: string): TypeScriptLoader {
  if (process.versions.bun !== undefined || process.versions.deno !== undefined) return 'present'
  const flags = `${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`
  // A flag's tsx is there for the main thread only: worker threads have its flag, and not its loader.
  const isAbsent = !isMainThread && /\btsx\b/.test(flags)
  if ((OTHER_LOADERS.test(flags) && !isAbsent) || isRunByVitest()) return 'present'
  if (tsxOf(root) !== undefined) return 'tsx'
  return nodeStripsTypes() ? 'node' : 'none'
}

let prepared: Promise<void> | undefined

/**
 * Makes import() take TypeScript files, once for each process or thread.
 * @throws InvalidJobError where nothing here can load them.
 */
export function prepareTypeScript(root: string, file: string): Promise<void> {
  prepared ??= prepare(root, file)
  prepared.catch(() => {
    prepared = undefined
  })
  return prepared
}

async function prepare(root: string, file: string): Promise<void> {
  const loader = typeScriptLoader(root)
  if (loader === 'tsx') await registerTsx(root)
  if (loader !== 'none') return
  throw new InvalidJobError(
    `cannot load ${file}: Node ${process.versions.node} does not run TypeScript. ` +
      'Install tsx in the project (npm install tsx), use Node 22.18 or newer, or build to JavaScript.',
  )
}

/** What to add to the error of a TypeScript file that Node itself could not run. */
export function typeScriptHint(root: string, error: unknown): string {
  if (typeScriptLoader(root) !== 'node') return ''
  const code = (error as { code?: unknown } | undefined)?.code
  if (error instanceof SyntaxError || code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return ' Node only strips types: decorators, enums and parameter properties need tsx (npm install tsx).'
  }
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_UNSUPPORTED_DIR_IMPORT') {
    return " Node needs the .ts in import paths; tsx (npm install tsx) takes './x' and './x.js' too."
  }
  return ''
}

async function registerTsx(root: string): Promise<void> {
  const { esm, cjs } = tsxOf(root)!
  const path = join(root, 'tsconfig.json')
  const tsconfig = existsSync(path) ? path : undefined
  try {
    const [forImport, forRequire] = await Promise.all(
      [esm, cjs].map((api) => import(pathToFileURL(api).href)),
    )
    withTsconfigPath(tsconfig, () => forRequire.register())
    forImport.register(tsconfig === undefined ? {} : { tsconfig })
  } catch (error) {
    throw new InvalidJobError(
      `the project's tsx (${esm}) could not be registered to load TypeScript; update it: npm install tsx@latest`,
      { cause: error },
    )
  }
}

/** tsx's CommonJS half has no such option; it reads the variable while it is registered. */
function withTsconfigPath(path: string | undefined, register: () => void): void {
  const before = process.env.TSX_TSCONFIG_PATH
  if (path !== undefined) process.env.TSX_TSCONFIG_PATH ??= path
  try {
    register()
  } finally {
    if (before === undefined) delete process.env.TSX_TSCONFIG_PATH
  }
}

/** The files are those that import() takes: what `require` takes fails to find its own loader. */
function tsxOf(root: string): { readonly esm: string; readonly cjs: string } | undefined {
  const esm = packageFile('tsx/esm/api', root)
  const cjs = packageFile('tsx/cjs/api', root)
  return esm === undefined || cjs === undefined ? undefined : { esm, cjs }
}

function nodeStripsTypes(): boolean {
  return Boolean((process.features as { typescript?: unknown }).typescript)
}

/** Vitest transforms what funq imports if it transforms funq itself, as in funq's own tests. */
function isRunByVitest(): boolean {
  return '__vitest_worker__' in globalThis && import.meta.url.endsWith('.ts')
}
