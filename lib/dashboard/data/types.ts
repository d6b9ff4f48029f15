import type { CronSchedule } from '../../core/cron-schedule.ts'
import type { GroupProgress } from '../../core/groups.ts'
import type { LogSource } from '../../core/log-line.ts'
import type { RemoteError } from '../../core/remote-error.ts'
import type { JobStatus } from '../../core/states.ts'
import type { ErrorGroup } from '../../queue/find/errors.ts'
import type { JobRow } from '../../queue/find/filter.ts'
import type { RedisFacts } from '../../redis/info.ts'

export type { ErrorGroup, RedisFacts }

/** What pages are made of: plain data, ready for JSON. Times are milliseconds since 1970, of Redis's clock; null where there is none. */

/** Why a queue hands out nothing. */
export interface Pause {
  readonly kind: 'paused' | 'suspended'
  /** Null until it is resumed. */
  readonly until: number | null
  readonly since: number | null
  readonly by: string | null
  readonly reason: string | null
}

export interface QueueRow {
  readonly name: string
  readonly counts: Readonly<Record<JobStatus, number>>
  /** Since the queue was made. */
  readonly totals: {
    readonly finished: number
    readonly failed: number
    readonly retried: number
    readonly canceled: number
    readonly recovered: number
    readonly lost: number
  }
  /** For how long the job that is next has waited; null where none waits. */
  readonly oldestMs: number | null
  /** When the next scheduled job is due. */
  readonly nextDueAt: number | null
  readonly workers: number
  readonly pauses: readonly Pause[]
}

/** How fast a queue is worked on. */
export interface Pace {
  /** Runs that ended in each of the last 60 minutes, the latest last. */
  readonly minutes: readonly number[]
  /** Over the last ten minutes. */
  readonly perMinute: number
  /** How many were queued some time within the last hour, ten minutes ago if that is known; null where it is not. */
  readonly before: {
    readonly at: number
    readonly queued: number
    /** Runs that have ended since. */
    readonly ended: number
  } | null
}

export interface WorkerRow {
  readonly name: string
  readonly queues: readonly string[]
  readonly state: 'idle' | 'busy' | 'suspended' | 'quiet' | 'stopping'
  /** Its last word is older than it should be. */
  readonly isSilent: boolean
  readonly host: string
  readonly pid: number
  readonly version: string
  readonly node: string
  readonly isolation: string
  readonly concurrency: number
  readonly bornAt: number
  readonly heardAt: number
  readonly finished: number
  readonly failed: number
  readonly retried: number
  readonly stopped: number
  readonly workedMs: number
  /** Resident memory of the process that claims; null of workers that do not tell. */
  readonly rssBytes: number | null
  /** By how many milliseconds the event loop of that process was late between its last two heartbeats; null where it does not tell. */
  readonly eventLoopLag: { readonly p99Ms: number; readonly maxMs: number } | null
  /** How many jobs it holds, and the first few of them. */
  readonly busy: number
  readonly jobs: readonly {
    readonly id: string
    readonly queue: string
    readonly func: string
    readonly preview: string
    readonly startedAt: number | null
  }[]
}

/** Something that somebody should look at, the worst first. */
export interface Problem {
  readonly level: 'problem' | 'warning'
  readonly code:
    | 'no-workers'
    | 'oldest-wait'
    | 'failures'
    | 'paused'
    | 'suspended'
    | 'eviction'
    | 'memory'
    | 'persistence'
    | 'replica'
    | 'silent-worker'
    | 'cron-late'
  readonly message: string
  readonly hint: string | null
  /** The queue, worker or cron entry that it is about. */
  readonly subject: string | null
}

export interface Overview {
  readonly now: number
  readonly problems: readonly Problem[]
  readonly totals: Readonly<Record<JobStatus, number>>
  /** In the order of their names. */
  readonly queues: readonly QueueRow[]
  readonly workers: { readonly total: number; readonly busy: number; readonly silent: number }
  /** The most frequent first, five at most. */
  readonly errors: readonly ErrorGroup[]
  /** The entries that fire next, five at most. */
  readonly cron: readonly { readonly name: string; readonly nextAt: number; readonly queue: string }[]
  /** Runs that ended well and badly in each of the last 60 minutes, the latest last. */
  readonly lastHour: readonly { readonly at: number; readonly finished: number; readonly failed: number }[]
  readonly redis: RedisFacts
}

/** One link of a job to another. */
export interface JobLink {
  readonly id: string
  readonly queue: string
  readonly func: string
  readonly state: JobStatus | 'gone'
}

export interface JobRunData {
  readonly attempt: number
  readonly worker: string
  readonly startedAt: number
  readonly endedAt: number | null
  readonly outcome: string
  readonly error: RemoteError | null
}

/** A text that may be very long: its beginning, and how many bytes there are in all. `payload` reads on. */
export interface LongText {
  readonly text: string
  readonly bytes: number
  readonly isCut: boolean
  /** It went through a codec and cannot be read here: none is known, it fails, or there is too much of it. `text` is empty then. */
  readonly sealed?: 'no-codec' | 'undecodable' | 'too-long'
}

