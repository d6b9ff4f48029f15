import type { JobStatus } from '../core/states.ts'
import { queueBase } from './keys.ts'
import type { RedisStore } from './store.ts'

/** Where a waiting job stands. Both answer its state, which is another one where that did not allow it. */

/** Ahead of all that wait at its priority, where it is queued. */
export function moveToFront(
  { connection, prefix }: RedisStore,
  queue: string,
  id: string,
): Promise<JobStatus | 'gone'> {
  return connection.run('front', queueBase(prefix, queue), [id])
}

/** At another time, where it is queued or scheduled. @param dueAt ms since 1970; one that is over is now */
export function reschedule(
  { connection, prefix }: RedisStore,
  queue: string,
  id: string,
  dueAt: number,
): Promise<JobStatus | 'gone'> {
  return connection.run('reschedule', queueBase(prefix, queue), [id, Math.round(dueAt)])
}
