import { SerializationError } from './errors.ts'
import { MAX_DEPTH } from './plain.ts'
import { recordProblem, recordTypeOf } from './record-types.ts'
import { portableProps } from './register-class.ts'
import { BINARY, errorFields } from './rich-json.ts'

/** No payload within any sane size limit has more; objects that are met many times count each time. */
const MAX_VALUES = 1_000_000

const LEAVES = new Set<object>([Date.prototype, RegExp.prototype, URL.prototype, ...BINARY.keys()])
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Refuses what superjson would drop, turn into null or bring back changed.
 * @param where names the value in the error's path, as in `args`.
 * @returns whether objects in it lead back to themselves.
 * @throws SerializationError with the path, as in `args[0].callback`, and what to do.
 */
export function checkPortable(value: unknown, where: string): { cyclic: boolean } {
  return new Inspection(where).check(value)
}

class Inspection {
  readonly #path: string[]
  /** How many values hang on each object met so far; 0 while it is being walked. */
  readonly #sizes = new Map<object | bigint | number, number>()
  readonly #linked = new Set<unknown>()
  readonly #keyed: { readonly value: unknown; readonly path: string }[] = []
  #classesAround = 0
  #cyclic = false
  #linkInClass: string | undefined

  constructor(where: string) {
    this.#path = [where]
  }

  check(value: unknown): { cyclic: boolean } {
    if (this.#visit(value) > MAX_VALUES) {
      this.#refuse(
        `holds more than ${MAX_VALUES} values; store the data elsewhere and pass a reference to it`,
      )
    }
    // superjson restores links after all else, and then by position: replacing a member of a Set moves it to the end.
    // To it equal bigints, and NaNs, are links as well; those between bigints it need not restore without a cycle.
    const moved = this.#keyed.find(
      ({ value }) => this.#linked.has(value) && (this.#cyclic || typeof value !== 'bigint'),
    )
    if (moved !== undefined) {
      this.#refuse(
        'is in a Set or a Map key and elsewhere too, which cannot be restored; pass a copy',
        moved.path,
      )
    }
    // Nor does it restore links inside class instances and errors: a copy is no harm, but a cycle would be cut.
    if (this.#cyclic && this.#linkInClass !== undefined) {
      this.#refuse(
        'is met again in a class instance or error, in data with cycles; pass ids instead',
        this.#linkInClass,
      )
    }
    return { cyclic: this.#cyclic }
  }

  #visit(value: unknown): number {
    if (typeof value === 'function') {
      this.#refuse(
        "is a function; pass data, or the name of an exported function ('./tasks#add') as a string",
      )
    }
    if (typeof value === 'symbol') this.#refuse('is a symbol; pass a string')
    if (!isLinkable(value)) return 1
    const known = this.#sizes.get(value)
    if (known !== undefined) return this.#link(value, known)
    if (this.#path.length > MAX_DEPTH) this.#refuse(`lies deeper than ${MAX_DEPTH} levels; flatten the data`)
    this.#sizes.set(value, 0)
    const size = typeof value === 'object' ? this.#visitObject(value) : 1
    this.#sizes.set(value, size)
    return size
  }

  #link(value: unknown, size: number): number {
    this.#linked.add(value)
    if (size === 0) this.#cyclic = true
    if (this.#classesAround > 0) this.#linkInClass ??= this.#pathText()
    return size
  }

  #visitObject(value: object): number {
    const prototype = Object.getPrototypeOf(value)
    const plain = prototype === Object.prototype || prototype === null
    if (plain) return this.#visitFields(value, Object.keys(value))
    if (prototype === Array.prototype) return this.#visitArray(value as unknown[])
    if (LEAVES.has(prototype)) return 1
    if (prototype === Map.prototype) return this.#visitMap(value as Map<unknown, unknown>)
    if (prototype === Set.prototype) return this.#visitSet(value as Set<unknown>)
    const props = portableProps(value)
    this.#classesAround++
    const size = this.#visitInstance(value, props)
    this.#classesAround--
    return size
  }

  #visitInstance(value: object, props: readonly string[] | undefined): number {
    if (props !== undefined) return this.#visitFields(value, props)
    const type = recordTypeOf(value)
    if (type !== undefined) {
      const problem = recordProblem(type, value)
      return problem === undefined ? 1 : this.#refuse(problem)
    }
    if (value instanceof Error) {
      const fields = errorFields(value)
      return this.#visitFields(fields, Object.keys(fields))
    }
    return this.#refuse(`is ${instanceText(value)}`)
  }

  #visitFields(value: object, keys: readonly string[]): number {
    let size = 1
    for (const key of keys) {
      const step = /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
      if (FORBIDDEN_KEYS.has(key)) {
        this.#path.push(step)
        this.#refuse('has a key that is refused because it could reach a prototype; rename it')
      }
      size += this.#step(step, value[key as keyof typeof value])
    }
    return size
  }

  #visitArray(value: readonly unknown[]): number {
    let size = 1
    for (let i = 0; i < value.length; i++) {
      if (!(i in value)) {
        this.#path.push(`[${i}]`)
        this.#refuse('is a hole in an array; fill it with undefined or null')
      }
      size += this.#step(`[${i}]`, value[i])
    }
    return size
  }

  #visitMap(value: ReadonlyMap<unknown, unknown>): number {
    let size = 1
    let i = 0
    for (const [key, entry] of value) {
      size += this.#keyedStep(`.keys()[${i}]`, key) + this.#step(`.values()[${i++}]`, entry)
    }
    return size
  }

  #visitSet(value: ReadonlySet<unknown>): number {
    let size = 1
    let i = 0
    for (const member of value) size += this.#keyedStep(`.values()[${i++}]`, member)
    return size
  }

  #keyedStep(step: string, value: unknown): number {
    if (isLinkable(value)) this.#keyed.push({ value, path: this.#pathText() + step })
    return this.#step(step, value)
  }

  #step(step: string, value: unknown): number {
    this.#path.push(step)
    const size = this.#visit(value)
    this.#path.pop()
    return size
  }

  #pathText(): string {
    const text = this.#path.join('')
    return text.length > 200 ? `${text.slice(0, 100)}…${text.slice(-100)}` : text
  }

  #refuse(problem: string, path = this.#pathText()): never {
    throw new SerializationError(`${path} ${problem}`, path)
  }
}

function isLinkable(value: unknown): value is object | bigint | number {
  return (typeof value === 'object' && value !== null) || typeof value === 'bigint' || Number.isNaN(value)
}

function instanceText(value: object): string {
  const name = typeof value.constructor === 'function' ? value.constructor.name : ''
  if (name === 'Promise') return 'a Promise; await it first'
  if (/^(Weak(Map|Set|Ref)|Number|String|Boolean|Proxy)$/.test(name)) return `a ${name}; pass plain data`
  return (
    `an instance of ${name || 'a class without a name'}, which would lose its class; ` +
    `pass plain data such as its id, or call registerClass(${name || 'it'}) in the module that defines it, or registerType() for a record`
  )
}
