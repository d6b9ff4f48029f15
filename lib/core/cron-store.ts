import type { CronDefinition } from './cron-definition.ts'

/** An entry that is due. What is stored is left as text: one that is damaged must not hide the others. */
export interface DueEntry {
  readonly name: string
  readonly slot: number
  readonly definition: string
  readonly last: string
  /** Its last job was claimed and may not be enqueued yet. */
  readonly pending: boolean
}

export interface CronLook {
  /** Redis's time. */
  readonly now: number
  readonly due: readonly DueEntry[]
  /** The first slot after now. */
  readonly next: number | undefined
  /** Jobs, as id@queue, whose slots were claimed some time ago by workers that have not said that they are enqueued. */
  readonly left: readonly string[]
}

/** An entry as it is stored. */
export interface StoredEntry {
  readonly name: string
  readonly definition: string
  readonly last: string | null
  readonly nextAt: number | undefined
  readonly paused: boolean
}

/** `kept`: it was there already, exactly so. */
export type Registration = 'created' | 'changed' | 'kept'

/** A claim of one slot. */
export interface SlotClaim {
  readonly definition: CronDefinition
  readonly slot: number
  readonly next: number | undefined
  /** The job that it gets, and the slot that is for: after missed ones a later one. */
  readonly job: { readonly ref: string; readonly slot: number } | undefined
}

/** `taken`: by another worker, or the entry was paused or removed. `changed`: its definition is another one by now. */
export type ClaimAnswer = 'claimed' | 'taken' | 'changed'

/** The arrows of cron entries, as Store has those of jobs: on Redis each is one script of redis/lua/cron-*.lua. */
export interface CronStore {
  /** The store's time in ms. */
  now(): Promise<number>
  set(definition: CronDefinition, first: number | undefined): Promise<Registration>
  /** Answers whether there was one. */
  remove(name: string): Promise<boolean>
  pause(name: string): Promise<boolean>
  /** `stale` where the entry is not the one any more that `next` was computed from. */
  resume(name: string, rev: string, next: number | undefined): Promise<'resumed' | 'gone' | 'stale'>
  look(): Promise<CronLook>
  claim(claim: SlotClaim): Promise<ClaimAnswer>
  /** Strikes off a slot whose job is enqueued. */
  done(ref: string): Promise<void>
  definition(name: string): Promise<string | null>
  names(): Promise<string[]>
  /** Those of the names that are there. */
  fetch(names: readonly string[]): Promise<StoredEntry[]>
}

/** How many due entries one look answers. */
export const ENTRIES_A_LOOK = 100
/** A claim is followed by its job at once; who takes longer than this has died, or lost the reply. */
export const LEFT_BEHIND_MS = 5_000
