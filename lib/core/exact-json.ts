import { randomUUID } from 'node:crypto'

/** A number that JavaScript would round, as it was written. */
export class Digits {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toJSON(): unknown {
    return this.text
  }
}

/** Nobody's data holds it. */
const MARK = randomUUID()
const NUMBER = '-?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?'
/** All of valid JSON that may hold digits: texts, which end, and numbers. */
const TOKENS = new RegExp(`"(?:[^"\\\\]|\\\\.)*"|${NUMBER}`, 'gs')
const MARKED = new RegExp(`"${MARK}(${NUMBER})"`, 'g')
/** Fewer digits, and smaller exponents, are never rounded. */
const MAY_BE_LONG = /[\d.]{16}|[eE][+-]?\d{2}/

/** Parses JSON; a number that would not be the same any more is kept by its digits. @throws SyntaxError */
export function parseExactly(text: string): unknown {
  const plain = JSON.parse(text)
  if (!MAY_BE_LONG.test(text)) return plain
  const marked = text.replace(TOKENS, (token) =>
    token.startsWith('"') || isExact(token) ? token : `"${MARK}${token}"`,
  )
  return JSON.parse(marked, (_, value) =>
    typeof value === 'string' && value.startsWith(MARK) ? new Digits(value.slice(MARK.length)) : value,
  )
}

/** Whether JavaScript says the same number as it is written: 1.50 and 15e-1 are one. */
function isExact(token: string): boolean {
  return normal(token) === normal(String(Number(token)))
}

/** Digits and exponent, without the zeros at both ends. */
function normal(token: string): string {
  const [, sign = '', whole = '', part = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(token) ?? []
  const digits = `${whole}${part}`.replace(/^0+/, '')
  const bare = digits.replace(/0+$/, '')
  return bare === '' ? '0' : `${sign}${bare}e${Number(exponent) - part.length + digits.length - bare.length}`
}

/** The JSON that `parseExactly` was given, but for its spaces. */
export function writeExactly(value: unknown, indent = 0): string {
  function mark(this: Record<string, unknown>, key: string, plain: unknown): unknown {
    const own = this[key]
    return own instanceof Digits ? MARK + own.text : plain
  }
  return JSON.stringify(value, mark, indent).replace(MARKED, '$1')
}
