import { InvalidArgumentError } from './errors.ts'
import { checkSize, decode, encode } from './payload.ts'

/** Data of a job's own beside its arguments: values as arguments may be, by name. */
export type Meta = Readonly<Record<string, unknown>>

export function checkMeta(value: unknown): Meta {
  const prototype = typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : undefined
  if (prototype === Object.prototype || prototype === null) return value as Meta
  // A Date or a Map has no fields, and would come back as no object of names.
  const got = prototype?.constructor?.name ?? typeof value
  throw new InvalidArgumentError(`meta: expected a plain object, got ${got}`)
}

/** @throws SerializationError, PayloadTooLargeError over `limit` bytes */
export function encodeMeta(meta: Meta, limit: number): string {
  const encoded = encode(meta, 'meta')
  checkSize(encoded, limit, 'meta')
  return encoded
}

/** @param text absent while nothing was set @throws InvalidJobError for damaged text */
export function decodeMeta(text: string | undefined): Record<string, unknown> {
  return text ? (decode(text) as Record<string, unknown>) : {}
}

/** For those who are to hear of a job all the same. */
export function decodeMetaOrNone(text: string | undefined): Record<string, unknown> {
  try {
    return decodeMeta(text)
  } catch {
    return {}
  }
}
