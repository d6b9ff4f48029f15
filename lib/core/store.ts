import type { Codec } from './codec.ts'
import type { GroupStore } from './groups.ts'
import type { StoredLimit } from './limit.ts'
import type { JobLog, LogSource } from './log-line.ts'
import type { JobRecord, Ref, StoredOptions } from './record.ts'
import type { Signer } from './signature.ts'
import type { EndedStatus, JobStatus } from './states.ts'
import type { StepStore } from './steps.ts'
import type { StoredUnique } from './unique.ts'

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
  /** Instead of `ttlMs`: until when it may wait, of a job that has an id of its own. */
  readonly waitsUntil?: number
  readonly parents?: readonly Parent[]
  readonly unique?: StoredUnique
  readonly limit?: StoredLimit
  /** Of its maker; the store sets it where it knows a secret. Empty: it is to have none. */
  readonly signature?: string
}

export interface Parent {
  readonly ref: Ref
  readonly allowFailure: boolean
}

/** What became of one job of an `enqueue`. `token` is there when the caller holds the job itself. */
export type Enqueued =
  /** With `existing` it was not stored, as its options ask: that job has the unique key. */
  | { readonly ok: true; readonly token?: string; readonly existing?: string }
  /** `by` is the job that has the unique key; absent where the id itself is taken. */
  | { readonly ok: false; readonly code: 'duplicate'; readonly by?: string }
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
  readonly signature?: string | undefined
  /** Which run this is, 1 for the first. */
  readonly attempt: number
  readonly recoveries: number
  /** How many repetitions are over, or this is one: 0 for the first run. */
  readonly repetitions: number
  /** How often it has put itself off. */
  readonly snoozes: number
  readonly meta: string | null
  /** For how long it had been queued. */
  readonly waitedMs: number
  readonly aux: boolean
  /** The format of its record, where that is newer than what this version reads. */
  readonly format?: string
  /** Nothing else runs on a worker beside this job. */
  readonly alone: boolean
}

/** What a running job reports of itself. */
export type UpdateKind = 'meta' | 'progress' | LogSource

/** Which claim speaks. */
export interface ClaimRef {
  readonly worker: string
  readonly id: string
  readonly token: string
}

/** How a claim ends. Times are milliseconds before now, by the worker's monotonic clock. */
export interface Ending {
  readonly id: string
  readonly token: string
  readonly kind: EndingKind
  readonly endedAgo: number
  readonly ranMs: number
  readonly attempt: number
  /** The encoded result, the error's JSON, or the reason of a cancel. */
  readonly payload: string
  /** Time to live in ms, -1 for ever; the delay of what runs again. */
  readonly ttl: number
  readonly aux: boolean
  /** A retry goes to the head of its queue. */
  readonly atFront?: boolean
}

/**
 * `retry` after a failure and `retryAsked` by a Retry run the job again with one more attempt, `snooze` and `sleep` with the same one,
 * `repeat` after a success with all its attempts anew. `cancel` is the job's own. `giveBackLater` puts a job off that this worker cannot run: another may, after `ttl`.
 */
export type EndingKind =
  | 'finished'
  | 'failed'
  | 'stopped'
  | 'cancel'
  | 'retry'
  | 'retryAsked'
  | 'snooze'
  | 'sleep'
  | 'repeat'
  | 'giveBack'
  | 'giveBackAlone'
  | 'giveBackLater'

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
  /** Whether it may be handed a job by whoever enqueues one, once nothing is left for it; `noted` if it stands there already. @default 'no' */
  readonly idle?: 'no' | 'may' | 'noted'
  /** Claims only jobs of these. @default all */
  readonly priorities?: Priorities | undefined
}

/** Both ends included. */
export interface Priorities {
  readonly from: number
  readonly to: number
}

export interface StepReply {
  /** Endings and beginnings that were refused: the claim does not stand any more. */
  readonly stale: readonly string[]
  readonly jobs: readonly Claimed[]
  /** Milliseconds until the next scheduled job is due, if one is. */
  readonly dueIn: number | null
  /** Whether work is left in the queue that this step could have claimed. */
  readonly left: boolean
  /** True where the only jobs left are of other priorities, or must run alone, for which this worker holds too much. */
  readonly others?: boolean
  /** Whether a job was passed over because it must run alone. */
  readonly alone: boolean
  /** Milliseconds until the queue hands out jobs again, Infinity where it must be resumed; null while it does. */
  readonly pausedFor: number | null
}

/** Why a queue hands out nothing: it was paused itself, or all queues were. */
export type PauseKind = 'paused' | 'suspended'

/** Who paused a queue, and why, for whoever looks at it. */
export interface PauseNote {
  readonly by?: string
  readonly reason?: string
}

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
  /** The encoded result of a run that was followed by a repetition. */
  readonly result?: string
}

export interface WorkerInfo {
  readonly name: string
  readonly queues: readonly string[]
  /** Ids of jobs that it holds now, a hundred at most. */
  readonly jobs: readonly string[]
  readonly [field: string]: unknown
}

/** What else a cancel does. */
export interface CancelHow {
  /** Its dependents go on as though it had finished. */
  readonly releaseDependents?: boolean
  /** It is no longer listed among its parents' dependents. */
  readonly leaveParents?: boolean
}

/** A job's place in a state: when it expires or is due, since when it waits for others, or when its lease ends. Null in `queued`. */
export interface Entry {
  readonly id: string
  /** Milliseconds since 1970; Infinity for ever. */
  readonly time: number | null
}

/** One page of a state's jobs. */
export interface Page {
  readonly offset?: number
  readonly limit?: number
}

/** For whom a job is awaited. */
export interface Waiter {
  /** What its waits are rejected with, once it was closed. */
  readonly closed: Error | undefined
}

