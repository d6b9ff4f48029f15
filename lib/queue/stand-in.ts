import type { CronStore } from '../core/cron-store.ts'
import type { Store } from '../core/store.ts'
import type { Durability } from './durability.ts'
import type { SyncRunner } from './sync.ts'

/** Where the jobs of a queue are kept, and what runs them. */
export interface Backing {
  readonly store: Store
  /** Runs each job in this process as it is enqueued: of a synchronous queue, and in tests that say so. */
  readonly sync: SyncRunner | undefined
  readonly durable?: Durability | undefined
  /** The store's clock, where it is not this computer's. */
  readonly now?: () => number
}

/** What a test has in the place of Redis. */
export interface StandIn {
  /** @param runsHere whether it is for a synchronous queue */
  backing(prefix: string, runsHere: boolean): Backing
  cron(prefix: string): { readonly store: CronStore; readonly now: () => number }
}

interface Seam {
  /** Set by `funq/testing`: what stands in for Redis where this is called, if anything does. */
  standIn?: () => StandIn | undefined
}

const KEY = Symbol.for('funq.standIn')
const shared = globalThis as { [KEY]?: Seam }
shared[KEY] ??= {}
/** One a process, even where funq is loaded twice. */
export const seam: Seam = shared[KEY]

/** Looked up at each use, for a queue may be older than the test; without a test it costs one look at a field. */
export function backing(own: Backing, prefix: string, runsHere: boolean): () => Backing {
  return () => seam.standIn?.()?.backing(prefix, runsHere) ?? own
}
