import type { Ref } from '../core/record.ts'
import { isEnded, type JobStatus, STATES } from '../core/states.ts'
import type { Entry, Page, ParentWord } from '../core/store.ts'
import type { MemoryJob } from './job.ts'
import type { MemoryQueue } from './memory-queue.ts'
import type { SortedSet } from './sorted-set.ts'

/** One page of a state's ids, in the order of its set. Started jobs are listed worker by worker. */
export function list(queue: MemoryQueue, state: JobStatus, { offset = 0, limit = 100 }: Page): string[] {
  if (limit <= 0) return []
  const set = setOf(queue, state)
  return set ? set.ids(offset, limit) : startedIn(queue).slice(offset, offset + limit)
}

/** The same with the time that goes with each id. */
export function entries(queue: MemoryQueue, state: JobStatus, page: Page): Entry[] {
  return list(queue, state, page).map((id) => entry(queue, state, id)!)
}

export function entry(queue: MemoryQueue, state: JobStatus, id: string): Entry | undefined {
  const set = setOf(queue, state)
  if (set) return set.has(id) ? { id, time: state === 'queued' ? null : set.scoreOf(id)! } : undefined
  const holder = queue.workers.ids().find((worker) => queue.heldBy(worker).has(id))
  return holder === undefined ? undefined : { id, time: queue.workers.scoreOf(holder)! }
}

export function latency(queue: MemoryQueue): number {
  const next = queue.queued.first && queue.job(queue.queued.first.id)
  return next ? queue.now - (next.queuedAt ?? next.createdAt) : 0
}

export function count(queue: MemoryQueue): Record<JobStatus, number> {
  const counts = STATES.map((state) => [state, setOf(queue, state)?.size ?? startedIn(queue).length])
  return Object.fromEntries(counts)
}

function setOf(queue: MemoryQueue, state: JobStatus): SortedSet | undefined {
  if (state === 'started') return undefined
  return isEnded(state) ? queue.ended[state] : queue[state]
}

function startedIn(queue: MemoryQueue): string[] {
  return queue.workers.ids().flatMap((worker) => [...queue.heldBy(worker).keys()])
}

export function parentsOf(job: MemoryJob | undefined): Map<Ref, ParentWord> {
  const words = new Map<Ref, ParentWord>()
  for (const [ref, { state, result }] of job?.parents ?? []) {
    words.set(ref, { state: state === 'new' ? 'waits' : state, ...(result !== undefined && { result }) })
  }
  return words
}
