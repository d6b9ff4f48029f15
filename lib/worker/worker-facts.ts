import { hostname } from 'node:os'
import { version } from '../core/version.ts'
import type { Executor } from './executor.ts'
import type { WorkerState } from './fleet.ts'
import type { CheckedWorkerOptions } from './options.ts'

/** What a worker tells of itself at each heartbeat. @param birth milliseconds since 1970 */
export function workerFacts(
  { concurrency, isolation }: Pick<CheckedWorkerOptions, 'concurrency' | 'isolation'>,
  { tally, held }: Pick<Executor, 'tally' | 'held'>,
  birth: number,
  stopping: boolean,
  suspended: boolean,
): Record<string, string | number> {
  const resting = suspended ? 'suspended' : 'idle'
  const state: WorkerState = stopping ? 'stopping' : held > 0 ? 'busy' : resting
  return {
    host: hostname(),
    pid: process.pid,
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
