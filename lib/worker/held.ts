import { LONGEST_TIMER_MS } from '../core/longest-timer.ts'
import type { StoredOptions } from '../core/record.ts'
import type { Claimed } from '../core/store.ts'
import type { AbortCause } from '../run/assignment.ts'
import { timeoutOf } from '../run/verdict.ts'
import type { Handling } from './handling.ts'

/** A job that this worker has claimed, until its ending is on its way to the store. */
export interface Held {
  readonly job: Claimed
  readonly options: StoredOptions
  /** When it came here, by performance.now(). */
  readonly acceptedAt: number
  /** When it began to run, by performance.now(); undefined while it waits its turn here. */
  began: number | undefined
  /** Whether the store knows that it began. */
  begunInStore: boolean
  /** Set once its signal was aborted. */
  aborted: AbortCause | undefined
  /** It keeps more in the store than its record: log lines, runs, parents. */
  aux: boolean
  timer: NodeJS.Timeout | undefined
  /** Set when its horse is killed on its account. */
  condemned: boolean
  /** Set once its run has failed and its exception handlers are told. */
  handling: Handling | undefined
}

export function toHeld(job: Claimed, options: StoredOptions, begun: boolean): Held {
  return {
    job,
    options,
    acceptedAt: performance.now(),
    began: undefined,
    begunInStore: begun,
    aborted: undefined,
    aux: job.aux,
    timer: undefined,
    condemned: false,
    handling: undefined,
  }
}

/** @param resultTtlMs for jobs that do not set their own, where the worker has one */
export function withResultTtl(options: StoredOptions, resultTtlMs: number | null | undefined): StoredOptions {
  return resultTtlMs === undefined || options.resultTtlMs !== undefined
    ? options
    : { ...options, resultTtlMs }
}

/** How long a job may still run, in milliseconds; null without end. */
export function timeLeft(held: Held): number | null {
  const limit = timeoutOf(held.options)
  // A longer one than timers can count is as good as none.
  return limit === null ? null : Math.min(Math.max(0, limit - ranFor(held)), LONGEST_TIMER_MS)
}

/** How long it has run, in milliseconds. */
export function ranFor({ began }: Held): number {
  return began === undefined ? 0 : performance.now() - began
}
