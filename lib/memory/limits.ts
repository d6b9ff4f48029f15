import { getOrMake } from '../core/get-or-make.ts'
import type { MemoryJob } from './job.ts'
import type { MemoryQueue } from './memory-queue.ts'
import { SortedSet } from './sorted-set.ts'

/** What jobs of one key share. */
export interface Limit {
  readonly running: Set<string>
  readonly waiting: SortedSet
  /** The time until which the rate is used up. */
  usedUntil: number
}

/** Whether a job may begin. If not it has been put where it waits: for a place, or for its turn under the rate. */
export function admit(queue: MemoryQueue, job: MemoryJob, score: number): boolean {
  const { key, concurrency, rate } = job.limit ?? {}
  if (key === undefined) return true
  const limit = getOrMake(queue.limits, key, () => ({
    running: new Set<string>(),
    waiting: new SortedSet(),
    usedUntil: 0,
  }))
  if (concurrency !== undefined && limit.running.size >= concurrency) {
    job.status = 'limited'
    queue.limited.add(job.id, score)
    limit.waiting.add(job.id, score)
    return false
  }
  if (rate && !job.hasTurn) {
    const each = rate.perMs / rate.max
    const used = Math.max(limit.usedUntil, queue.now)
    const turn = used - (rate.perMs - each)
    limit.usedUntil = used + each
    if (turn > queue.now) {
      job.status = 'scheduled'
      job.dueAt = Math.ceil(turn)
      job.hasTurn = true
      queue.scheduled.add(job.id, job.dueAt)
      return false
    }
  }
  job.hasTurn = false
  if (concurrency !== undefined) limit.running.add(job.id)
  return true
}

/** A job gives up its place, or its wait for one: the place is the first one's that waits. */
export function vacate(queue: MemoryQueue, job: MemoryJob): void {
  const limit = job.limit && queue.limits.get(job.limit.key)
  if (!limit) return
  limit.waiting.delete(job.id)
  if (!limit.running.delete(job.id)) return
  const [first] = limit.waiting.popFirst(1)
  const next = first && queue.job(first.id)
  if (!next) return
  queue.limited.delete(next.id)
  next.status = 'queued'
  queue.queued.add(next.id, first.score)
}

/** A job that goes back before it began keeps its turn under the rate. */
export function keepTurn(job: MemoryJob): void {
  if (job.limit?.rate) job.hasTurn = true
}
