import type { JobStatus } from '../core/states.ts'
import { keepRun, type Owed } from './conclude.ts'
import { type QueueOf, register } from './dependencies.ts'
import type { MemoryJob } from './job.ts'
import type { MemoryQueue } from './memory-queue.ts'
import { intoQueue } from './place.ts'

/** Queues an ended job again, with a full set of attempts. Answers its state where that does not allow it. */
export function requeue(
  queueOf: QueueOf,
  queue: MemoryQueue,
  id: string,
  atFront: boolean,
  owed: Owed,
): JobStatus | 'gone' {
  const job = queue.job(id)
  if (!job) return 'gone'
  if (job.status !== 'failed' && job.status !== 'stopped' && job.status !== 'canceled') return job.status
  queue.ended[job.status].delete(id)
  keepLastRun(queue, job)
  startOver(job)
  // Another job may have taken the key meanwhile, and keeps it.
  if (job.uniqueKey !== undefined && !queue.unique.has(job.uniqueKey))
    queue.unique.set(job.uniqueKey, { id, until: undefined })
  if (job.need === 0) {
    job.status = 'queued'
    job.queuedAt = queue.now
    intoQueue(queue, job, atFront)
    return 'queued'
  }
  // Canceled while it waited for parents: they are asked anew.
  for (const [ref, { state, allowFailure }] of job.parents) {
    if (state === 'waits' || state === 'failed') job.parents.set(ref, { state: 'new', allowFailure })
  }
  job.status = 'deferred'
  queue.deferred.add(id, queue.now)
  register(queueOf, queue, job, owed)
  return 'deferred'
}

function keepLastRun(queue: MemoryQueue, job: MemoryJob): void {
  if (job.startedAt === undefined) return
  const { attempt, worker = '', startedAt, endedAt = queue.now, status: outcome } = job
  keepRun(job, { attempt, worker, startedAt, endedAt, outcome }, job.error)
}

function startOver(job: MemoryJob): void {
  job.requeues++
  job.attempt = 0
  job.recoveries = 0
  job.snoozes = 0
  job.alone = false
  job.hasTurn = false
  job.worker = undefined
  job.startedAt = undefined
  job.endedAt = undefined
  job.error = undefined
  job.result = undefined
  job.reason = undefined
  job.queueDeadline = undefined
  job.dueAt = undefined
  job.expiresAt = undefined
}
