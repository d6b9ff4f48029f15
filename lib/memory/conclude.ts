import { hasFollowUps } from '../core/follow-ups.ts'
import { DEFAULTS } from '../core/options.ts'
import type { StoredOptions } from '../core/record.ts'
import type { EndedStatus } from '../core/states.ts'
import type { Ended, Run } from '../core/store.ts'
import type { MemoryJob } from './job.ts'
import { vacate } from './limits.ts'
import type { MemoryQueue } from './memory-queue.ts'
import { freeKey } from './unique.ts'

/** Jobs whose end others are owed word of, dependents and callbacks: delivered when the arrow that ended them is through. */
export type Owed = { readonly queue: MemoryQueue; readonly id: string }[]

/** Ends a job: those who wait are told, its dependents are owed word of it, its record gets its time to live. */
export function conclude(
  queue: MemoryQueue,
  job: MemoryJob,
  status: EndedStatus,
  payload: string,
  ttl: number,
  owed: Owed,
): void {
  job.status = status
  freeKey(queue, job)
  vacate(queue, job)
  tell(queue, job.id, { status, payload })
  const expiresAt = ttl < 0 ? Number.POSITIVE_INFINITY : queue.now + ttl
  if (queue.dependents.has(job.id) || hasFollowUps(job.options)) {
    // The record stays without expiry until all have been served from it.
    owed.push({ queue, id: job.id })
    queue.ended[status].add(job.id, expiresAt)
  } else if (ttl === 0) {
    queue.forget(job.id)
  } else {
    job.expiresAt = expiresAt
    queue.ended[status].add(job.id, expiresAt)
  }
}

export function tell(queue: MemoryQueue, id: string, ended: Ended): void {
  const waiters = queue.waiters.get(id)
  queue.waiters.delete(id)
  for (const waiter of waiters ?? []) waiter(ended)
}

/** Ends a job that no worker runs. The caller has taken it out of the state it was in. */
export function cancelJob(queue: MemoryQueue, job: MemoryJob, reason: string, owed: Owed): void {
  job.endedAt = queue.now
  job.reason = reason
  conclude(queue, job, 'canceled', reason, failureTtlOf(job.options), owed)
}

/** Milliseconds, -1 for ever. */
export function failureTtlOf({ failureTtlMs = DEFAULTS.failureTtlMs }: StoredOptions): number {
  return failureTtlMs ?? -1
}

/** A run that is over but not the last one: kept with the job, the latest last, ten with the one to come. */
export function keepRun(job: MemoryJob, run: Omit<Run, 'error'>, errorJson = ''): void {
  job.runs.push(errorJson === '' ? run : { ...run, error: JSON.parse(errorJson) })
  if (job.runs.length >= DEFAULTS.keptRuns) job.runs.shift()
}
