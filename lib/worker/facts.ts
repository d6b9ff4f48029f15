import { hostname } from 'node:os'
import { version } from '../core/version.ts'
import type { Executor } from './executor.ts'
import type { WorkerState } from './fleet.ts'
import type { CheckedWorkerOptions } from './options.ts'

export interface Condition {
  readonly birth: number
  readonly isSuspended: boolean
  /** Told to take nothing itself, whatever it still runs. */
  readonly isPaused: boolean
  readonly isStopping: boolean
  /** Told to claim no more. */
  readonly isQuiet: boolean
}

/** What a worker tells of itself with each heartbeat. */
export function workerFacts(
  { concurrency, isolation }: CheckedWorkerOptions,
  { tally, held }: Executor,
  { birth, isSuspended, isPaused, isStopping, isQuiet }: Condition,
): Record<string, string | number> {
  const working = isQuiet ? 'quiet' : held > 0 ? 'busy' : isSuspended ? 'suspended' : 'idle'
  const state: WorkerState = isStopping ? 'stopping' : isPaused ? 'suspended' : working
  return {
    host: hostname(),
    pid: process.pid,
    rss: process.memoryUsage.rss(),
    version: version(),
    node: process.version,
    birth,
    concurrency,
    isolation,
    state,
    ...tally.totals,
    workedMs: Math.round(tally.workedMs),
  }
}
