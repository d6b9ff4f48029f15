import { type Codec, type Field, isCoded, uncoded } from './codec.ts'
import { InvalidJobError, PayloadTooLargeError, SerializationError } from './errors.ts'
import { isPlain } from './plain.ts'
import { checkPortable } from './portable.ts'
import { cyclicSuperJson, superJson } from './rich-json.ts'

const RICH = 'S'

/**
 * A value as text for the store: plain JSON where that loses nothing, else `S` and superjson's form. `undefined` is
 * the empty text.
 * @param where names the value in errors, as in `args`.
 * @throws SerializationError for what cannot travel as data: functions, symbols, instances of unregistered classes.
 */
export function encode(value: unknown, where: string): string {
  if (value === undefined) return ''
  if (isPlain(value)) return JSON.stringify(value)
  const { cyclic } = checkPortable(value, where)
  try {
    return RICH + (cyclic ? cyclicSuperJson : superJson).stringify(value)
  } catch (error) {
    const reason = (error as Error).message
    throw new SerializationError(`${where} cannot travel as data: ${reason}`, where, { cause: error })
  }
}

/**
 * The value that `encode` was given.
 * @param codec that it went through, if it did; `field` and `id` say whose payload it is @throws InvalidJobError for damaged text.
 */
export function decode(text: string, codec?: Codec, field: Field = 'args', id = ''): unknown {
  if (text === '') return undefined
  const hidden = text.startsWith('C') && isCoded(text)
  return hidden ? read(uncoded(text, codec, field, id), true) : read(text, false)
}

/** @param hidden it went through a codec: errors, which are stored and logged, must not show it */
function read(text: string, hidden: boolean): unknown {
  try {
    const rich = text.startsWith(RICH)
    const data: unknown = JSON.parse(rich ? text.slice(1) : text)
    // encode() writes no such key, so whoever did means harm: a later merge of it would reach Object.prototype.
    if (text.includes('__proto__') || text.includes('\\u')) refusePrototypeKeys(data)
    return rich ? superJson.deserialize(asEnvelope(data), { inPlace: true }) : data
  } catch (error) {
    if (hidden && error instanceof SyntaxError)
      throw new InvalidJobError(
        'expected the codec to give what it was given, got no payload written by funq',
      )
    const start = hidden ? '…' : text.length > 60 ? `${text.slice(0, 60)}…` : text
    const reason = (error as Error).message.replace(
      /(unknown class '.*') - check .*/,
      '$1; call registerClass() for it in the module of the function',
    )
    throw new InvalidJobError(`expected a payload written by funq, got ${JSON.stringify(start)}: ${reason}`, {
      cause: error,
    })
  }
}

/** @param what names the payload in the error, as in `arguments`. @throws PayloadTooLargeError over `limit` bytes. */
export function checkSize(text: string, limit: number, what: string): void {
  // A UTF-16 unit is at most 3 bytes of UTF-8, so most payloads need no count.
  if (text.length * 3 <= limit) return
  const bytes = Buffer.byteLength(text)
  if (bytes <= limit) return
  throw new PayloadTooLargeError(
    `${what}: expected at most ${limit} bytes, got ${bytes}; store the data elsewhere and pass a reference to it`,
    bytes,
    limit,
  )
}

function asEnvelope(data: unknown): Parameters<typeof superJson.deserialize>[0] {
  if (typeof data === 'object' && data !== null && 'json' in data) return data as never
  throw new TypeError("it holds no 'json'")
}

/** @throws TypeError */
export function refusePrototypeKeys(data: unknown): void {
  const open: unknown[] = [data]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value !== 'object' || value === null) continue
    if (Object.hasOwn(value, '__proto__')) throw new TypeError("the key '__proto__' is not allowed")
    for (const each of Object.values(value)) open.push(each)
  }
}
