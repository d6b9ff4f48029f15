import { didYouMean } from '../../core/did-you-mean.ts'
import { toMs } from '../../core/duration.ts'
import { InvalidArgumentError } from '../../core/errors.ts'
import { STATES } from '../../core/states.ts'
import type { JobFilter } from './filter.ts'

const KEYS = ['state', 'queue', 'fn', 'tag', 'worker', 'error', 'after', 'before'] as const
type Key = (typeof KEYS)[number]
/** A word, or what stands in quotes, with a key before it or without. */
const WORD = /(?:([A-Za-z]+):)?(?:"([^"]*)"|([^\s"]+))(?=\s|$)|(\S+)/g
const LONGEST = 1_000

/**
 * Reads `fn:send queue:mail state:failed tag:"two words" error:3f2a9c11 worker:w after:-1h before:2026-01-01 some text`. What has no key
 * is text that the job must hold; so is what has one in quotes, as in `"fn:send"`.
 * @param now what `-1h` is counted from @throws InvalidArgumentError
 */
export function parseQuery(query: string, now: number): JobFilter {
  if (query.length > LONGEST)
    throw new InvalidArgumentError(`search: expected at most ${LONGEST} characters, got ${query.length}`)
  const found: { -readonly [K in keyof JobFilter]?: JobFilter[K] } = {}
  const words: string[] = []
  for (const [whole, key, quoted, bare, odd] of query.matchAll(WORD)) {
    const value = quoted ?? bare
    const bareKey = /^([a-z]+):$/.exec(odd ?? bare ?? '')?.[1] ?? ''
    if (isKey(bareKey)) set(found, bareKey, '', now)
    else if (key === undefined || value === undefined) words.push(odd ?? value ?? whole)
    else if (isKey(key)) set(found, key, value, now)
    else words.push(notAKey(key, whole))
  }
  const text = words.join(' ')
  return { ...found, ...(text !== '' && { text }) }
}

function isKey(word: string): word is Key {
  return (KEYS as readonly string[]).includes(word)
}

/** `user:42` may well stand in an argument; what is nearly a key is a slip. */
function notAKey(key: string, whole: string): string {
  const hint = didYouMean(key, KEYS)
  if (hint === '') return whole
  throw new InvalidArgumentError(
    `search: there is no '${key}:'.${hint} Put it in quotes to look for it as text; the keys are ${KEYS.join(', ')}`,
  )
}

type Found = { -readonly [K in keyof JobFilter]?: JobFilter[K] }

function set(found: Found, key: Key, value: string, now: number): void {
  const name = key === 'after' ? 'from' : key === 'before' ? 'to' : key
  if (found[name] !== undefined)
    throw new InvalidArgumentError(`search: expected '${key}:' once, got it twice`)
  switch (name) {
    case 'from':
    case 'to':
      found[name] = toTime(key, value, now)
      break
    case 'state':
      found.state = toState(value)
      break
    default:
      if (value === '')
        throw new InvalidArgumentError(`search: expected something behind '${key}:', got nothing`)
      found[name] = value
  }
}

function toState(value: string): (typeof STATES)[number] {
  const state = STATES.find((each) => each === value)
  if (state) return state
  throw new InvalidArgumentError(
    `search: expected state: with one of ${STATES.join(', ')}, got '${value}'.${didYouMean(value, STATES)}`,
  )
}

/** A time ago, as in `-1h` or `90m`, or a date of ISO 8601; one without a zone is in UTC. */
function toTime(key: string, value: string, now: number): number {
  const ago = /^-?(\d+(?:\.\d+)?(?:ms|[smhdw]))$/.exec(value)
  if (ago) return now - toMs(ago[1]!, `${key}:`)
  const isDate = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d)?)?$/.exec(value)
  const time = isDate
    ? Date.parse(isDate[1] !== undefined && isDate[2] === undefined ? `${value}Z` : value)
    : Number.NaN
  if (Number.isFinite(time)) return time
  throw new InvalidArgumentError(
    `search: expected ${key}: with a time ago or a date, as ${key}:-1h or ${key}:2026-01-31T12:00, got '${value}'`,
  )
}
