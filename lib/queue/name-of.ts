import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UnnamableFunctionError } from '../core/errors.ts'
import { formatFunctionName } from '../core/function-name.ts'
import type { Class } from '../core/register-class.ts'
import { type Callable, exportedFunctions, originalOf } from '../run/exports.ts'
import { importModule } from '../run/loaded-module.ts'
import { isPerformerClass, isPerforms } from '../run/performer.ts'
import { originOf } from './inspector.ts'
import { fileOfScript, isEntryModule, moduleNameOf } from './module-name.ts'

const NAME = Symbol.for('funq.name')
const BY_PATH = "pass its name as a string instead: './tasks#add'"

type Names = WeakMap<object, string | Promise<string>>

const names: Names = new WeakMap()
const classNames: Names = new WeakMap()

/**
 * The name by which a worker finds a function: `./tasks#countWords`. At once where it is known already, else a promise:
 * its module is imported once more, from memory, to see under which name it exports the function.
 * @throws UnnamableFunctionError (as a rejection) for what no worker could find, saying what to do.
 */
export function nameOf(fn: Callable): string | Promise<string> {
  return names.get(fn) ?? explicitName(fn) ?? remember(names, fn, findTask(fn))
}

/** The name of a method for an instance of `type`: `./models#User.prototype.activate`. */
export function nameOfMethod(type: Class, method: string): string | Promise<string> {
  const known = classNames.get(type) ?? remember(classNames, type, findExport(type as unknown as Callable))
  const withMethod = (name: string) => `${name}.prototype.${method}`
  return typeof known === 'string' ? withMethod(known) : known.then(withMethod)
}

function explicitName(fn: Callable): string | undefined {
  const name: unknown = typeof fn === 'function' ? (fn as { [NAME]?: unknown })[NAME] : undefined
  return typeof name === 'string' ? name : undefined
}

/** The promise itself is kept while it is pending, so that a burst of calls asks once. */
function remember(known: Names, fn: object, finding: Promise<string>): Promise<string> {
  if (typeof fn !== 'function') return finding
  known.set(fn, finding)
  finding.then(
    (name) => known.set(fn, name),
    () => known.delete(fn),
  )
  return finding
}

async function findTask(fn: Callable): Promise<string> {
  if (typeof fn !== 'function') {
    throw new UnnamableFunctionError(
      `expected a function or a name such as './tasks#add', got ${typeof fn} ${String(fn)}`,
    )
  }
  const isClass = /^class\b/.test(Function.prototype.toString.call(fn))
  if (isClass && !isPerforms(fn) && !isPerformerClass(fn)) {
    throw new UnnamableFunctionError(
      `${shown(fn)} is a class without a perform method; give it one, static or of its instances, or enqueue one of its methods`,
    )
  }
  return findExport(fn)
}

async function findExport(fn: Callable): Promise<string> {
  const url = scriptUrl(fn)
  const file = fileOfScript(url)
  if (file === undefined) {
    throw new UnnamableFunctionError(
      `${shown(fn)} was made by eval, a REPL or generated code (${url || 'no file'}), which workers cannot load; ` +
        'move it to a module of its own and export it',
    )
  }
  // Before any import: the entry module may be waiting for this very call, and would wait for ever.
  if (isEntryModule(file)) {
    throw new UnnamableFunctionError(
      `Functions from the entry module (${basename(file)}) cannot be processed by workers: importing it would run ` +
        `the program again. Move ${shown(fn)} to its own module.`,
    )
  }
  const module = moduleNameOf(file)
  const exportPath = pathOf(fn, await importAgain(fn, url, file), module)
  return formatFunctionName({ module, exportPath })
}

function scriptUrl(fn: Callable): string {
  const origin = originOf(originalOf(fn))
  switch (origin.kind) {
    case 'script':
      return origin.url
    case 'bound':
      throw new UnnamableFunctionError(
        `${shown(fn)} is bound: workers cannot know to what. Enqueue the original function and pass what it needs as arguments`,
      )
    case 'proxy':
      throw new UnnamableFunctionError(
        `${shown(fn)} is a Proxy; enqueue the function behind it, or ${BY_PATH}`,
      )
    case 'native':
      throw new UnnamableFunctionError(
        `${shown(fn)} is built into the runtime; export a function of your own that calls it, and enqueue that`,
      )
    case 'unavailable':
      throw new UnnamableFunctionError(
        `this runtime has no inspector to ask where ${shown(fn)} is; ${BY_PATH}, or job('low', { name: './tasks#add' })`,
      )
  }
}

function pathOf(fn: Callable, module: object, moduleName: string): readonly string[] {
  const functions = [...exportedFunctions(module)]
  const original = originalOf(fn)
  const found =
    functions.find((each) => each.fn === fn) ?? functions.find((each) => originalOf(each.fn) === original)
  if (found === undefined) {
    throw new UnnamableFunctionError(
      `${shown(fn)} is not exported from ${moduleName}, where it is defined; export it there, or, if another module ` +
        `exports it, ${BY_PATH}`,
    )
  }
  if (found.path.at(-2) === 'prototype') {
    throw new UnnamableFunctionError(
      `${found.path.join('.')} needs an instance as \`this\`; enqueue it with delay(instance).${found.path.at(-1)}()`,
    )
  }
  return found.path
}

/** By the URL that it was loaded by, with its query: by another one it would be evaluated anew. */
async function importAgain(fn: Callable, url: string, file: string): Promise<object> {
  try {
    return await importModule(url.startsWith('file:') ? url : pathToFileURL(file).href)
  } catch (error) {
    throw new UnnamableFunctionError(
      `${shown(fn)} is in ${file}, which cannot be imported to see under which name it exports it; ${BY_PATH}`,
      { cause: error },
    )
  }
}

function shown(fn: Callable): string {
  return fn.name === '' ? 'the anonymous function' : `the function ${fn.name}`
}
