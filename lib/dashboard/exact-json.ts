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
