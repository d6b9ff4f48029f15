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

/** Parses JSON; where the engine tells a number's source, one with too many digits is kept by it. */
export function parseExactly(text: string): unknown {
  const revive = (_: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' &&
    context?.source !== undefined &&
    !Number.isSafeInteger(value) &&
    Number.isInteger(value)
      ? new Digits(context.source)
      : value
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown)
}

/** Nobody's data holds it. */
const MARK = randomUUID()
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'g')

/** The JSON that `parseExactly` was given, but for its spaces. */
export function writeExactly(value: unknown, indent = 0): string {
  function mark(this: Record<string, unknown>, key: string, plain: unknown): unknown {
    const own = this[key]
    return own instanceof Digits ? MARK + own.text : plain
  }
  return JSON.stringify(value, mark, indent).replace(MARKED, '$1')
}
