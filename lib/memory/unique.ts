import { toRef } from '../core/record.ts'
import { isEnded } from '../core/states.ts'
import type { NewJob, Parent } from '../core/store.ts'
import { cancelJob, type Owed } from './conclude.ts'
import type { MemoryJob } from './job.ts'
import type { MemoryQueue } from './memory-queue.ts'

/** Who has a unique key. Without a time of its own the key is free once that job has ended. */
export interface Lock {
  readonly id: string
  readonly until: number | undefined
}

/** Takes a unique key for a new job. Answers the job that keeps it instead, as one does that the new job depends on. */
export function contend(
  queue: MemoryQueue,
  id: string,
  { key, onDuplicate, forMs }: NonNullable<NewJob['unique']>,
  parents: readonly Parent[],
  owed: Owed,
): string | undefined {
  const lock = standing(queue, key)
  if (lock && lock.id !== id) {
    const other = queue.job(lock.id)
    if (onDuplicate === 'reject') return lock.id
    if (onDuplicate === 'existing' && other) return lock.id
    if (parents.some(({ ref }) => ref === toRef(lock.id, queue.name))) return lock.id
    if (onDuplicate === 'replace' && other) replace(queue, other, id, owed)
  }
  queue.unique.set(key, { id, until: forMs === undefined ? undefined : queue.now + forMs })
  return undefined
}

function standing(queue: MemoryQueue, key: string): Lock | undefined {
  const lock = queue.unique.get(key)
  if (!lock) return undefined
  if (lock.until !== undefined) return lock.until > queue.now ? lock : undefined
  const job = queue.job(lock.id)
  return job && !isEnded(job.status) ? lock : undefined
}

/** One that a worker has claimed runs to its end. */
function replace(queue: MemoryQueue, other: MemoryJob, by: string, owed: Owed): void {
  const { status } = other
  if (status === 'started' || isEnded(status) || !queue[status].delete(other.id)) return
  cancelJob(queue, other, `replaced by job ${by}`, owed)
}

export function freeKey(queue: MemoryQueue, job: MemoryJob): void {
  const lock = job.uniqueKey === undefined ? undefined : queue.unique.get(job.uniqueKey)
  if (lock?.id === job.id && lock.until === undefined) queue.unique.delete(job.uniqueKey!)
}
