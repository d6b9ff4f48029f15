/** What stands in the place of a value that is not shown. */
export const HIDDEN = '•••'

/** Keys whose values are secrets, whatever they hold. Compared in lower case, without - and _. */
const SECRET_KEYS =
  /^(?:.*(?:password|passwd|passphrase|secret|apikey|accesskey|privatekey|credential|bearer|signature)s?|.*token|pwd|pass|auth|authorization|cookie|setcookie|session(?:id)?|ssn|cvv|cvc|pin|cardnumber|iban)$/

/** What looks like a secret wherever it stands: tokens, keys, passwords in URLs. Patterns without nested repetition: they meet hostile text. */
const SECRET_TEXTS: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,4096}/gi, `$1 ${HIDDEN}`],
  [/\beyJ[\w-]{8,4096}\.[\w-]{8,4096}\.[\w-]{0,4096}/g, HIDDEN],
  [/\b(?:sk|pk|rk|ghp|gho|ghs|glpat|xox[abpr])[-_][\w-]{16,256}/g, HIDDEN],
  [/\bAKIA[0-9A-Z]{16}\b/g, HIDDEN],
  [/(:\/\/[^\s/:@]{0,100}:)[^\s/@]{1,200}@/g, `$1${HIDDEN}@`],
  [/([?&](?:token|key|api_?key|password|secret|sig|signature|access_token)=)[^&\s"']{1,1000}/gi, `$1${HIDDEN}`],
]

export type Redactor = (value: unknown) => unknown

/** @param more keys of the user's own, as they are spelt in the data */
export function redactor(more: readonly string[] = []): Redactor {
  const own = new Set(more.map(plain))
  const isSecret = (key: string) => key.length <= 100 && (own.has(plain(key)) || SECRET_KEYS.test(plain(key)))
  const redact = (value: unknown, depth = 0): unknown => {
    if (typeof value === 'string') return redactText(value)
    if (typeof value !== 'object' || value === null) return value
    if (depth > 100) return HIDDEN
    if (Array.isArray(value)) return value.map((each) => redact(each, depth + 1))
    // Not by assignment: a key may be __proto__.
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, isSecret(key) && each !== null && each !== '' ? HIDDEN : redact(each, depth + 1)]),
    )
  }
  return (value) => redact(value)
}

export function redactText(text: string): string {
  return SECRET_TEXTS.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text)
}

function plain(key: string): string {
  return key.toLowerCase().replace(/[-_\s]/g, '')
}
