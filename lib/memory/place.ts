import type { Priorities } from '../core/store.ts'
import type { MemoryJob } from './job.ts'
import type { MemoryQueue } from './memory-queue.ts'

/** Scores in `queued` are a priority's band plus a sequence number, as in redis/lua/lib/place.lua. */
const BAND = 2 ** 43
const HALF = 2 ** 42

export function scoreOf(priority: number, seq: number): number {
  return priority * BAND + seq
}

/** A band reaches half below its first number, for what was put to its front. */
function edges({ from, to }: Priorities): readonly [number, number] {
  return [from * BAND - HALF, to * BAND + HALF - 1]
}

/** Takes the first jobs of some priorities. */
export function popBetween(
  { queued }: MemoryQueue,
  priorities: Priorities,
  want: number,
): { id: string; score: number }[] {
  const popped = queued.between(...edges(priorities)).slice(0, want)
  for (const { id } of popped) queued.delete(id)
  return popped
}

export function waitsBetween({ queued }: MemoryQueue, priorities: Priorities): boolean {
  return queued.between(...edges(priorities)).length > 0
}

export function intoQueue(queue: MemoryQueue, job: MemoryJob, front = false, seq = queue.nextSeq()): void {
  const own = scoreOf(job.priority, seq)
  queue.queued.add(job.id, front ? frontOf(queue, job.priority * BAND, own) : own)
}

/** One below the lowest of a band, so that the last one put to the front is the first. */
function frontOf(queue: MemoryQueue, band: number, own: number): number {
  const lowest = queue.queued.lowestFrom(band - HALF)
  return lowest !== undefined && lowest < band + HALF ? lowest - 1 : own
}

/** A job whose parents have all ended as it needs: it waits for its time, or for a worker. */
export function setFree(queue: MemoryQueue, job: MemoryJob): void {
  if (job.dueAt !== undefined && job.dueAt > queue.now) {
    job.status = 'scheduled'
    queue.scheduled.add(job.id, job.dueAt)
    return
  }
  job.status = 'queued'
  job.dueAt = undefined
  job.queuedAt = queue.now
  intoQueue(queue, job, job.front)
}

/** Queues what is due. Answers how many jobs that were. */
export function promote(queue: MemoryQueue): number {
  const due = queue.scheduled.upTo(queue.now)
  for (const id of due) {
    queue.scheduled.delete(id)
    const job = queue.job(id)
    if (job) setFree(queue, job)
  }
  return due.length
}
