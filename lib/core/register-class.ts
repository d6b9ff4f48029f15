import { InvalidArgumentError } from './errors.ts'
import { superJson } from './rich-json.ts'

export type Class<T extends object = object> = abstract new (...args: never[]) => T

/** How instances of a class travel in payloads. */
export interface RegisterClassOptions<T extends object = object> {
  /** What payloads call the class; two classes cannot share it. @default the class's own name */
  readonly name?: string
  /** The properties that travel; others are left behind. @default all enumerable own ones */
  readonly allowProps?: readonly (keyof T & string)[]
}

/** Of these, what matters lies in the engine or in hidden properties, and would be lost. */
const BUILT_IN = [
  Map,
  Set,
  Date,
  RegExp,
  Array,
  Promise,
  WeakMap,
  WeakSet,
  ArrayBuffer,
  Buffer,
  DataView,
  URL,
]

const byName = new Map<string, Class>()
const propsOf = new Map<Class, readonly string[] | undefined>()

/**
 * Lets instances of a class be arguments and results: their public fields travel, and come back on an object of that
 * class, made without its constructor. `#private` fields do not travel. Call it in the module that defines the class,
 * so that producers and workers alike know it. Registering a class again does nothing.
 * @throws InvalidArgumentError if the name is taken by another class, or the class extends a built-in one.
 */
export function registerClass<T extends object>(type: Class<T>, options: RegisterClassOptions<T> = {}): void {
  if (typeof type !== 'function' || typeof type.prototype !== 'object') {
    throw new InvalidArgumentError(`registerClass: expected a class, got ${typeof type} ${String(type)}`)
  }
  const { name = type.name, allowProps } = options
  if (typeof name !== 'string' || name === '') {
    throw new InvalidArgumentError("registerClass: the class has no name; give one: { name: 'User' }")
  }
  refuseBuiltIn(type, name, allowProps)
  const holder = byName.get(name)
  if (holder === type) return
  if (holder !== undefined) {
    throw new InvalidArgumentError(
      `registerClass: the name '${name}' belongs to another class; give this one its own: { name: '…' }`,
    )
  }
  if (propsOf.has(type)) {
    throw new InvalidArgumentError(
      `registerClass: ${type.name} is already registered under another name than '${name}'`,
    )
  }
  byName.set(name, type)
  propsOf.set(type, allowProps)
  superJson.registerClass(type as never, {
    identifier: name,
    ...(allowProps === undefined ? {} : { allowProps: [...allowProps] as never }),
  })
}

/** The properties of an instance that travel, or undefined where its class is not registered. */
export function portableProps(instance: object): readonly string[] | undefined {
  const type = instance.constructor as Class
  if (!propsOf.has(type)) return undefined
  return propsOf.get(type) ?? Object.keys(instance)
}

function refuseBuiltIn(type: Class, name: string, allowProps: readonly string[] | undefined): void {
  const { prototype } = type
  const typedArray = Object.getPrototypeOf(Uint8Array) as Class
  const base = [...BUILT_IN, typedArray].find((each) => each === type || prototype instanceof each)
  if (base !== undefined) {
    throw new InvalidArgumentError(
      `registerClass: ${name} extends ${base.name}, whose contents would be lost; hold the ${base.name} in a field instead`,
    )
  }
  if (allowProps === undefined && prototype instanceof Error) {
    throw new InvalidArgumentError(
      `registerClass: an error hides its fields; name those of ${name}: { allowProps: ['name', 'message', 'stack'] }`,
    )
  }
}
