import type { JobStatus } from '../../core/states.ts'

/** Which jobs are meant. What is left out does not matter; all that is given must hold. Times are milliseconds since 1970. */
export interface JobFilter {
  readonly state?: JobStatus
  readonly queue?: string
  /** A part of the function's name, as it is stored, `./tasks#send`, or as it is shown, `tasks.send`. */
  readonly fn?: string
  readonly tag?: string
  /** The worker that runs it, or ran it last. */
  readonly worker?: string
  /** The fingerprint of its error, the error's name, or a part of its message. */
  readonly error?: string
  /** Something happened to it at this time or later. */
  readonly from?: number
  /** Nothing happened to it after this time. */
  readonly to?: number
  /** Stands in its id, function, arguments, description or error, in these letters. */
  readonly text?: string
}

export const ORDERS = ['newest', 'oldest'] as const
export type Order = (typeof ORDERS)[number]

export interface FindOptions {
  /** How many jobs, 500 at most. @default 50 */
  readonly limit?: number
  /** What the answer before this one gave as `next`. */
  readonly cursor?: string
  /** @default 'newest', but for queued and limited jobs: those are listed as they will run */
  readonly order?: Order
}

/** A job in a list: nothing of it is longer than some hundred characters, however long its arguments. Times are milliseconds since 1970. */
export interface JobRow {
  readonly id: string
  readonly queue: string
  /** `path#export` */
  readonly func: string
  /** The call as it reads, `add(1, 2)`, or the description that the job was given; 200 characters at most. */
  readonly preview: string
  readonly argsBytes: number
  readonly state: JobStatus
  readonly tags: readonly string[]
  readonly attempt: number
  readonly worker: string | null
  readonly createdAt: number
  readonly queuedAt: number | null
  /** When it is due, while it is scheduled. */
  readonly dueAt: number | null
  readonly startedAt: number | null
  readonly endedAt: number | null
  /** From when it was queued until it began, or until now. */
  readonly waitedMs: number | null
  /** How long its last run took, or takes so far. */
  readonly ranMs: number | null
  /** `Name: message` of why it failed, or why it was canceled; 200 characters at most. */
  readonly error: string | null
}

export interface JobPage {
  readonly rows: readonly JobRow[]
  /** Gives the jobs that follow; null where all have been looked at. */
  readonly next: string | null
  /** How many jobs have been looked at up to here, and how many there are where it looks. */
  readonly scanned: number
  readonly total: number
  /** Whether it stopped looking before the page was full: go on with `next`. */
  readonly isCut: boolean
  /** Redis's clock. */
  readonly now: number
}
