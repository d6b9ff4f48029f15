import type { JobStatus } from '../core/states.ts'
import { isEnded } from '../core/states.ts'
import type { CancelHow } from '../core/store.ts'
import { cancelJob, type Owed, tell } from './conclude.ts'
import { leaveParents, type QueueOf } from './dependencies.ts'
import { vacate } from './limits.ts'
import type { MemoryQueue } from './memory-queue.ts'
import { freeKey } from './unique.ts'

/** Cancels a job that no worker has begun. Answers its state where that does not allow it. */
export function cancel(
  queueOf: QueueOf,
  queue: MemoryQueue,
  id: string,
  reason: string,
  how: CancelHow,
  owed: Owed,
): JobStatus | 'gone' {
  const job = queue.job(id)
  if (!job) return 'gone'
  const waits = job.status !== 'started' && !isEnded(job.status)
  if (how.leaveParents && (waits || job.status === 'canceled')) leaveParents(queueOf, queue, job)
  if (job.status === 'started' || isEnded(job.status)) return job.status
  // Claimed ahead of need and not begun: the claim is struck out, so that a result is refused.
  if (!queue[job.status].delete(id)) for (const worker of queue.workers.ids()) queue.drop(worker, id)
  if (how.releaseDependents) job.result = ''
  cancelJob(queue, job, reason, owed)
  return 'canceled'
}

/** Which jobs a bulk delete means. */
export interface Only {
  readonly state: JobStatus
  readonly endedAgoMs?: number | undefined
}

/** Deletes a job that no worker holds. Those who wait for it are told, its dependents are canceled. */
export function deleteJob(
  queue: MemoryQueue,
  id: string,
  owed: Owed,
  only?: Only,
): 'deleted' | JobStatus | 'gone' {
  const job = queue.job(id)
  if (!job) {
    if (only && isEnded(only.state)) queue.ended[only.state].delete(id)
    return 'gone'
  }
  const { status } = job
  if (only && status !== only.state) return status
  if (only?.endedAgoMs !== undefined && (job.endedAt ?? queue.now) > queue.now - only.endedAgoMs)
    return status
  if (status === 'started') return 'started'
  const set = isEnded(status) ? queue.ended[status] : queue[status]
  if (!set.delete(id) && status === 'queued') return 'started'
  freeKey(queue, job)
  vacate(queue, job)
  queue.forget(id)
  tell(queue, id, { status: 'deleted', payload: '' })
  if (queue.dependents.has(id)) owed.push({ queue, id })
  return 'deleted'
}
