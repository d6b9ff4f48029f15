import { isExportWord } from '../core/function-name.ts'

export type Callable = (...args: any[]) => unknown

/** One function that a module exports, and where: `['Reports', 'build']`. */
export interface ExportedFunction {
  readonly path: readonly string[]
  readonly fn: Callable
}

/** What stands at a name: the function, and the class or object that holds it. */
export interface Found {
  readonly fn: unknown
  readonly holder: unknown
}

const TASK = Symbol.for('funq.task')
const MAX_DEPTH = 4
const FUNCTION_KEYS = new Set(['length', 'name', 'prototype', 'arguments', 'caller'])

/** The function that a wrapper made by `job()` stands for; any other function stands for itself. */
export function originalOf(fn: Callable): Callable {
  const task: unknown = Object.hasOwn(fn, TASK) ? fn[TASK as unknown as keyof Callable] : undefined
  return typeof task === 'function' ? (task as Callable) : fn
}

/** What a module exports at a path. Never looks into what is inherited from Object or Function. */
export function lookUp(module: object, path: readonly string[]): Found | undefined {
  for (const root of rootsOf(module)) {
    let holder: unknown
    let value: unknown = root
    for (const word of path) {
      holder = value
      value = memberOf(holder, word)
    }
    if (value !== undefined) return { fn: value, holder }
  }
  return undefined
}

/** Every function that a module exports: its own exports first, then what namespaces, objects and classes hold. */
export function* exportedFunctions(module: object): Generator<ExportedFunction> {
  const seen = new Set<unknown>()
  let level = rootsOf(module).map((value) => ({ path: [] as readonly string[], value: value as unknown }))
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const next: typeof level = []
    for (const { path, value } of level) {
      if (seen.has(value)) continue
      seen.add(value)
      for (const word of wordsOf(value)) {
        const member = memberOf(value, word)
        const memberPath = [...path, word]
        if (typeof member === 'function') yield { path: memberPath, fn: member as Callable }
        if (isHolder(member)) next.push({ path: memberPath, value: member })
      }
    }
    level = next
  }
}

/**
 * Where the exports of a module stand. A CommonJS module is its `default` once imported, and where a compiler wrote it
 * (`__esModule`), that has a `default` of its own, which is the one meant.
 */
function rootsOf(module: object): object[] {
  const main = memberOf(module, 'default')
  if (!isHolder(main)) return [module]
  return Object.hasOwn(main, '__esModule') ? [main, module] : [module, main]
}

function wordsOf(holder: unknown): string[] {
  const words = Object.getOwnPropertyNames(holder).filter(isExportWord)
  const own = typeof holder === 'function' ? words.filter((word) => !FUNCTION_KEYS.has(word)) : words
  if (isClass(holder)) own.push('prototype')
  // Another name says more than `default` does.
  return own.sort((a, b) => Number(a === 'default') - Number(b === 'default'))
}

function memberOf(holder: unknown, word: string | symbol): unknown {
  if ((typeof holder !== 'object' && typeof holder !== 'function') || holder === null) return undefined
  const owner = isPrototype(holder) ? ownerOf(holder, word) : holder
  try {
    const property = owner && Object.getOwnPropertyDescriptor(owner, word)
    if (!property?.get) return property?.value
    // Compilers export through getters; a getter of anything but a module is the program's own and may do anything,
    // but for that of `@job`, which carries its method.
    return isModule(holder) ? property.get.call(holder) : memberOf(property.get, TASK)
  } catch {
    // An export of a module that is still being evaluated.
    return undefined
  }
}

/** Methods are inherited: `Admin.prototype.activate` may stand in the prototype of User. */
function ownerOf(prototype: object, word: string | symbol): object | undefined {
  let owner: object | null = prototype
  while (owner !== null && owner !== Object.prototype && !Object.hasOwn(owner, word)) {
    owner = Object.getPrototypeOf(owner)
  }
  return owner === null || owner === Object.prototype ? undefined : owner
}

function isHolder(value: unknown): value is object {
  if (typeof value === 'function') return true
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || isPrototype(value)
}

function isPrototype(value: object): boolean {
  if (!Object.hasOwn(value, 'constructor')) return false
  const type: unknown = value.constructor
  return isClass(type) && type.prototype === value
}

function isModule(value: object): boolean {
  return (
    Object.hasOwn(value, '__esModule') ||
    (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === 'Module'
  )
}

function isClass(value: unknown): value is { readonly prototype: object } {
  return typeof value === 'function' && typeof value.prototype === 'object' && value.prototype !== null
}