export const PAYLOADS = ['args', 'result', 'error', 'meta', 'progress', 'options'] as const
export type PayloadField = (typeof PAYLOADS)[number]

export interface JobDetail {
  readonly row: JobRow
  readonly now: number
  readonly description: string | null
  readonly priority: number
  readonly recoveries: number
  readonly repetitions: number
  readonly requeues: number
  readonly retry: { readonly max: number; readonly left: number } | null
  readonly repeat: { readonly times: number; readonly left: number } | null
  readonly timeoutMs: number | null
  readonly resultTtlMs: number | null
  readonly failureTtlMs: number | null
  /** Canceled when claimed after this time. */
  readonly waitsUntil: number | null
  /** When its record will be gone; null while it has not ended, and for ever. */
  readonly expiresAt: number | null
  /** 0 for the one that is next; null where it does not wait in its queue. */
  readonly position: number | null
  /** Why it was canceled. */
  readonly reason: string | null
  readonly isSigned: boolean
  /** As stored: JSON, or `S` and superjson's form. */
  readonly payloads: Readonly<Record<PayloadField, LongText | null>>
  readonly error: RemoteError | null
  readonly fingerprint: string | null
  /** Every run, the oldest first, the one under way or over included. */
  readonly runs: readonly JobRunData[]
  /** The last 200 lines of its log, and how many there are; the time of a line is null where it was written by funq 0.1. */
  readonly log: {
    readonly lines: readonly {
      readonly at: number | null
      readonly source: LogSource
      readonly text: string
    }[]
    readonly total: number
  }
  /** Jobs that it waits for, and those that wait for it, 100 at most of each. */
  readonly parents: readonly (JobLink & { readonly word: string })[]
  readonly dependents: readonly JobLink[]
  readonly dependentsTotal: number
  /** Jobs that waited for it, and have heard how it ended: the first 100. */
  readonly told: readonly JobLink[]
  readonly group: (GroupProgress & { readonly isGone?: false }) | null
  /** The job that it was made from by "retry with other arguments", or "duplicate". */
  readonly retriedFrom: string | null
  readonly cronEntry: string | null
  /** Of whoever enqueued it, as 32 hex digits. */
  readonly traceId: string | null
}

export interface Piece {
  readonly text: string
  /** Of the piece, and of the next one, in bytes; null at the end. */
  readonly offset: number
  readonly next: number | null
  readonly bytes: number
}

export interface CronRow {
  readonly name: string
  readonly queue: string
  readonly func: string
  readonly preview: string
  readonly schedule: CronSchedule
  readonly isPaused: boolean
  /** The next times, five at most, computed here; the first is the one that Redis knows. */
  readonly next: readonly number[]
  readonly lastAt: number | null
  readonly lastJob: JobLink | null
  /** How the jobs of its last slots stand, ten at most, the oldest first; gone where the record is no longer kept. */
  readonly history: readonly { readonly at: number; readonly state: JobStatus | 'gone' }[]
  readonly runs: number
  readonly missed: string
  readonly overlap: string
  /** What keeps it from being read. */
  readonly damage: string | null
}

export interface FlowNode {
  /** `<id>@<queue>` */
  readonly ref: string
  readonly id: string
  readonly queue: string
  readonly func: string
  readonly preview: string
  readonly state: JobStatus | 'gone'
  readonly ranMs: number | null
  readonly startedAt: number | null
  readonly endedAt: number | null
  /** How many steps it is from a job without parents. */
  readonly depth: number
  /** On the chain of jobs that decides when the whole is done, by how long each ran. */
  readonly isCritical: boolean
  /** Refs of parents that keep it waiting. */
  readonly blockedBy: readonly string[]
}

export interface Flow {
  readonly nodes: readonly FlowNode[]
  /** From a parent to the job that waits for it. */
  readonly edges: readonly { readonly from: string; readonly to: string; readonly isOpen: boolean }[]
  readonly group: GroupProgress | null
  readonly criticalMs: number
  /** Whether there are more jobs than it shows. */
  readonly isCut: boolean
  readonly now: number
}

/** The counts that a page shows while it is open. `v` changes when anything does. */
export interface LiveSample {
  readonly v: string
  readonly now: number
  readonly counts: Readonly<Record<JobStatus, number>>
  /** queued, running, failed, ms that the next job has waited or -1 */
  readonly queues: Readonly<Record<string, readonly [number, number, number, number]>>
  readonly workers: number
}

export interface Finding {
  readonly check: string
  readonly level: 'ok' | 'warning' | 'problem'
  readonly message: string
  readonly hint?: string
  /** The queue or worker that it is about. */
  readonly subject?: string
}

export interface SystemReport {
  readonly now: number
  readonly redis: RedisFacts
  /** Sections of INFO that matter, name → value. */
  readonly info: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly keys: { readonly database: number; readonly ours: number }
  /** By queue: how many jobs, and about how many bytes, estimated from a sample of them. */
  readonly queues: readonly {
    readonly name: string
    readonly jobs: number
    readonly bytes: number
    readonly sampled: number
  }[]
  readonly slow: readonly { readonly at: number; readonly micros: number; readonly command: string }[]
  readonly findings: readonly Finding[]
}
