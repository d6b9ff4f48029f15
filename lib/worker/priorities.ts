import { InvalidArgumentError } from '../core/errors.ts'
import { checkPriority, PRIORITY_LIMIT } from '../core/options.ts'
import type { Priorities } from '../core/store.ts'

interface Bounds {
  readonly minPriority?: number
  readonly maxPriority?: number
}

/** Which jobs a worker takes by their priority: all, unless a bound is given. @throws InvalidArgumentError */
export function checkPriorities({ minPriority, maxPriority }: Bounds): Priorities | undefined {
  if (minPriority === undefined && maxPriority === undefined) return undefined
  const from = minPriority === undefined ? -PRIORITY_LIMIT : checkPriority(minPriority, 'minPriority')
  const to = maxPriority === undefined ? PRIORITY_LIMIT : checkPriority(maxPriority, 'maxPriority')
  if (from <= to) return { from, to }
  throw new InvalidArgumentError(`minPriority: expected at most the maxPriority of ${to}, got ${from}`)
}
