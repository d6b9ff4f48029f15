import { pathToFileURL } from 'node:url'
import { didYouMean } from '../core/did-you-mean.ts'
import { InvalidArgumentError, InvalidJobError } from '../core/errors.ts'
import { type FunctionName, parseFunctionName } from '../core/function-name.ts'
import type { EndedJob } from './builtins.ts'
import { type Callable, exportedFunctions, lookUp, originalOf } from './exports.ts'
import { hooksOf, type RunHooks, runHooked } from './job-hooks.ts'
import { importModule, loadedModule } from './loaded-module.ts'
import { isPerformerClass, isPerforms, notPerforming, type PerformerClass, toTask } from './performer.ts'
import { isTypeScript, type ModuleFile, resolveModule } from './resolve.ts'
import { prepareTypeScript, typeScriptHint } from './typescript.ts'
import type { RunningJob } from './worker-middleware.ts'

/** A function that is ready to run. */
export interface Task {
  /** For a static method `this` is bound already; for an instance method the caller gives it. */
  readonly fn: Callable
  /** True for `Class.prototype.method`: the job's first argument is `this`. */
  readonly instance: boolean
  /** Runs it inside of its hooks; absent where it has none. */
  readonly hooked?: (job: RunningJob, args: unknown[]) => Promise<unknown>
  /** Told once a job of it has failed for good. */
  readonly failed?: (job: EndedJob, error: Error) => unknown
}

export interface LoadOptions {
  /** Folders that `./` paths start from, tried in order; packages are looked up from them too. */
  readonly roots: readonly string[]
}

const MAX_LISTED = 20
const tasks = new Map<string, Promise<Task>>()

/**
 * The function that a name means. Kept for the life of the process once it is found.
 * @throws InvalidJobError if the name is malformed, its module is missing or fails to load, or has no such export.
 */
export function loadTask(name: string, options: LoadOptions): Promise<Task> {
  const key = [name, ...options.roots].join('\0')
  let task = tasks.get(key)
  if (task === undefined) {
    task = load(name, options)
    tasks.set(key, task)
    task.catch(() => tasks.delete(key))
  }
  return task
}

async function load(name: string, { roots }: LoadOptions): Promise<Task> {
  const { module, exportPath, instance } = parse(name)
  const found = resolveModule(module, roots)
  const exports = await importFile(found)
  const { fn, holder } = lookUp(exports, exportPath) ?? {}
  // `archive.perform` is what the producer finds of the object `archive`.
  if (exportPath.at(-1) === 'perform' && !instance && isPerforms(holder)) return toTask(holder)
  if (isPerforms(fn) || isPerformerClass(fn)) return toTask(fn)
  if (typeof fn !== 'function') throw missingExport(found.file, exportPath.join('.'), fn, exports)
  if (isClass(fn)) throw notPerforming(name)
  const original = originalOf(fn as Callable)
  // An instance of a registered class, enqueued as what performs: its class may have hooks.
  if (instance && exportPath.at(-1) === 'perform' && isPerformerOf(holder) && original === fn)
    return toTask(holder.constructor, true)
  const isMethod = exportPath.length > 1 && !instance
  const task = { fn: isMethod ? original.bind(holder) : original, instance }
  const hooks = hooksOf(fn as Callable)
  return hooks ? withHooks(task, hooks) : task
}

function parse(name: string): FunctionName {
  try {
    return parseFunctionName(name)
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new InvalidJobError(error.message, { cause: error })
  }
}

/** The exports of a file. @throws InvalidJobError if it fails to load */
export async function importFile({ file, root }: ModuleFile): Promise<object> {
  // As in a test: what runs it can load TypeScript, and need not be what Node could load it by.
  const loaded = loadedModule(file)
  if (loaded) return loaded
  const typeScript = isTypeScript(file)
  if (typeScript) await prepareTypeScript(root, file)
  try {
    return await importModule(pathToFileURL(file).href)
  } catch (error) {
    const hint = typeScript ? typeScriptHint(root, error) : ''
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    throw new InvalidJobError(`loading ${file} failed: ${reason}.${hint}`, { cause: error, isStuck: true })
  }
}

function missingExport(file: string, wanted: string, found: unknown, exports: object): InvalidJobError {
  const names = [...new Set([...exportedFunctions(exports)].map(({ path }) => path.join('.')))]
  const listed = names.slice(0, MAX_LISTED).join(', ') + (names.length > MAX_LISTED ? ', …' : '')
  const problem =
    found === undefined ? `does not export '${wanted}'` : `exports '${wanted}', but it is no function`
  const available = names.length === 0 ? 'It exports no functions.' : `It exports ${listed}.`
  return new InvalidJobError(`${file} ${problem}.${didYouMean(wanted, names)} ${available}`, {
    isUnknown: true,
  })
}

/** Calls the function; that of an instance method, on its first argument. */
export function invoke({ fn, instance }: Task, args: unknown[]): unknown {
  return instance ? fn.apply(args[0], args.slice(1)) : fn(...args)
}

function withHooks(task: Task, hooks: RunHooks): Task {
  const selfOf = (args: readonly unknown[]) => (task.instance ? args[0] : undefined)
  return {
    ...task,
    hooked: (job, args) => runHooked(hooks, selfOf(args), job, () => invoke(task, args)),
    ...(hooks.failure && { failed: (job, error) => hooks.failure!.call(selfOf(job.args), job, error) }),
  }
}

function isPerformerOf(prototype: unknown): prototype is { readonly constructor: PerformerClass } {
  return isPerformerClass((prototype as object).constructor)
}

function isClass(fn: unknown): boolean {
  return /^class\b/.test(Function.prototype.toString.call(fn))
}
