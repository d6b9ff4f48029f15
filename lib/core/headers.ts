import { InvalidArgumentError } from './errors.ts'

/** Small texts by name that travel with a job beside its arguments: a trace's context, a tenant, a locale. */
export type JobHeaders = Readonly<Record<string, string>>

const NAME = /^[A-Za-z0-9_.-]{1,64}$/
const MOST = 32
const MOST_CHARACTERS = 8_192

/** Adds those that there is room for, the shortest first. */
export function addHeaders(headers: Record<string, string>, more: JobHeaders): void {
  let used = sizeOf(Object.entries(headers))
  let count = Object.keys(headers).length
  const fit = Object.entries(more).filter(([name, text]) => NAME.test(name) && typeof text === 'string')
  for (const [name, text] of fit.sort(([, a], [, b]) => a.length - b.length)) {
    const isNew = !Object.hasOwn(headers, name)
    const after = used + text.length + (isNew ? name.length : -headers[name]!.length)
    if (after > MOST_CHARACTERS || (isNew && count === MOST)) continue
    headers[name] = text
    used = after
    if (isNew) count++
  }
}

function sizeOf(entries: readonly [string, string][]): number {
  return entries.reduce((sum, [name, text]) => sum + name.length + text.length, 0)
}

export const NO_HEADERS: JobHeaders = Object.freeze({})

/** In `traceparent`, as W3C has it. */
const TRACE_ID = /^[0-9a-f]{2}-([0-9a-f]{32})-/

/** The trace that a job came with, if it did: 32 hexadecimal digits. */
export function traceIdOf(headers: JobHeaders | undefined): string | undefined {
  return headers && TRACE_ID.exec(headers.traceparent ?? '')?.[1]
}

/** A copy, so that what is changed later does not change the job. Without any, undefined: nothing is stored then. */
export function checkHeaders(value: unknown): JobHeaders | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError(`headers: expected an object of texts, got ${String(value)}`)
  }
  const entries = Object.entries(value)
  if (entries.length === 0) return undefined
  if (entries.length > MOST) {
    throw new InvalidArgumentError(`headers: expected at most ${MOST}, got ${entries.length}`)
  }
  for (const [name, text] of entries) {
    if (!NAME.test(name) || name === '__proto__') {
      throw new InvalidArgumentError(
        `headers: expected names of 1 to 64 letters, digits, '_', '-' or '.', got ${JSON.stringify(name)}`,
      )
    }
    if (typeof text !== 'string') {
      throw new InvalidArgumentError(
        `headers.${name}: expected a string, got ${typeof text}; what is no text belongs in meta or the arguments`,
      )
    }
  }
  const characters = sizeOf(entries as [string, string][])
  if (characters > MOST_CHARACTERS) {
    throw new InvalidArgumentError(
      `headers: expected at most ${MOST_CHARACTERS} characters in all, got ${characters}; put large data into the arguments`,
    )
  }
  return Object.fromEntries(entries.map(([name, text]) => [name, text.toWellFormed()]))
}
