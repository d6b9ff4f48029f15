import { InvalidArgumentError } from './errors.ts'

/** A function's name as a job record holds it, in its parts. */
export interface FunctionName {
  /** `./src/tasks`, from the project root and without extension, or a package: `@scope/pkg/sub`. */
  readonly module: string
  /** `['countWords']`, `['Reports', 'build']`, `['User', 'prototype', 'activate']`. */
  readonly exportPath: readonly string[]
  /** True for `Class.prototype.method`, whose first argument is `this`. */
  readonly instance: boolean
}

const FORM =
  "expected a function name such as './tasks#countWords', './reports#Reports.build', " +
  "'./models#User.prototype.activate' or 'some-package/tasks#send'"

const EXTENSION = /\.[cm]?[jt]sx?$/
const PACKAGE_NAME = /^(@[\w.~-]+\/)?[\w~-][\w.~-]*$/
const URL_SCHEME = /^[a-z][a-z0-9+.-]*:/i

/** Splits `path#export`. A file extension is accepted and dropped. @throws InvalidArgumentError with the right form. */
export function parseFunctionName(name: string): FunctionName {
  if (typeof name !== 'string') throw new InvalidArgumentError(`${FORM}, got ${typeof name} ${String(name)}`)
  const hash = name.lastIndexOf('#')
  const module = name.slice(0, Math.max(hash, 0)).replace(EXTENSION, '')
  const exportPath = name.slice(hash + 1).split('.')
  const problem =
    hash < 0
      ? "it has no '#' between the module and the export"
      : (textProblem(name) ?? moduleProblem(module) ?? exportProblem(exportPath))
  if (problem !== undefined) throw new InvalidArgumentError(`${FORM}, got ${shown(name)}: ${problem}`)
  return { module, exportPath, instance: exportPath.at(-2) === 'prototype' }
}

/** The inverse of `parseFunctionName`. */
export function formatFunctionName(name: Pick<FunctionName, 'module' | 'exportPath'>): string {
  return `${name.module}#${name.exportPath.join('.')}`
}

/** The name as logs show it: `./src/tasks#countWords` is `tasks.countWords`. Never throws. */
export function displayName(name: string): string {
  const hash = name.lastIndexOf('#')
  if (hash < 0) return name
  const folders = name.slice(0, hash).replace(EXTENSION, '').split('/')
  const base = folders.at(-1) === 'index' && folders.length > 2 ? folders.at(-2) : folders.at(-1)
  const exportPath = name.slice(hash + 1).split('.')
  const words = exportPath.filter((word) => word !== 'prototype' && word !== 'default')
  return [base, ...words].join('.')
}

/** True for a word that `exportPath` can hold: no dot or '#' in it, and no way to the prototype chain. */
export function isExportWord(word: string): boolean {
  return word !== '' && word !== '__proto__' && word !== 'constructor' && !/[.#\\\p{Cc}]/u.test(word)
}

function textProblem(name: string): string | undefined {
  if (name.length > 1024) return 'it is longer than 1024 characters'
  if (/[\p{Cc}\p{Cs}]/u.test(name)) return 'it has control characters, or half of a character'
  if (name.includes('\\')) return "it has a backslash; separate folders with '/'"
  return undefined
}

function moduleProblem(module: string): string | undefined {
  if (module === '') return "nothing stands before the '#'"
  if (module.startsWith('/')) return 'it is an absolute path; start at the project root with ./'
  const [first = '', ...rest] = module.split('/')
  if (first !== '.' && URL_SCHEME.test(module)) return 'URLs and node: modules cannot be run'
  const folders = first === '.' ? rest : module.split('/')
  if (folders.includes('..')) return "'..' would lead out of the project"
  if (folders.includes('') || folders.includes('.') || folders.length === 0)
    return 'a part of its path is empty'
  if (first === '.') return undefined
  const packageName = first.startsWith('@') ? `${first}/${rest[0] ?? ''}` : first
  return PACKAGE_NAME.test(packageName)
    ? undefined
    : `'${packageName}' is neither a package nor a path with ./`
}

function exportProblem(words: readonly string[]): string | undefined {
  if (words.includes('')) return "a part after the '#' is empty"
  const hidden = words.find((word) => !isExportWord(word))
  if (hidden !== undefined) return `'${hidden}' cannot be an export`
  const prototype = words.indexOf('prototype')
  if (prototype === -1 || (prototype > 0 && prototype === words.length - 2)) return undefined
  return "'prototype' only stands between a class and its method, as in User.prototype.activate"
}

function shown(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name)
}
