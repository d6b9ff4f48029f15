import { statSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BootstrapError } from '../core/errors.ts'
import { folderWithPackageJson } from '../core/project-root.ts'
import { importFile } from './load.ts'
import { type ModuleFile, realPath, resolveModule } from './resolve.ts'

/** The worker that a setup function is for. */
export interface WorkerPlace {
  readonly name: string
  readonly queues: readonly string[]
}

/** What is loaded where jobs run, before the first of them. */
export interface Bootstrap {
  /** Modules, in their order: paths from the roots, absolute ones, file: URLs, or packages. */
  readonly imports: readonly string[]
  /** A module whose `setup(worker)` is called after them. */
  readonly setup?: string
  readonly worker: WorkerPlace
}

const under = new Map<string, Promise<void>>()

/** Prepares this process, or thread, once for each worker. @throws BootstrapError */
export function runBootstrap(bootstrap: Bootstrap, roots: readonly string[]): Promise<void> {
  const key = JSON.stringify([bootstrap, roots])
  const running = under.get(key) ?? run(bootstrap, roots)
  under.set(key, running)
  return running
}

async function run(bootstrap: Bootstrap, roots: readonly string[]): Promise<void> {
  for (const module of bootstrap.imports) await load(module, roots)
  if (bootstrap.setup === undefined) return
  const exports = await load(bootstrap.setup, roots)
  const setup = await setupOf(exports)
  if (typeof setup !== 'function') {
    throw new BootstrapError(
      `${bootstrap.setup}: expected a function 'setup', exported or in the default export, got ${typeof setup}`,
    )
  }
  try {
    await setup(bootstrap.worker)
  } catch (error) {
    throw new BootstrapError(`setup() of ${bootstrap.setup} failed: ${reasonOf(error)}`, { cause: error })
  }
}

/** What a module of settings says: its default export, what that gives if it is a function, or all that it exports. */
export async function settingsOf(exports: object): Promise<unknown> {
  const settings: unknown = 'default' in exports ? exports.default : { ...exports }
  return typeof settings === 'function' ? settings() : settings
}

async function setupOf(exports: object): Promise<unknown> {
  if ('setup' in exports) return exports.setup
  const settings = await settingsOf(exports)
  return (settings as { setup?: unknown } | null | undefined)?.setup
}

async function load(module: string, roots: readonly string[]): Promise<object> {
  try {
    return await importFile(find(module, roots))
  } catch (error) {
    throw new BootstrapError(`import of '${module}': ${(error as Error).message}`, { cause: error })
  }
}

/** Whoever starts the worker chooses these, no job does: they may lie outside the roots. */
function find(given: string, roots: readonly string[]): ModuleFile {
  const module = given.startsWith('file:') ? fileURLToPath(given) : given
  const isPath = /^\.{0,2}[\\/]/.test(module) || isAbsolute(module)
  for (const root of isPath ? roots : []) {
    const file = resolve(root, module)
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) continue
    return { file: realPath(file), root: folderWithPackageJson(dirname(file)) ?? root }
  }
  return resolveModule(module, roots)
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error)
}
