import { inspect } from 'node:util'
import { isCoded } from './codec.ts'
import { displayName } from './function-name.ts'
import { decode } from './payload.ts'
import { fromRef, type JobRecord, type StoredOptions } from './record.ts'

const ARG_LENGTH = 75
const LONGEST_READ = 100_000
export const UNREADABLE = Symbol('unreadable')

/** What its producer called a job, else its function. */
export function titleOf({ options, func }: Pick<JobRecord, 'options' | 'func'>): string {
  return options.description ?? displayName(func)
}

/** `tasks.add(1, 'two')`, each argument cut to what fits a line. In place of one that is another job's result stands that job. */
export function describeCall(
  func: string | null,
  payload: string | null,
  futures: StoredOptions['futures'] = {},
): string {
  if (!func) return 'a damaged record'
  if (payload !== null && isCoded(payload)) return `${displayName(func)}(encoded)`
  const args = readable(payload ?? '')
  const shown = Array.isArray(args)
    ? args
        .map((arg, i) => cutLine(futures[i] ? `Job(${fromRef(futures[i]).id})` : showValue(arg), ARG_LENGTH))
        .join(', ')
    : '…'
  return `${displayName(func)}(${shown})`
}

/**
 * The same of arguments of which only the beginning is at hand: as they are stored, for what is cut cannot be decoded.
 * @param isCut whether there is more
 */
export function previewCall(
  func: string,
  payload: string,
  isCut: boolean,
  futures: StoredOptions['futures'] = {},
): string {
  if (!isCut || isCoded(payload)) return describeCall(func, payload, futures)
  const start = payload.replace(/^(S\{"json":)?\[/, '')
  return `${func === '' ? 'a damaged record' : displayName(func)}(${start}…`
}

/** What only a horse knows the classes of, what is damaged, and what would keep this process busy for a line of its log. */
export function readable(payload: string): unknown {
  if (payload.length > LONGEST_READ) return UNREADABLE
  try {
    return decode(payload)
  } catch {
    return UNREADABLE
  }
}

export function showValue(value: unknown): string {
  return inspect(value, {
    depth: 2,
    // Else lists of more than six are laid out in lines of their own.
    compact: true,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: 10,
    maxStringLength: 200,
  })
}

export function cutLine(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}
