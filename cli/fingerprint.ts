import { createHash } from 'node:crypto'
import type { RemoteError } from '../lib/core/remote-error.ts'

/** What differs between two messages of one cause, each with the sign that stands for it. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s'"`)]+/gi, '<url>'],
  [/"[^"]*"|'[^']*'|`[^`]*`/g, '<text>'],
  [/\b0x[0-9a-f]+\b|\b(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}\b/gi, '<hex>'],
  [/\d+(\.\d+)?/g, '<n>'],
]
const LONGEST = 500

/** An error's message without what changes from job to job. */
export function normalize(message: string): string {
  const text = message.slice(0, LONGEST)
  return VARIABLE.reduce((shown, [pattern, sign]) => shown.replace(pattern, sign), text)
    .replace(/\s+/g, ' ')
    .trim()
}

/** Equal for errors of one name whose messages differ only in ids, numbers, texts in quotes and URLs. */
export function fingerprint({ name, message }: RemoteError): string {
  return createHash('sha256')
    .update(`${name}\n${normalize(message)}`)
    .digest('hex')
    .slice(0, 8)
}

/** Whether an error is the one meant: by its fingerprint, its name, or a part of `Name: message`. */
export function isError(error: RemoteError | undefined, meant: string): boolean {
  if (error === undefined) return false
  return (
    error.name === meant || fingerprint(error) === meant || `${error.name}: ${error.message}`.includes(meant)
  )
}
