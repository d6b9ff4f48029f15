import { createHash } from 'node:crypto'
import { checkKnown } from './did-you-mean.ts'
import { type Duration, toMs } from './duration.ts'
import { InvalidArgumentError } from './errors.ts'

/** What keeps a job from being enqueued while another one of the same key lives. */
export interface UniqueOptions {
  /** What must be unique in the queue. @default the job's own id, else its function and arguments */
  readonly key?: string
  /**
   * What an enqueue gets while another job has the key: a DuplicateJobError, that job, or its place: a job that still waits
   * is canceled, one that runs is left to end. @default 'reject'
   */
  readonly onDuplicate?: 'reject' | 'existing' | 'replace'
  /** The key stays taken for this long from the enqueue on, also after the job has ended. @default until it has ended */
  readonly for?: Duration
}

export interface CheckedUnique {
  readonly key?: string
  readonly onDuplicate: 'reject' | 'existing' | 'replace'
  readonly forMs?: number
}

/** As it is stored: the key is known by then. */
export interface StoredUnique extends CheckedUnique {
  readonly key: string
}

const NAMES = ['key', 'onDuplicate', 'for']
const MODES = ['reject', 'existing', 'replace']
const LONGEST_KEY = 256

export function checkUnique(value: unknown): CheckedUnique | undefined {
  if (value === false) return undefined
  const given = (value === true ? {} : typeof value === 'string' ? { key: value } : value) as UniqueOptions
  if (typeof given !== 'object' || given === null) {
    throw new InvalidArgumentError(
      `unique: expected true, a key, or { key, onDuplicate, for }, got ${typeof value}`,
    )
  }
  checkKnown(given, NAMES, 'unique')
  const { key, onDuplicate = 'reject' } = given
  if (key !== undefined) checkKey(key, 'unique.key')
  if (!MODES.includes(onDuplicate)) {
    throw new InvalidArgumentError(
      `unique.onDuplicate: expected one of ${MODES.join(', ')}, got ${String(onDuplicate)}`,
    )
  }
  const forMs = given.for === undefined ? undefined : toMs(given.for, 'unique.for')
  if (forMs === 0) throw new InvalidArgumentError('unique.for: expected more than 0, got 0')
  return { ...(key !== undefined && { key }), onDuplicate, ...(forMs !== undefined && { forMs }) }
}

/** The key of a job that names none. */
export function uniqueKeyOf(func: string, args: string): string {
  return createHash('sha256').update(func).update('\0').update(args).digest('base64url')
}

/**
 * A key of the caller's own: it stands in names of Redis keys. Half of an emoji, as a cut leaves it, is no character of UTF-8: two keys would
 * become one, and Redis's Lua refuses the whole of a call that has one in its JSON.
 */
export function checkKey(key: unknown, what: string): string {
  if (typeof key === 'string' && key !== '' && key.length <= LONGEST_KEY && !/[\p{Cc}\p{Cs}]/u.test(key))
    return key
  throw new InvalidArgumentError(
    `${what}: expected 1 to ${LONGEST_KEY} characters without control characters or halves of one, got ${typeof key === 'string' ? JSON.stringify(key.slice(0, 80)) : typeof key}`,
  )
}
