import { createHash } from 'node:crypto'
import type { RemoteError } from './remote-error.ts'

/** What differs between two messages of one cause, each with the sign that stands for it. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s'"`)]+/gi, '<url>'],
  [/"[^"]*"|'[^']*'|`[^`]*`/g, '<text>'],
  [/\b0x[0-9a-f]+\b|\b(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}\b/gi, '<hex>'],
  [/\d+(\.\d+)?/g, '<n>'],
]
const LONGEST = 500
/** Of a stack, looked at. */
const MOST_LINES = 50

/** An error's message without what changes from job to job. */
export function normalize(message: string): string {
  const text = message.slice(0, LONGEST)
  return VARIABLE.reduce((shown, [pattern, sign]) => shown.replace(pattern, sign), text)
    .replace(/\s+/g, ' ')
    .trim()
}

/** Equal for errors of one name, thrown in one function of the application, whose messages differ only in ids, numbers, texts in quotes and URLs. */
export function fingerprint({ name, message, stack }: RemoteError): string {
  return createHash('sha256')
    .update(`${name}\n${normalize(message)}\n${appFrame(stack)}`)
    .digest('hex')
    .slice(0, 8)
}

/** Of an error as it is stored; what is damaged has a group of its own. */
export function fingerprintOf(json: string): string {
  return fingerprint(readError(json))
}

/** An error as it is stored, or what came instead of one. */
export function readError(json: string): RemoteError {
  try {
    const error = JSON.parse(json) as RemoteError
    if (typeof error.name === 'string' && typeof error.message === 'string') return error
  } catch {
    // Said below.
  }
  return { name: 'Error', message: json.slice(0, LONGEST) }
}

/**
 * The first place of the stack that is the application's own, as `function file`: without the folder and the line, which differ from one
 * computer, or one deployment, to the next.
 */
function appFrame(stack: unknown): string {
  if (typeof stack !== 'string') return ''
  for (const line of stack.split('\n', MOST_LINES)) {
    const [, where] = /^\s+at (.*)$/.exec(line) ?? []
    if (where === undefined || /node_modules|\bnode:|<anonymous>|^native/.test(where)) continue
    const [, name = '', file = ''] =
      /^(?:async )?(?:(.*) \()?(?:.*[\\/])?([^\\/:()]+)(?::\d+)*\)?$/.exec(where) ?? []
    return `${name} ${file.replace(/\?.*$/, '')}`
  }
  return ''
}

/** Whether an error is the one meant: by its fingerprint, its name, or a part of `Name: message`. */
export function isError(error: RemoteError | undefined, meant: string): boolean {
  if (error === undefined) return false
  return (
    error.name === meant || fingerprint(error) === meant || `${error.name}: ${error.message}`.includes(meant)
  )
}
