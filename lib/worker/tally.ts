import type { Ending } from '../core/store.ts'
import type { Held } from './held.ts'
import type { Meter } from './meter.ts'

/** What a worker has done. */
export interface WorkerTotals {
  /** Runs that succeeded, those that a repetition follows included. */
  readonly finished: number
  readonly failed: number
  /** Runs that another one follows, after a failure or as the job asked; sleeps too. */
  readonly retried: number
  /** By `job.stop()`, or by a Cancel of their own. */
  readonly stopped: number
}

export function addTotals(a: WorkerTotals, b: WorkerTotals): WorkerTotals {
  return {
    finished: a.finished + b.finished,
    failed: a.failed + b.failed,
    retried: a.retried + b.retried,
    stopped: a.stopped + b.stopped,
  }
}

export function attemptsOf({ finished, failed, retried, stopped }: WorkerTotals): number {
  return finished + failed + retried + stopped
}

/** Counts runs by how they ended; those that were given back are none. */
export class Tally {
  readonly totals = { finished: 0, failed: 0, retried: 0, stopped: 0 }
  /** Hears of every run that counts. */
  meter: Meter | undefined
  #workedMs = 0

  get attempts(): number {
    return attemptsOf(this.totals)
  }

  /** Milliseconds that jobs have run. */
  get workedMs(): number {
    return this.#workedMs
  }

  /** Answers whether this end counts. */
  add(kind: Ending['kind'], ms: number, { job, options, began, acceptedAt, aborted }: Held): boolean {
    const counter = COUNTERS[kind]
    if (!counter) return false
    this.totals[counter]++
    this.#workedMs += ms
    const waited = began === undefined ? undefined : job.waitedMs + began - acceptedAt
    const outcome = counter === 'failed' && aborted === 'timeout' ? 'timedOut' : counter
    this.meter?.count(job.queue, job.func ?? 'unknown', outcome, ms, waited, options.headers)
    return true
  }
}

const COUNTERS = {
  finished: 'finished',
  failed: 'failed',
  retry: 'retried',
  retryAsked: 'retried',
  snooze: 'retried',
  sleep: 'retried',
  repeat: 'finished',
  stopped: 'stopped',
  cancel: 'stopped',
  giveBack: undefined,
  giveBackAlone: undefined,
  giveBackLater: undefined,
} as const
