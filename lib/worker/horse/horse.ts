import type { AbortCause, Answer, Ask, Assignment, Outcome, Update } from '../../run/assignment.ts'
import type { Bootstrap } from '../../run/bootstrap.ts'
import type { TitleSettings } from './horse-title.ts'

/** Where user code runs: in child processes, in worker threads, or in the worker's own process. */
export type Isolation = 'process' | 'thread' | 'none'

/** A work-horse: it runs the jobs it is sent, strictly in order, `slots` at once. */
export interface Horse {
  /** The process that runs the jobs, or null where that is the worker's own. */
  readonly pid: number | null
  /** Hands over jobs, ahead of need if you like. Throws ClosedError once `exit` was told. */
  send(batch: readonly Assignment[]): void
  /**
   * Takes back jobs that have not begun, and answers which: those never will, and nothing more is told of them.
   * The answer does not wait for the running job, not even for one that blocks.
   */
  withdraw(ids: readonly string[]): Promise<string[]>
  /** Aborts the signal of a running job. What the job makes of it is its own affair. */
  abort(id: string, cause: AbortCause): void
  /** Where jobs cannot be killed: leaves a running one to itself, unheard, and gives its slot to the next. */
  letGo?(id: string): void
  /** Ends the horse at once, whatever it does; `exit` follows. */
  kill(): void
  /** Ends an idle horse gently; resolves when `exit` was told. A job under way is cut off. */
  stop(): Promise<void>
}

export interface HorseEvents {
  /** What it was sent before begins to run now. */
  ready?(): void
  outcome(id: string, outcome: Outcome): void
  update(id: string, update: Update): void
  /** A job asks, and waits. */
  ask(id: string, ask: Ask): Promise<Answer>
  /** A process has grown by more than its `maxMemoryMb`. */
  grown?(mb: number): void
  /** The last event, told once, whatever ended the horse. */
  exit(exit: HorseExit): void
}

export interface HorseExit {
  readonly code: number | null
  readonly signal: string | null
  /** What probably happened, where that can be said. */
  readonly hint?: string
  /** The job that ended the horse, where that is known; null where `kill()` or `stop()` did. */
  readonly culprit: string | null
  /** Unanswered ids, in the order sent: of a ready horse, the first `slots` were running and the rest had not begun. */
  readonly jobs: readonly string[]
  /** False where the horse ended before it could run anything: no job had begun. */
  readonly ready: boolean
  /** What was to be loaded before the first job cannot be, as `hint` says. */
  readonly unprepared?: true
}

export interface HorseOptions {
  /** How many jobs run at once. */
  readonly slots: number
  /** Folders that task paths are relative to. */
  readonly roots: readonly string[]
  /** What is loaded before the first job. */
  readonly bootstrap?: Bootstrap
  /** Where the worker is, packed, for a horse that is not its own process. @default what the environment says */
  readonly place?: string | undefined
  /** What the list of processes shows of it; of `process` only. @default Node's own */
  readonly title?: TitleSettings
  /** `path#export` of what arguments and results go through; a horse that cannot load it ends before it runs anything. @default none */
  readonly codec?: string
  /**
   * Heap limit in MiB; not for `none`. A process over it ends alone; a thread does too with luck, but a large allocation
   * may end the whole worker (seen on Node 24). A process whose memory, of whatever kind, has grown by more than that tells. @default Node's own
   */
  readonly maxMemoryMb?: number
  /** Whether jobs keep what they print. */
  readonly captureOutput?: boolean | undefined
  /** The worker's name: jobs find it in RQ_WORKER_ID; not for `none`. */
  readonly worker?: string
  /** Node's flags for the horse; not for `none`. @default those of this process, without the debugger's */
  readonly execArgv?: readonly string[]
}

/** Ids that had begun when the horse ended. */
export function begunJobs(exit: HorseExit, slots: number): readonly string[] {
  return exit.ready ? exit.jobs.slice(0, slots) : []
}
