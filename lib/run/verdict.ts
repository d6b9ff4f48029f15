import { DEFAULTS, retryDelay } from '../core/options.ts'
import type { StoredOptions } from '../core/record.ts'
import { lostResult } from '../core/result.ts'
import type { Ending } from '../core/store.ts'
import type { Outcome } from './assignment.ts'

/** What a run's outcome means for its job: finished, failed for good, or once more. */
export function verdict(
  options: StoredOptions,
  attempt: number,
  outcome: Outcome,
): Pick<Ending, 'kind' | 'payload' | 'ttl'> {
  if (outcome.kind === 'finished') {
    const payload = outcome.resultError === undefined ? outcome.result : lostResult(outcome.resultError)
    return { kind: 'finished', payload, ttl: ttl(options.resultTtlMs, DEFAULTS.resultTtlMs) }
  }
  const { retry } = options
  if (retry && attempt <= retry.max && !outcome.permanent) {
    return { kind: 'retry', payload: outcome.error, ttl: retryDelay(retry, attempt) }
  }
  return { kind: 'failed', payload: outcome.error, ttl: failureTtl(options) }
}

export function failureTtl(options: StoredOptions): number {
  return ttl(options.failureTtlMs, DEFAULTS.failureTtlMs)
}

/** How long one run may take, or null for no limit. */
export function timeoutOf(options: StoredOptions): number | null {
  return options.timeoutMs === undefined ? DEFAULTS.timeoutMs : options.timeoutMs
}

function ttl(set: number | null | undefined, byDefault: number): number {
  if (set === null) return -1
  return set ?? byDefault
}
