import type { LogLine } from '../core/log-line.ts'
import type { JobRecord, Ref, StoredOptions } from '../core/record.ts'
import type { JobStatus } from '../core/states.ts'
import type { NewJob, ParentWord, Run } from '../core/store.ts'

/** What a child knows of a parent. `new` until it is registered there. */
export interface Word {
  readonly state: ParentWord['state'] | 'new'
  readonly allowFailure: boolean
  readonly result?: string
}

/** A job's record and what stands beside it. The fields mean what those of core/record.ts mean. */
export interface MemoryJob {
  readonly id: string
  readonly func: string
  readonly args: string
  readonly options: StoredOptions
  readonly createdAt: number
  readonly priority: number
  /** `queued` also while a worker holds it that has not begun it. */
  status: JobStatus
  front: boolean
  queuedAt?: number | undefined
  dueAt?: number | undefined
  /** Canceled when claimed after this time. */
  queueDeadline?: number | undefined
  startedAt?: number | undefined
  endedAt?: number | undefined
  attempt: number
  recoveries: number
  repetitions: number
  requeues: number
  snoozes: number
  alone: boolean
  readonly signature: string | undefined
  readonly uniqueKey: string | undefined
  readonly limit: NewJob['limit']
  /** Its turn under the rate has been given out. */
  hasTurn: boolean
  worker?: string | undefined
  result?: string | undefined
  error?: string | undefined
  meta?: string | undefined
  progress?: string | undefined
  reason?: string | undefined
  /** Parents that have not ended as this job needs. */
  need: number
  readonly parents: Map<Ref, Word>
  readonly runs: Run[]
  readonly log: LogLine[]
  /** How many lines there have been. */
  logged: number
  /** What it has kept between its runs, by name. */
  readonly steps: Map<string, string>
  /** From this time on it counts as deleted. */
  expiresAt?: number | undefined
}

export function toRecord(job: MemoryJob, queue: string): JobRecord {
  const waitsElsewhere = job.status === 'deferred' || job.status === 'scheduled'
  return {
    id: job.id,
    queue,
    func: job.func,
    args: job.args,
    options: job.options,
    status: job.status,
    priority: job.priority,
    createdAt: job.createdAt,
    enqueuedAt: job.queuedAt ?? (waitsElsewhere ? undefined : job.createdAt),
    scheduledFor: job.dueAt,
    waitsUntil: job.queueDeadline,
    startedAt: job.startedAt,
    endedAt: job.endedAt,
    attempt: job.attempt,
    recoveries: job.recoveries,
    repetitions: job.repetitions,
    requeues: job.requeues,
    worker: job.worker,
    result: job.result,
    error: job.error,
    meta: job.meta,
    progress: job.progress,
    reason: job.reason,
    signature: job.signature,
    atFront: job.front,
    uniqueKey: job.uniqueKey,
    limit: job.limit,
  }
}

/** Keys beside the record exist in Redis: runs, parents, log or steps. */
export function hasAux(job: MemoryJob): boolean {
  return job.parents.size + job.runs.length + job.log.length + job.steps.size > 0
}
