import type { JobFilter } from '../../queue/find/filter.ts'

/** What can be done to many jobs at once. */
export const BULK_ACTIONS = [
  'retry',
  'duplicate',
  'cancel',
  'stop',
  'delete',
  'front',
  'move',
  'reschedule',
  'release',
] as const
export type BulkAction = (typeof BULK_ACTIONS)[number]

/**
 * Which jobs: those named, as `<id>@<queue>`, or all of a filter as somebody saw them: what came after `at` is left alone, and where
 * they are more than `seen`, whoever asks has to confirm it.
 */
export type Selection =
  | { readonly refs: readonly string[] }
  | { readonly filter: JobFilter; readonly at: number; readonly seen: number }

export interface BulkRequest {
  readonly action: BulkAction
  readonly selection: Selection
  /** For `move`: the queue. */
  readonly queue?: string
  /** For `reschedule`: milliseconds since 1970. */
  readonly dueAt?: number
}

/** How many jobs an action would change of those that match and came no later than they were seen. */
export interface Confirmation {
  readonly seen: number
  readonly now: number
  /** There may be more: not all that might match have been looked at. */
  readonly isCut: boolean
}

/** What one call has done: a part of the whole, 500 jobs at most. */
export interface BulkProgress {
  /** Give it back to go on; null when all is done. Whoever does not, has canceled the rest. */
  readonly next: string | null
  /** Looked at and changed so far, in all calls. */
  readonly done: number
  readonly changed: number
  /** How many there were to do when it began. */
  readonly total: number
  /** Those of this call that were not changed, and why: the first 20. */
  readonly skipped: readonly { readonly ref: string; readonly why: string }[]
  readonly skippedCount: number
}

/** What is given instead of what a job was made with; the rest stays. */
export interface Edit {
  /** JSON of a list. */
  readonly argsJson?: string
  readonly queue?: string
  /** `path#export`, one of those that workers have published. */
  readonly func?: string
}

/** The name of an action as the audit log and `authorize` know it. */
export type ActionName =
  | `job:${BulkAction | 'edit' | 'enqueue' | 'reveal'}`
  | `queue:${'pause' | 'resume' | 'empty' | 'delete'}`
  | `cron:${'run' | 'pause' | 'resume' | 'edit' | 'remove'}`
  | `worker:${'quiet' | 'stop' | 'kill'}`
  | 'failure:snooze'
  | 'failure:wake'
  | 'all:suspend'
  | 'all:resume'
  | 'deploy:mark'