/**
 * The arrows of the state diagram (states.ts), and reads that change nothing. Each arrow is atomic and checks the state that it comes from;
 * each may be sent again after a lost reply. redis/ is the store that matters; memory/ is the same arrows as
 * plain TypeScript, the specification that the scripts are checked against.
 */
export interface Store {
  /** Where there is a secret: signs what is enqueued, and tells what was signed. */
  readonly signer?: Signer | undefined
  /** What arguments and results go through on their way here and back: the business of those who write and read them. */
  readonly codec?: Codec | undefined
  enqueue(queue: string, jobs: readonly NewJob[], holder?: string): Promise<Enqueued[]>
  /** As `enqueue`, for jobs without parents that are made, in this call, while the first of them are on their way. */
  enqueueEach(queue: string, jobs: Iterable<NewJob>): Promise<Enqueued[]>
  step(queue: string, worker: string, step: Step): Promise<StepReply>
  /** Claims one job by its id, also ahead of its time. */
  take(queue: string, worker: string, id: string): Promise<Claimed | undefined>
  update(
    queue: string,
    worker: string,
    id: string,
    token: string,
    kind: UpdateKind,
    value: string,
  ): Promise<boolean>
  /** Prolongs the lease on what the worker holds; the ids of it. */
  heartbeat(queue: string, worker: string): Promise<string[]>
  /** Jobs that a worker holds without knowing, claimed by a call whose reply was lost, go back to where they stood. */
  giveBackForgotten(queue: string, worker: string, ids: readonly string[]): Promise<void>
  /** Has the queue hand out nothing, for so many ms, or with null until it is resumed. What runs goes on. */
  pause(queue: string, kind: PauseKind, forMs: number | null, note?: PauseNote): Promise<void>
  resume(queue: string, kind: PauseKind): Promise<void>
  pauses(queue: string): Promise<Pauses>
  /** Ends the lease at once. */
  leave(queue: string, worker: string): Promise<void>
  cancel(queue: string, id: string, reason: string, how?: CancelHow): Promise<JobStatus | 'gone'>
  requeue(queue: string, ids: readonly string[], atFront?: boolean): Promise<(JobStatus | 'gone')[]>
  /** The status that refused it, or 'deleted'. */
  delete(queue: string, id: string): Promise<'deleted' | JobStatus | 'gone'>
  /** The same for those of the jobs that are in this state, and, where that is given, ended so long ago. */
  purge(
    queue: string,
    state: JobStatus,
    ids: readonly string[],
    endedAgoMs?: number,
  ): Promise<('deleted' | JobStatus | 'gone')[]>
  /** Forgets a queue that holds no job and owes nothing; else what it holds. */
  forget(queue: string): Promise<'forgotten' | { readonly state: string; readonly id: string }>
  /** Writes a job's meta from outside; where `was` is given, only over that. */
  saveMeta(queue: string, id: string, meta: string, was?: string): Promise<MetaSaved>
  /** Asks the worker that runs the job to stop it; 'asked', or the status that has nothing to stop. */
  stop(queue: string, id: string): Promise<'asked' | JobStatus | 'gone'>

  /**
   * Resolves when the job ends, however long that takes; rejects when `signal` aborts.
   * @param requeues waits on while it has not been requeued this often: for the next end of a job that has ended
   * @param waiter for whom; the others that share the store go on waiting when this one is closed
   */
  waitFor(queue: string, id: string, signal?: AbortSignal, requeues?: number, waiter?: Waiter): Promise<Ended>
  /** Rejects the waits of those waiters that were closed meanwhile. */
  dropWaits(): void
  fetch(queue: string, ids: readonly string[]): Promise<(JobRecord | undefined)[]>
  /** The queue that holds a job of this id. */
  find(id: string): Promise<string | undefined>
  /** The same for many, in a number of round trips that does not depend on how many. */
  findMany(ids: readonly string[]): Promise<(string | undefined)[]>
  list(queue: string, state: JobStatus, page?: Page): Promise<string[]>
  entries(queue: string, state: JobStatus, page?: Page): Promise<Entry[]>
  entry(queue: string, state: JobStatus, id: string): Promise<Entry | undefined>
  counts(queue: string): Promise<Record<JobStatus, number>>
  position(queue: string, id: string): Promise<number | null>
  /** How many ms the job that is next has been waiting; 0 where none waits. */
  latency(queue: string): Promise<number>
  runs(queue: string, id: string): Promise<Run[]>
  /** A job's record and its earlier runs as of one moment: apart, a run that ends meanwhile would be missing or there twice. */
  history(queue: string, id: string): Promise<{ record: JobRecord; runs: Run[] } | undefined>
  log(queue: string, id: string): Promise<JobLog>
  /** Each parent with its state as the child knows it, and its result once it has finished. */
  parents(queue: string, id: string): Promise<Map<Ref, ParentWord>>
  dependents(queue: string, id: string): Promise<Ref[]>
  queues(): Promise<string[]>

  readonly groups: GroupStore
  readonly steps: StepStore

  /** Resolves when what earlier steps owed to other jobs has been delivered, or left to the next tick. */
  idle(): Promise<void>
  /** One queue's upkeep; each answers how much it did. */
  tend(queue: string): Promise<Upkeep>
  /**
   * Takes out of a state what is in it in vain: ended jobs whose time is over, ids whose record was lost, jobs of workers
   * that died. Answers how many.
   */
  cleanup(queue: string, state: JobStatus): Promise<number>

  close(): Promise<void>
}

/** `changed`: nothing was written, and this is what it is by now. */
export type MetaSaved = 'saved' | 'gone' | { readonly changed: string | undefined }

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
