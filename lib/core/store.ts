import type { JobRecord, Ref, StoredOptions } from './record.ts'
import type { EndedStatus, JobStatus } from './states.ts'

/** A job to be stored. Arguments and meta are encoded already. */
export interface NewJob {
  readonly id: string
  /** The caller chose the id, so that another job may have it. */
  readonly ownId?: boolean
  readonly func: string
  readonly args: string
  readonly options: StoredOptions
  readonly priority?: number
  readonly atFront?: boolean
  readonly meta?: string
  /** Not before this time (ms since 1970), or not before this much time has passed. */
  readonly dueMs?: number
  readonly inMs?: number
  readonly ttlMs?: number
  readonly parents?: readonly Parent[]
}

export interface Parent {
  readonly ref: Ref
  readonly allowFailure: boolean
}

/** What became of one job of an `enqueue`. `token` is there when the caller holds the job itself. */
export type Enqueued =
  | { readonly ok: true; readonly token?: string }
  | { readonly ok: false; readonly code: 'duplicate' }
  | { readonly ok: false; readonly code: 'parent'; readonly parent: Ref }

/** A job handed to a worker. `token` names this claim: only who shows it may end the job. */
export interface Claimed {
  readonly id: string
  readonly queue: string
  readonly token: string
  /** Null or empty where the record is damaged. */
  readonly func: string | null
  readonly args: string | null
  /** JSON of StoredOptions. */
  readonly options: string | null
  /** Which run this is, 1 for the first. */
  readonly attempt: number
  readonly recoveries: number
  readonly meta: string | null
  readonly aux: boolean
  /** Nothing else runs on a worker beside this job. */
  readonly alone: boolean
}

/** How a claim ends. Times are milliseconds before now, by the worker's monotonic clock. */
export interface Ending {
  readonly id: string
  readonly token: string
  readonly kind: 'finished' | 'failed' | 'stopped' | 'retry' | 'giveBack' | 'giveBackAlone'
  readonly endedAgo: number
  readonly ranMs: number
  readonly attempt: number
  /** The encoded result, or the error's JSON. */
  readonly payload: string
  /** Time to live in ms, -1 for ever; the delay of a retry. */
  readonly ttl: number
  readonly aux: boolean
}

export interface Beginning {
  readonly id: string
  readonly token: string
  readonly beganAgo: number
  readonly attempt: number
}

export interface Step {
  readonly endings: readonly Ending[]
  readonly beginnings: readonly Beginning[]
  /** How many jobs to claim. */
  readonly want: number
  /** Whether what is claimed begins at once. */
  readonly begin: boolean
  /** How many jobs the worker holds by now, in all queues. */
  readonly held: number
}

export interface StepReply {
  /** Endings and beginnings that were refused: the claim does not stand any more. */
  readonly stale: readonly string[]
  readonly jobs: readonly Claimed[]
  /** Milliseconds until the next scheduled job is due, if one is. */
  readonly dueIn: number | null
  /** Whether work is left in the queue. */
  readonly left: boolean
  /** Whether a job is left because it must run alone. */
  readonly alone: boolean
  /** Milliseconds until the queue hands out jobs again, Infinity where it must be resumed; null while it does. */
  readonly pausedFor: number | null
}

/** Why a queue hands out nothing: it was paused itself, or all queues were. */
export type PauseKind = 'paused' | 'suspended'

/** Until when, in milliseconds since 1970; Infinity until it is resumed. Absent where it is not so. */
export type Pauses = { readonly [K in PauseKind]?: number }

/** How a job ended, for those who wait for it. */
export type Ended =
  | { readonly status: EndedStatus | 'deleted'; readonly payload: string }
  /** The store knows no such job (any more). */
  | { readonly status: 'gone' }

/** An earlier run of a job. */
export interface Run {
  readonly attempt: number
  readonly worker: string
  readonly startedAt: number
  readonly endedAt: number
  readonly outcome: string
  readonly error?: unknown
}

export interface WorkerInfo {
  readonly name: string
  readonly queues: readonly string[]
  /** Ids of jobs that it holds now, a hundred at most. */
  readonly jobs: readonly string[]
  readonly [field: string]: unknown
}

/** One page of a state's jobs. */
export interface Page {
  readonly offset?: number
  readonly limit?: number
}

/**
 * The arrows of the state diagram (states.ts), and reads that change nothing. Each arrow is atomic and checks the state that it comes from;
 * each may be sent again after a lost reply. redis/ is the store that matters; memory/ is the same arrows as
 * plain TypeScript, the specification that the scripts are checked against.
 */
export interface Store {
  enqueue(queue: string, jobs: readonly NewJob[], holder?: string): Promise<Enqueued[]>
  step(queue: string, worker: string, step: Step): Promise<StepReply>
  /** Claims one job by its id, also ahead of its time. */
  take(queue: string, worker: string, id: string): Promise<Claimed | undefined>
  update(
    queue: string,
    worker: string,
    id: string,
    token: string,
    kind: 'meta' | 'progress' | 'log',
    value: string,
  ): Promise<boolean>
  /** Prolongs the lease on what the worker holds; the ids of it. */
  heartbeat(queue: string, worker: string): Promise<string[]>
  /** Has the queue hand out nothing, for so many ms, or with null until it is resumed. What runs goes on. */
  pause(queue: string, kind: PauseKind, forMs: number | null): Promise<void>
  resume(queue: string, kind: PauseKind): Promise<void>
  pauses(queue: string): Promise<Pauses>
  /** Ends the lease at once. */
  leave(queue: string, worker: string): Promise<void>
  cancel(queue: string, id: string, reason: string): Promise<JobStatus | 'gone'>
  requeue(queue: string, ids: readonly string[], atFront?: boolean): Promise<(JobStatus | 'gone')[]>
  /** The status that refused it, or 'deleted'. */
  delete(queue: string, id: string): Promise<'deleted' | JobStatus | 'gone'>
  /** Asks the worker that runs the job to stop it; 'asked', or the status that has nothing to stop. */
  stop(queue: string, id: string): Promise<'asked' | JobStatus | 'gone'>

  /** Resolves when the job ends, however long that takes; rejects when `signal` aborts. */
  waitFor(queue: string, id: string, signal?: AbortSignal): Promise<Ended>
  fetch(queue: string, ids: readonly string[]): Promise<(JobRecord | undefined)[]>
  /** The queue that holds a job of this id. */
  find(id: string): Promise<string | undefined>
  list(queue: string, state: JobStatus, page?: Page): Promise<string[]>
  counts(queue: string): Promise<Record<JobStatus, number>>
  position(queue: string, id: string): Promise<number | null>
  runs(queue: string, id: string): Promise<Run[]>
  log(queue: string, id: string): Promise<string[]>
  /** Each parent with its state as the child knows it, and its result once it has finished. */
  parents(queue: string, id: string): Promise<Map<Ref, ParentWord>>
  dependents(queue: string, id: string): Promise<Ref[]>
  queues(): Promise<string[]>

  /** Resolves when what earlier steps owed to other jobs has been delivered, or left to the next tick. */
  idle(): Promise<void>
  /** One queue's upkeep; each answers how much it did. */
  tend(queue: string): Promise<Upkeep>

  close(): Promise<void>
}

/** What a child has heard of a parent. */
export interface ParentWord {
  readonly state: 'waits' | 'failed' | 'finished' | 'failed, as allowed'
  /** The encoded result of a finished parent. */
  readonly result?: string
}

export interface Upkeep {
  readonly promoted: number
  readonly expired: number
  readonly recovered: number
  readonly abandoned: number
  readonly delivered: number
  readonly repaired: number
}
