import { MaxRetriesExceededError } from '../core/errors.ts'
import { DEFAULTS } from '../core/options.ts'
import type { StoredOptions } from '../core/record.ts'
import { describeEvent, type RemoteError } from '../core/remote-error.ts'
import { repeatDelay } from '../core/repeat.ts'
import { lostResult } from '../core/result.ts'
import { retries, retryDelay } from '../core/retry.ts'
import type { Claimed, Ending } from '../core/store.ts'
import type { Outcome } from './assignment.ts'

/** What becomes of a job, as its ending will say. */
export type Verdict = Pick<Ending, 'kind' | 'payload' | 'ttl' | 'atFront'>

/** What a run's outcome means for its job: finished, failed for good, or once more. */
export function verdict(
  options: StoredOptions,
  { attempt, repetitions, snoozes }: Pick<Claimed, 'attempt' | 'repetitions' | 'snoozes'>,
  outcome: Outcome,
): Verdict {
  switch (outcome.kind) {
    case 'finished':
      return succeeded(options, repetitions, outcome)
    case 'failed':
      return failed(options, attempt, outcome)
    case 'retry':
      return asked(options, attempt, outcome)
    case 'snooze':
      return snoozed(options, snoozes, outcome)
    case 'sleep':
      return { kind: 'sleep', payload: '', ttl: outcome.delayMs }
    case 'cancel':
      return { kind: 'cancel', payload: outcome.reason, ttl: failureTtl(options) }
  }
}

function succeeded(
  options: StoredOptions,
  repetitions: number,
  { result, resultError }: Outcome & { kind: 'finished' },
): Verdict {
  const { repeat } = options
  const payload = resultError === undefined ? result : lostResult(resultError)
  return repeat && repetitions < repeat.times
    ? { kind: 'repeat', payload, ttl: repeatDelay(repeat, repetitions + 1) }
    : { kind: 'finished', payload, ttl: ttl(options.resultTtlMs, DEFAULTS.resultTtlMs) }
}

function failed(
  options: StoredOptions,
  attempt: number,
  { error, permanent, kinds = [] }: Outcome & { kind: 'failed' },
): Verdict {
  const { retry } = options
  if (!retry || permanent || attempt > retry.max || !retries(retry, error, kinds)) {
    return { kind: 'failed', payload: error, ttl: failureTtl(options) }
  }
  return {
    kind: 'retry',
    payload: error,
    ttl: retryDelay(retry, attempt),
    ...(retry.atFront && { atFront: true }),
  }
}

/** A job that asks for itself is bound by its own limit, by the policy's where it names none, and by nothing where there is none. */
function asked(
  options: StoredOptions,
  attempt: number,
  { max, delayMs, atFront, error }: Outcome & { kind: 'retry' },
): Verdict {
  const { retry } = options
  const limit = max ?? retry?.max
  if (limit !== undefined && attempt > limit) {
    const said = `the job asked to run again after attempt ${attempt}, but ${limit} ${limit === 1 ? 'retry is' : 'retries are'} its limit`
    return { kind: 'failed', payload: exceeded(said, error), ttl: failureTtl(options) }
  }
  return {
    kind: 'retryAsked',
    payload: error,
    ttl: delayMs ?? (retry ? retryDelay(retry, attempt) : 0),
    ...((atFront ?? retry?.atFront) && { atFront: true }),
  }
}

function snoozed(
  options: StoredOptions,
  snoozes: number,
  { max, delayMs, atFront, error }: Outcome & { kind: 'snooze' },
): Verdict {
  if (max !== undefined && snoozes >= max) {
    const said = `the job has put itself off ${max === 1 ? 'once' : `${max} times`}, its limit, and asked once more`
    return { kind: 'failed', payload: exceeded(said, error), ttl: failureTtl(options) }
  }
  return { kind: 'snooze', payload: error, ttl: delayMs, ...(atFront && { atFront: true }) }
}

function exceeded(said: string, reasonJson: string): string {
  const cause = reasonJson === '' ? undefined : (JSON.parse(reasonJson) as RemoteError)
  const reason = cause?.message ? `: ${cause.message}` : ''
  const error = JSON.parse(describeEvent(new MaxRetriesExceededError(said + reason))) as RemoteError
  return JSON.stringify(cause ? { ...error, cause } : error)
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
