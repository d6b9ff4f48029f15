import type { StoredCallback } from './follow-ups.ts'
import type { Ref } from './record.ts'

/** How a member of a group has ended; `lost` where its record was deleted or is gone. */
export const MEMBER_OUTCOMES = ['finished', 'failed', 'stopped', 'canceled', 'lost'] as const

export type MemberOutcome = (typeof MEMBER_OUTCOMES)[number]

/** What is called once all jobs of a group have ended, and in which queue. */
export interface GroupCallback extends StoredCallback {
  readonly queue: string
  readonly signature?: string
}

/** How far a group has come. */
export interface GroupProgress extends Readonly<Record<MemberOutcome, number>> {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly total: number
  readonly ended: number
  /** No more jobs come: its callback is called once all have ended. */
  readonly sealed: boolean
  /** It is sealed, and all have ended. */
  readonly done: boolean
}

/** Jobs that are looked at together. Each call is atomic, and may be sent again after a lost reply. */
export interface GroupStore {
  /** False where a group of this id is there. */
  create(id: string, callback: GroupCallback | undefined): Promise<boolean>
  /** Counts jobs in, before they are enqueued: one that ends at once is a member by then. */
  add(id: string, members: readonly Ref[]): Promise<'added' | 'sealed' | 'gone'>
  seal(id: string): Promise<'sealed' | 'gone'>
  /** Notes how a member ended; that of one who has ended before replaces it. The last one of a sealed group calls the callback. */
  settle(id: string, member: Ref, outcome: MemberOutcome): Promise<void>
  /** The same of one who only looks on, and may be late: an outcome that is known already stands. */
  settleFirst(id: string, member: Ref, outcome: MemberOutcome): Promise<void>
  progress(id: string): Promise<GroupProgress | undefined>
  /** In the order they were added. */
  members(id: string, page?: { readonly offset?: number; readonly limit?: number }): Promise<Ref[]>
  all(): Promise<string[]>
  delete(id: string): Promise<void>
  /** The job that calls the callback, where there is one. */
  callbackOf(id: string): Promise<GroupCallback | undefined>
  /** Mends what a crash has left; answers how much. */
  tend(): Promise<number>
}
