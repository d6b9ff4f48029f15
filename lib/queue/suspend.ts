import { type Duration, toMs } from '../core/duration.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { Suspension } from '../redis/suspension.ts'
import { type StoreOptions, withStore } from './open-store.ts'

export interface PauseOptions {
  /** It ends by itself after this. @default not before it is resumed */
  readonly for?: Duration
}

/**
 * Has all workers of all queues rest, from this moment on: not one more job begins. What runs goes on, and jobs can be
 * enqueued as ever. RQ's `rq suspend`.
 */
export function suspend({ for: duration, ...store }: StoreOptions & PauseOptions = {}): Promise<void> {
  const forMs = pauseMs(duration)
  return withStore(store, (each) => new Suspension(each).begin(forMs))
}

/** Ends what `suspend` began. */
export function resume(options: StoreOptions = {}): Promise<void> {
  return withStore(options, (store) => new Suspension(store).end())
}

export function isSuspended(options: StoreOptions = {}): Promise<boolean> {
  return withStore(options, async (store) => (await new Suspension(store).until()) !== undefined)
}

/** @throws InvalidArgumentError for a pause of no time at all */
export function pauseMs(duration: Duration | undefined): number | null {
  if (duration === undefined) return null
  const ms = toMs(duration, 'for')
  if (ms > 0) return ms
  throw new InvalidArgumentError('for: expected more than 0, got 0; leave it out to pause without end')
}
