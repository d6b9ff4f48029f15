import { Digits } from '../../core/exact-json.ts'

/** What stands in the place of a value that is not shown. */
export const HIDDEN = '•••'

const WORDS = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'api[-_]?key',
  'access[-_]?key',
  'private[-_]?key',
  'credential',
  'authorization',
  'cookie',
  'token',
]
/** Keys whose values are secrets, whatever they hold. Compared in lower case, without - and _. */
const SECRET_KEYS = new RegExp(
  `^(?:.*(?:${WORDS.map((word) => word.replaceAll('[-_]?', '')).join('|')})s?|pwd|pass|auth|bearer|signature|session(?:id)?|ssn|cvv|cvc|pin|cardnumber|iban)$`,
)

/** What looks like a secret wherever it stands: tokens, keys, passwords in URLs. Every repetition is bounded: they meet hostile text. */
const SECRET_TEXTS: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic)\s{1,4}[\w.~+/=-]{8,4096}/gi, `$1 ${HIDDEN}`],
  [/\beyJ[\w-]{8,4096}\.[\w-]{8,4096}\.[\w-]{0,4096}/g, HIDDEN],
  [/\b(?:sk|pk|rk|ghp|gho|ghs|glpat|xox[abpr])[-_][\w-]{16,256}/g, HIDDEN],
  [/\bAKIA[0-9A-Z]{16}\b/g, HIDDEN],
  [/(:\/\/[^\s/:@]{0,100}:)[^\s/@]{1,200}@/g, `$1${HIDDEN}@`],
  [
    /([?&](?:token|key|api_?key|password|secret|sig|signature|access_token)=)[^&\s"']{1,1000}/gi,
    `$1${HIDDEN}`,
  ],
]

export interface Redactor {
  /** Data, key by key. */
  value(value: unknown): unknown
  /** A text, that of cut JSON too: what follows a secret's key, and what looks like a secret. */
  text(text: string): string
}

/** Hides nothing, for those who may see it all. */
export const REVEALED: Redactor = { value: (value) => value, text: (text) => text }

/** @param more keys of the user's own */
export function redactor(more: readonly string[] = []): Redactor {
  const own = new Set(more.map(plain))
  const isSecret = (key: string) => key.length <= 100 && (own.has(plain(key)) || SECRET_KEYS.test(plain(key)))
  const pairs = pairPattern(more)
  const text = (given: string) =>
    SECRET_TEXTS.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), given).replace(
      pairs,
      `$1${HIDDEN}`,
    )
  const value = (given: unknown, depth = 0): unknown => {
    if (typeof given === 'string') return text(given)
    if (typeof given !== 'object' || given === null || given instanceof Digits) return given
    if (depth > 100) return HIDDEN
    if (Array.isArray(given)) return given.map((each) => value(each, depth + 1))
    // Not by assignment: a key may be __proto__.
    return Object.fromEntries(
      Object.entries(given).map(([key, each]) => {
        const hide = isSecret(key) && each !== null && each !== '' && typeof each !== 'boolean'
        return [key, hide ? HIDDEN : value(each, depth + 1)]
      }),
    )
  }
  return { value: (given) => value(given), text }
}

/** A key and what follows it, as `"password":"x"`, `apiKey: x` or `token=x`, also where the text ends within it. */
function pairPattern(more: readonly string[]): RegExp {
  const words = [
    ...WORDS,
    ...more.map((key) => key.replace(/[^\w-]/g, (each) => `\\u{${each.codePointAt(0)!.toString(16)}}`)),
  ]
  const key = `\\\\?["']?[\\w-]{0,40}(?:${words.join('|')})s?\\\\?["']?\\s{0,4}[:=]\\s{0,4}`
  const values = [
    '\\\\"[^"]{0,65536}',
    '"(?:[^"\\\\]|\\\\.){0,65536}"?',
    "'(?:[^'\\\\]|\\\\.){0,65536}'?",
    '[^\\s,;}\\]\\["\'{]{1,4096}',
  ]
  return new RegExp(`(${key})(?:${values.join('|')})`, 'giu')
}

function plain(key: string): string {
  return key.toLowerCase().replace(/[-_\s]/g, '')
}
