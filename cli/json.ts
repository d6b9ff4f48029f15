import { inspect } from 'node:util'

/** C1 controls and direction marks: JSON leaves them as they are, a terminal obeys them. C0 it escapes itself. */
const UNSAFE = /[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** One line of JSON. What JSON has no form for is shown: bigints as text, maps and sets as lists. */
export function toJson(value: unknown): string {
  let text: string
  try {
    text = JSON.stringify(value, portable)
  } catch {
    text = JSON.stringify(inspect(value))
  }
  return text.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function portable(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Map || value instanceof Set) return [...value]
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return [...(value as Uint8Array)]
  return value
}
