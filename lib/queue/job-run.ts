import type { Codec } from '../core/codec.ts'
import type { JobRecord } from '../core/record.ts'
import { type RemoteError, reviveError } from '../core/remote-error.ts'
import { decodeResult } from '../core/result.ts'
import { isEnded } from '../core/states.ts'
import type { Ended, Run } from '../core/store.ts'
import { reviveStored } from './stored-error.ts'

/** One run of a job: an attempt with its outcome. */
export interface JobRun<R = unknown> {
  /** 1 for the first; after a requeue, and in each repetition, they are counted anew. */
  readonly attempt: number
  readonly worker: string
  readonly startedAt: Date
  readonly endedAt: Date | undefined
  /** finished, failed, retried (as the job asked), snoozed, slept, canceled (by itself), stopped, abandoned (its worker died), or started. */
  readonly outcome: string
  /** Why it failed, was stopped or asked to run again, if it gave a reason. */
  readonly error: Error | undefined
  /** What a finished run returned, decoded when it is read. @throws SerializationError if that could not be kept */
  readonly result: R | undefined
}

/** Every run, the oldest first: the earlier ones, and that of the record if it has begun. */
export function toRuns<R>(earlier: readonly Run[], record: JobRecord, codec?: Codec): JobRun<R>[] {
  const read = reader<R>(record.id, codec)
  const runs = earlier.map((run) =>
    toRun(run, run.error === undefined ? undefined : reviveError(run.error as RemoteError), read, run.result),
  )
  const { startedAt, endedAt, status, attempt, worker = '', error, result } = record
  if (startedAt === undefined || !(isEnded(status) || status === 'started')) return runs
  const run = { attempt, worker, startedAt, endedAt, outcome: status }
  return [...runs, toRun(run, error === undefined ? undefined : reviveStored(error), read, result)]
}

/** The run that ended a job. Of a job that is kept for no time only its outcome is known, and when it was heard. */
export function runThatEnded<R>(
  runs: readonly JobRun<R>[],
  { status, payload }: Exclude<Ended, { status: 'gone' }>,
  { id, attempt, worker = '' }: JobRecord,
  codec?: Codec,
): JobRun<R> {
  const known = runs.findLast(({ outcome }) => outcome === status)
  if (known) return known
  const now = Date.now()
  const run = { attempt: Math.max(1, attempt), worker, startedAt: now, endedAt: now, outcome: status }
  const read = reader<R>(id, codec)
  return status === 'finished'
    ? toRun(run, undefined, read, payload)
    : toRun(run, reviveStored(payload), read)
}

function toRun<R>(
  run: Omit<Run, 'endedAt' | 'error' | 'result'> & { readonly endedAt: number | undefined },
  error: Error | undefined,
  read: (result: string) => R,
  result?: string,
): JobRun<R> {
  const { attempt, worker, startedAt, endedAt, outcome } = run
  return {
    attempt,
    worker,
    startedAt: new Date(startedAt),
    endedAt: endedAt === undefined ? undefined : new Date(endedAt),
    outcome,
    error,
    get result() {
      return result === undefined ? undefined : read(result)
    },
  }
}

function reader<R>(id: string, codec: Codec | undefined): (result: string) => R {
  return (result) => decodeResult(result, codec, id) as R
}
