import type { AbortCause, Answer, Ask, Assignment, Outcome, Update } from '../../run/assignment.ts'
import type { Bootstrap } from '../../run/bootstrap.ts'

import type { TitleSettings } from './horse-title.ts'

/** A job with its ticket, the number that names this handing over of it: see gate.ts. */
export type TicketedJob = readonly [ticket: number, assignment: Assignment]

/** What a horse is told. */
export type Order =
  /** The first: to load what jobs need. `place` is where the worker is, packed; it may hold a password, and so is no argument of a process. */
  | { readonly kind: 'prepare'; readonly place?: string | undefined }
  | { readonly kind: 'run'; readonly jobs: readonly TicketedJob[] }
  | { readonly kind: 'abort'; readonly id: string; readonly cause: AbortCause }
  /** To the ask of this number. */
  | { readonly kind: 'answer'; readonly number: number; readonly answer: Answer }
  | { readonly kind: 'stop' }

export type HorseOrder = Exclude<Order, { kind: 'stop' }>
export type LoopOrder = Exclude<HorseOrder, { kind: 'prepare' }>

/** What a horse tells. */
export type Report =
  | { readonly kind: 'ready' }
  /** It has grown by so many MiB, which is more than it may. */
  | { readonly kind: 'grown'; readonly mb: number }
  | { readonly kind: 'outcome'; readonly ticket: number; readonly outcome: Outcome }
  | { readonly kind: 'update'; readonly id: string; readonly update: Update }
  /** A job waits for the answer to this. */
  | { readonly kind: 'ask'; readonly number: number; readonly id: string; readonly ask: Ask }
  /** Its last word: who ends it, and how. */
  | {
      readonly kind: 'dying'
      readonly culprit: string | null
      readonly hint: string
      /** What was to be loaded before the first job cannot be: another horse would fare no better. */
      readonly unprepared?: true
    }

/** What a horse is given at its start. */
export interface HorseSettings {
  readonly slots: number
  readonly roots: readonly string[]
  readonly bootstrap?: Bootstrap
  /** For the list of processes; none where it is not its own process. */
  readonly title?: TitleSettings
  /** Whether jobs keep what they print. */
  readonly captureOutput?: boolean | undefined
  /** `path#export` of what arguments and results go through. */
  readonly codec?: string
  /** By how much it may grow; of a process only. */
  readonly maxMemoryMb?: number
}
