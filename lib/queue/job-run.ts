import type { JobRecord } from '../core/record.ts'
import { type RemoteError, reviveError } from '../core/remote-error.ts'
import { isEnded } from '../core/states.ts'
import type { Run } from '../core/store.ts'
import { reviveStored } from './stored-error.ts'

/** One run of a job: an attempt with its outcome. */
export interface JobRun {
  readonly attempt: number
  readonly worker: string
  readonly startedAt: Date
  readonly endedAt: Date | undefined
  /** finished, failed, stopped, abandoned (its worker died), or started while it runs. */
  readonly outcome: string
  readonly error: Error | undefined
}

/** Every run of a job, the oldest first: those before the last one are kept beside the record, the last one in it. */
export function toRuns(earlier: readonly Run[], record: JobRecord): JobRun[] {
  const runs = earlier.map((run) => ({
    attempt: run.attempt,
    worker: run.worker,
    startedAt: new Date(run.startedAt),
    endedAt: new Date(run.endedAt),
    outcome: run.outcome,
    error: run.error === undefined ? undefined : reviveError(run.error as RemoteError),
  }))
  const { startedAt, endedAt, status, attempt, worker = '', error } = record
  if (startedAt === undefined || !(isEnded(status) || status === 'started')) return runs
  const last: JobRun = {
    attempt,
    worker,
    startedAt: new Date(startedAt),
    endedAt: endedAt === undefined ? undefined : new Date(endedAt),
    outcome: status,
    error: error === undefined ? undefined : reviveStored(error),
  }
  return [...runs, last]
}
