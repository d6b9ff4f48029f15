import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** What Vitest keeps of the modules that it has evaluated, by file. It does not load them through Node. */
interface VitestWorker {
  readonly evaluatedModules?: {
    getModulesByFile?(file: string): Iterable<{ readonly exports?: unknown }> | undefined
  }
}

const require = createRequire(import.meta.url)

/**
 * Imports a file: URL so that functions keep their identity: where the module is already loaded, by whichever loader,
 * the same instance is given and nothing is evaluated again.
 */
export async function importModule(url: string): Promise<object> {
  return loadedModule(fileURLToPath(url)) ?? (await import(/* @vite-ignore */ /* webpackIgnore: true */ url))
}

/** What a loader that keeps modules apart from Node's own has of a file. */
export function loadedModule(file: string): object | undefined {
  return fromVitest(file) ?? fromRequire(file)
}

function fromVitest(file: string): object | undefined {
  const worker = (globalThis as { __vitest_worker__?: VitestWorker }).__vitest_worker__
  for (const { exports } of worker?.evaluatedModules?.getModulesByFile?.(file) ?? []) {
    if (typeof exports === 'object' && exports !== null) return exports
  }
  return undefined
}

/** import() of a CommonJS module sees only those of its exports that can be found without running it. */
function fromRequire(file: string): object | undefined {
  const module = require.cache[file]
  if (module === undefined || !module.loaded) return undefined
  const { exports } = module
  const isObject = typeof exports === 'object' && exports !== null
  return isObject && isCompiled(exports) ? exports : { default: exports }
}

function isCompiled(exports: object): boolean {
  return '__esModule' in exports || Object.prototype.toString.call(exports) === '[object Module]'
}
