import { checkKnown } from '../core/did-you-mean.ts'
import { type Duration, toMs } from '../core/duration.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import type { PauseNote } from '../core/store.ts'
import { Suspension } from '../redis/suspension.ts'
import { type StoreOptions, withStore } from './open-store.ts'

/** What `suspend` takes beside where the workers are: how long it lasts. */
export interface SuspendOptions {
  /** It ends by itself after this. @default not before it is resumed */
  readonly for?: Duration
}

/** What `q.pause` takes: for how long, why and by whom. */
export interface PauseOptions extends SuspendOptions {
  /** Why, for whoever looks at the queue. */
  readonly reason?: string
  /** Who pauses it. */
  readonly by?: string
}

const PAUSE_OPTIONS = ['for', 'reason', 'by']
const LONGEST_NOTE = 500

/**
 * Has all workers of all queues rest, from this moment on: not one more job begins. What runs goes on, and jobs can be
 * enqueued as ever. RQ's `rq suspend`.
 */
export async function suspend({
  for: duration,
  ...store
}: StoreOptions & SuspendOptions = {}): Promise<void> {
  const forMs = pauseMs(duration === undefined ? {} : { for: duration })
  return withStore(store, (each) => new Suspension(each).begin(forMs))
}

/** Ends what `suspend` began. */
export function resume(options: StoreOptions = {}): Promise<void> {
  return withStore(options, (store) => new Suspension(store).end())
}

/** Whether all workers rest by `suspend`; a single queue's pause is told by `q.isPaused()`. */
export function isSuspended(options: StoreOptions = {}): Promise<boolean> {
  return withStore(options, async (store) => (await new Suspension(store).until()) !== undefined)
}

/** @throws InvalidArgumentError for a pause of no time at all, and for unknown options */
export function pauseMs(options: PauseOptions): number | null {
  checkKnown(options, PAUSE_OPTIONS)
  if (options.for === undefined) return null
  const ms = toMs(options.for, 'for')
  if (ms > 0) return ms
  throw new InvalidArgumentError('for: expected more than 0, got 0; leave it out to pause without end')
}

/** Who and why, as the store keeps it. @throws InvalidArgumentError */
export function pauseNote({ reason, by }: PauseOptions): PauseNote {
  for (const [name, text] of Object.entries({ reason, by })) {
    if (text !== undefined && (typeof text !== 'string' || text.length > LONGEST_NOTE))
      throw new InvalidArgumentError(`${name}: expected a text of at most ${LONGEST_NOTE} characters`)
  }
  return { ...(reason !== undefined && { reason }), ...(by !== undefined && { by }) }
}
