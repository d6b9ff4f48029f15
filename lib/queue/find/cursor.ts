import { InvalidArgumentError } from '../../core/errors.ts'

/** How far a list has come: behind this job. */
export interface Position {
  /** Which of the sets that it goes through one after the other. */
  readonly segment: number
  /** Both are empty at the beginning of a queue's set. */
  readonly score: string
  readonly queue: string
  readonly id: string
  /** How many jobs have been looked at up to here. */
  readonly scanned: number
}

export function writeCursor({ segment, score, queue, id, scanned }: Position): string {
  return Buffer.from(JSON.stringify([segment, score, queue, id, scanned])).toString('base64url')
}

/** It comes back from a browser: whatever it holds is checked. @throws InvalidArgumentError */
export function readCursor(cursor: string | undefined): Position | undefined {
  if (cursor === undefined || cursor === '') return undefined
  try {
    const [segment, score, queue, id, scanned] = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const isScore =
      typeof score === 'string' && /^$|^[+-]?(inf|\d{1,20}(\.\d{1,6})?(e[+-]?\d{1,3})?)$/.test(score)
    const areCounts = [segment, scanned].every((n) => Number.isSafeInteger(n) && n >= 0)
    if (isScore && areCounts && typeof queue === 'string' && typeof id === 'string')
      return { segment, score, queue, id, scanned }
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError("cursor: expected the 'next' of an earlier answer; begin anew without it")
}
