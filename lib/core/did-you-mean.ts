import { InvalidArgumentError } from './errors.ts'

/**
 * The known name that is most likely meant by `given`, or undefined where none is near.
 * @param edits how many slips of the fingers are near
 */
export function nearest(
  given: string,
  known: readonly string[],
  edits = Math.floor(given.length / 3) + 1,
): string | undefined {
  let best: string | undefined
  let bestDistance = edits
  for (const name of known) {
    if (Math.abs(name.length - given.length) > bestDistance) continue
    const distance = editDistance(given.toLowerCase(), name.toLowerCase())
    if (distance < bestDistance || (distance === bestDistance && best === undefined)) {
      best = name
      bestDistance = distance
    }
  }
  return best
}

/** `" Did you mean 'x'?"`, to end a message with, or nothing. */
export function didYouMean(given: string, known: readonly string[]): string {
  const name = nearest(given, known)
  return name === undefined ? '' : ` Did you mean '${name}'?`
}

/** The error for an option that does not exist. */
export function unknownOption(given: string, known: readonly string[]): InvalidArgumentError {
  return new InvalidArgumentError(
    `unknown option '${given}'.${didYouMean(given, known)} Known options: ${known.join(', ')}.`,
  )
}

/**
 * That options have no name but these.
 * @param where the option that they are options of, as `retry`
 * @throws InvalidArgumentError naming the nearest known
 */
export function checkKnown(options: object, known: readonly string[], where?: string): void {
  const full = (name: string) => (where === undefined ? name : `${where}.${name}`)
  for (const name of Object.keys(Object(options)))
    if (!known.includes(name)) throw unknownOption(full(name), known.map(full))
}

/** Levenshtein's, with a swap of two neighbours counted as one edit: the commonest slip of the fingers. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) edits = Math.min(edits, beforeLast[j - 2]! + 1)
      row.push(edits)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
