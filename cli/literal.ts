import { UsageError } from './exit-codes.ts'

/** Words that JSON has no form for, and Python's for those that it has. */
const WORDS: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  None: null,
  true: true,
  True: true,
  false: false,
  False: false,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

/** What `%literal` stands for: a word such as undefined or None, a number, `10n`, a 'text' in single quotes, or JSON. */
export function literal(text: string, word: string): unknown {
  const trimmed = text.trim()
  if (Object.hasOwn(WORDS, trimmed)) return WORDS[trimmed]
  if (/^-?\d+n$/.test(trimmed)) return BigInt(trimmed.slice(0, -1))
  const quoted = /^'([^'\\]*)'$/.exec(trimmed)
  if (quoted) return quoted[1]
  try {
    return JSON.parse(trimmed)
  } catch {
    throw new UsageError(
      `'${word}': expected a literal such as undefined, None, 1.5, 10n, 'text' or JSON, got ${JSON.stringify(trimmed.slice(0, 60))}`,
    )
  }
}
