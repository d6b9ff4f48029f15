import { checkKnown } from './did-you-mean.ts'
import { type Duration, toMs } from './duration.ts'
import { InvalidArgumentError } from './errors.ts'
import { checkKey } from './unique.ts'

/** How many jobs of one key may run, at once or in a span of time. The key belongs to the queue. */
export interface LimitOptions {
  readonly key: string
  /** Jobs of the key that run at once, over all workers. The others wait in the state `limited`. */
  readonly concurrency?: number
  /** Jobs of the key that begin in a span of time; after a burst of `max`, evenly. The others are scheduled for their turn. */
  readonly rate?: { readonly max: number; readonly per: Duration }
}

export interface StoredLimit {
  readonly key: string
  readonly concurrency?: number
  readonly rate?: { readonly max: number; readonly perMs: number }
}

const NAMES = ['key', 'concurrency', 'rate'] as const

export function checkLimit(value: unknown): StoredLimit {
  const given = value as LimitOptions
  if (typeof given !== 'object' || given === null) {
    throw new InvalidArgumentError(
      `limit: expected { key, concurrency } or { key, rate: { max, per } }, got ${typeof value}`,
    )
  }
  checkKnown(given, NAMES, 'limit')
  const { concurrency, rate } = given
  const key = checkKey(given.key, 'limit.key')
  if (concurrency === undefined && rate === undefined) {
    throw new InvalidArgumentError('limit: expected concurrency, rate or both, got neither')
  }
  return {
    key,
    ...(concurrency !== undefined && { concurrency: atLeastOne(concurrency, 'limit.concurrency') }),
    ...(rate !== undefined && { rate: checkRate(rate) }),
  }
}

function checkRate(rate: NonNullable<LimitOptions['rate']>): { max: number; perMs: number } {
  checkKnown(Object(rate), ['max', 'per'], 'limit.rate')
  const max = atLeastOne(rate?.max, 'limit.rate.max')
  const perMs = toMs(rate.per, 'limit.rate.per')
  if (perMs < max) {
    throw new InvalidArgumentError(
      `limit.rate: expected at most one job a millisecond, got ${max} in ${perMs} ms`,
    )
  }
  return { max, perMs }
}

function atLeastOne(value: unknown, what: string): number {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 1_000_000)
    return value as number
  throw new InvalidArgumentError(`${what}: expected a whole number of at least 1, got ${String(value)}`)
}
