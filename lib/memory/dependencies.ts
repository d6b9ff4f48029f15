import { getOrMake } from '../core/get-or-make.ts'
import { fromRef, type Ref, toRef } from '../core/record.ts'
import { isEnded } from '../core/states.ts'
import { cancelJob, type Owed } from './conclude.ts'
import type { MemoryJob } from './job.ts'
import type { MemoryQueue } from './memory-queue.ts'
import { setFree } from './place.ts'

/** How a parent stands, as its dependents hear it. */
export type Outcome = 'waits' | 'finished' | 'failed' | 'stopped' | 'canceled' | 'gone'

/** The queue of a name, made if need be. */
export type QueueOf = (name: string) => MemoryQueue

export function outcomeOf(queue: MemoryQueue, id: string): { outcome: Outcome; result: string } {
  const job = queue.job(id)
  if (!job) return { outcome: 'gone', result: '' }
  // A job that was canceled with a result counts as finished for its dependents.
  const isReleased = job.status === 'canceled' && job.result !== undefined
  const outcome = isReleased ? 'finished' : isEnded(job.status) ? job.status : 'waits'
  return { outcome, result: job.result ?? '' }
}

export function addDependent(queue: MemoryQueue, parent: string, child: Ref): void {
  getOrMake(queue.dependents, parent, () => new Set()).add(child)
}

/** Takes a job out of its parents' dependents. */
export function leaveParents(queueOf: QueueOf, queue: MemoryQueue, child: MemoryJob): void {
  for (const ref of child.parents.keys()) {
    const { id, queue: where } = fromRef(ref)
    const { dependents } = queueOf(where)
    if (dependents.get(id)?.delete(toRef(child.id, queue.name)) && dependents.get(id)!.size === 0)
      dependents.delete(id)
  }
}

/** Asks the parents that a child is not yet registered with; those that may still finish will tell it. */
export function register(queueOf: QueueOf, queue: MemoryQueue, child: MemoryJob, owed: Owed): void {
  for (const [ref, word] of [...child.parents]) {
    if (word.state !== 'new') continue
    const { id, queue: where } = fromRef(ref)
    const { outcome, result } = outcomeOf(queueOf(where), id)
    if (outcome === 'waits' || outcome === 'failed' || outcome === 'stopped') {
      addDependent(queueOf(where), id, toRef(child.id, queue.name))
    }
    settle(queue, child.id, ref, outcome, result, owed)
  }
}

/** Tells everything that is owed, and what follows from that. @param followUp does what follows a job's end, its callbacks and the like */
export function deliver(
  queueOf: QueueOf,
  owed: Owed,
  followUp: (queue: MemoryQueue, id: string) => void,
): void {
  for (let next = owed.shift(); next; next = owed.shift()) {
    followUp(next.queue, next.id)
    release(queueOf, next.queue, next.id, owed)
  }
}

/** Delivers a parent's end to its dependents, in the order they were enqueued. */
function release(queueOf: QueueOf, queue: MemoryQueue, id: string, owed: Owed): void {
  const { outcome, result } = outcomeOf(queue, id)
  const dependents = queue.dependents.get(id) ?? new Set()
  for (const ref of [...dependents]) {
    const child = fromRef(ref)
    if (settle(queueOf(child.queue), child.id, toRef(id, queue.name), outcome, result, owed))
      dependents.delete(ref)
  }
  if (dependents.size === 0) queue.dependents.delete(id)
  // The record may go now, if its time to live is over or had been none.
  const job = queue.job(id)
  if (!job || !isEnded(job.status)) return
  const ended = queue.ended[job.status]
  const expiresAt = ended.scoreOf(id)
  if (expiresAt === undefined) return
  job.expiresAt = expiresAt
  if (expiresAt <= queue.now && dependents.size === 0) ended.delete(id)
}

/** Tells jobs whose parent is gone, before that one's own queue does. Answers how many. */
export function repair(queueOf: QueueOf, queue: MemoryQueue, owed: Owed): number {
  let repaired = 0
  for (const id of queue.deferred.ids()) {
    const gone = [...(queue.job(id)?.parents ?? [])].find(([ref, { state }]) => {
      const parent = fromRef(ref)
      return (state === 'waits' || state === 'failed') && !queueOf(parent.queue).job(parent.id)
    })
    if (!gone) continue
    settle(queue, id, gone[0], 'gone', '', owed)
    repaired++
  }
  return repaired
}

/** One parent's word reaches one child. Answers whether the parent need not tell this child anything more. */
function settle(
  queue: MemoryQueue,
  id: string,
  parent: Ref,
  outcome: Outcome,
  result: string,
  owed: Owed,
): boolean {
  const child = queue.job(id)
  const word = child?.parents.get(parent)
  if (!child || !word || child.status !== 'deferred') return true
  if (word.state === 'finished' || word.state === 'failed, as allowed') return true
  const { allowFailure } = word
  if (outcome === 'waits') {
    if (word.state === 'new') child.parents.set(parent, { state: 'waits', allowFailure })
    return false
  }
  if (outcome === 'stopped' || (outcome === 'failed' && !allowFailure)) {
    child.parents.set(parent, { state: 'failed', allowFailure })
    return false
  }
  if (outcome === 'canceled' || outcome === 'gone') {
    const fate = outcome === 'gone' ? 'was deleted or has expired' : 'was canceled'
    queue.deferred.delete(id)
    cancelJob(queue, child, `its dependency ${parent} ${fate}`, owed)
    return true
  }
  child.parents.set(
    parent,
    outcome === 'finished'
      ? { state: 'finished', allowFailure, result }
      : { state: 'failed, as allowed', allowFailure },
  )
  if (--child.need === 0) {
    queue.deferred.delete(id)
    setFree(queue, child)
  }
  return true
}
