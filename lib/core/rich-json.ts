import { SuperJSON } from 'superjson'

/** Own instance, so that whatever else in the process uses superjson neither sees funq's classes nor adds its own. */
export const superJson: SuperJSON = new SuperJSON()

/**
 * The same for values with cycles: only what is written once each time comes back whole from them. Elsewhere it would
 * do harm: what it writes as a link inside a class instance is never restored.
 */
export const cyclicSuperJson: SuperJSON = Object.assign(new SuperJSON({ dedupe: true }), {
  classRegistry: superJson.classRegistry,
  customTransformerRegistry: superJson.customTransformerRegistry,
})

type FromBuffer = (buffer: ArrayBuffer) => object

/** Binary data by prototype: the name it travels under and how it comes back. */
export const BINARY = new Map<object, string>()
const fromBuffer = new Map<string, FromBuffer>()

const TYPED_ARRAYS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
]
for (const View of TYPED_ARRAYS as (new (
  buffer: ArrayBuffer,
) => object)[]) {
  addBinary(View, (buffer) => new View(buffer))
}
addBinary(ArrayBuffer, (buffer) => buffer)
addBinary(Buffer, (buffer) => Buffer.from(buffer))

// superjson writes each element as JSON: NaN and Infinity become 0, 64-bit integers throw, and bytes take four times
// the room.
superJson.registerCustom<ArrayBuffer | NodeJS.ArrayBufferView, [name: string, base64: string]>(
  {
    isApplicable: (value): value is ArrayBuffer | NodeJS.ArrayBufferView =>
      typeof value === 'object' && value !== null && BINARY.has(Object.getPrototypeOf(value)),
    serialize: (value) => [BINARY.get(Object.getPrototypeOf(value))!, bytesOf(value).toString('base64')],
    deserialize: ([name, base64]) => {
      const bytes = new Uint8Array(Buffer.from(base64, 'base64'))
      return fromBuffer.get(name)!(bytes.buffer) as ArrayBuffer
    },
  },
  'binary',
)

superJson.registerCustom<Date, null>(
  {
    isApplicable: (value): value is Date => value instanceof Date && Number.isNaN(value.getTime()),
    serialize: () => null,
    deserialize: () => new Date(Number.NaN),
  },
  'invalid date',
)

const ERRORS: ReadonlyMap<string, new () => Error> = new Map(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((type) => [type.name, type]),
)

// superjson keeps an error's name and message only.
superJson.registerCustom<Error, Record<string, any>>(
  {
    isApplicable: (value): value is Error =>
      value instanceof Error &&
      superJson.classRegistry.getIdentifier(value.constructor as never) === undefined,
    serialize: errorFields,
    deserialize: (fields) => {
      const error = emptyError(fields.name)
      for (const [key, value] of Object.entries(fields)) {
        if (key === 'name' && value === error.name) continue
        const enumerable = !HIDDEN.has(key)
        Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true })
      }
      return error
    },
  },
  'error',
)

const HIDDEN = new Set(['name', 'message', 'stack', 'cause', 'errors'])

/** What an error consists of: the usual fields, and whatever was set on it, such as `code`. */
export function errorFields(error: Error): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...error }
  for (const key of HIDDEN) {
    if (key in error) fields[key] = error[key as keyof Error]
  }
  return fields
}

function emptyError(name: string): Error {
  return name === 'AggregateError' ? new AggregateError([]) : new (ERRORS.get(name) ?? Error)()
}

function addBinary(type: { readonly name: string; readonly prototype: object }, revive: FromBuffer): void {
  BINARY.set(type.prototype, type.name)
  fromBuffer.set(type.name, revive)
}

function bytesOf(value: ArrayBuffer | NodeJS.ArrayBufferView): Buffer {
  return value instanceof ArrayBuffer
    ? Buffer.from(value)
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}
