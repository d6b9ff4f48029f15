import { fromRef, type Ref, toRef } from '../core/record.ts'
import { ENDED } from '../core/states.ts'
import type { Enqueued, NewJob } from '../core/store.ts'
import { cancelJob, type Owed } from './conclude.ts'
import { addDependent, outcomeOf, type QueueOf, register } from './dependencies.ts'
import type { MemoryJob, Word } from './job.ts'
import type { MemoryQueue } from './memory-queue.ts'
import { intoQueue, scoreOf } from './place.ts'
import { contend } from './unique.ts'

/** A worker that is to hold what it enqueues. */
export interface Holder {
  readonly worker: string
  readonly leaseMs: number
}

/** Stores one new job: queued, held, scheduled, deferred, or canceled where a parent was. */
export function enqueue(
  queueOf: QueueOf,
  queue: MemoryQueue,
  { id, func, args, options, ...rest }: NewJob,
  holder: Holder | undefined,
  owed: Owed,
): Enqueued {
  const { now } = queue
  const seq = queue.nextSeq()
  const missingIn = (isHere: boolean) =>
    rest.parents?.find(({ ref }) => {
      const parent = fromRef(ref)
      return (parent.queue === queue.name) === isHere && !queueOf(parent.queue).job(parent.id)
    })
  const elsewhere = missingIn(false)
  if (elsewhere) return { ok: false, code: 'parent', parent: elsewhere.ref }
  if (queue.job(id)) return { ok: false, code: 'duplicate' }
  const here = missingIn(true)
  if (here) return { ok: false, code: 'parent', parent: here.ref }
  const { unique } = rest
  const rival = unique && contend(queue, id, unique, rest.parents ?? [], owed)
  if (rival !== undefined) {
    return unique?.onDuplicate === 'existing'
      ? { ok: true, existing: rival }
      : { ok: false, code: 'duplicate', by: rival }
  }

  const job: MemoryJob = {
    id,
    func,
    args,
    options,
    createdAt: now,
    priority: rest.priority ?? 0,
    front: rest.atFront ?? false,
    status: 'queued',
    dueAt: rest.dueMs ?? (rest.inMs === undefined ? undefined : now + rest.inMs),
    queueDeadline: rest.waitsUntil ?? (rest.ttlMs === undefined ? undefined : now + rest.ttlMs),
    attempt: 0,
    recoveries: 0,
    repetitions: 0,
    requeues: 0,
    snoozes: 0,
    alone: false,
    signature: rest.signature || undefined,
    uniqueKey: unique?.key,
    limit: rest.limit,
    hasTurn: false,
    meta: rest.meta,
    need: 0,
    parents: new Map(),
    runs: [],
    log: [],
    logged: 0,
    steps: new Map(),
  }
  // A tick would take it for the job that had this id before, whose time is over.
  if (rest.ownId) for (const state of ENDED) queue.ended[state].delete(id)
  queue.store(job)
  const canceledBy = judgeParents(queue, job, rest.parents ?? [])
  if (canceledBy) {
    cancelJob(queue, job, `its dependency ${canceledBy} was canceled`, owed)
  } else if (job.need > 0) {
    job.status = 'deferred'
    queue.deferred.add(id, now)
    register(queueOf, queue, job, owed)
  } else if (job.dueAt !== undefined && job.dueAt > now && !holder) {
    job.status = 'scheduled'
    queue.scheduled.add(id, job.dueAt)
  } else {
    job.dueAt = undefined
    if (holder) return { ok: true, token: hold(queue, job, holder, scoreOf(job.priority, seq)) }
    intoQueue(queue, job, job.front, seq)
  }
  return { ok: true }
}

function hold(queue: MemoryQueue, job: MemoryJob, { worker, leaseMs }: Holder, score: number): string {
  const token = `0:${score}`
  queue.lease(worker, leaseMs)
  queue.hold(worker, job.id, { token, score })
  job.status = 'started'
  job.startedAt = queue.now
  job.worker = worker
  job.attempt = 1
  return token
}

/** Notes how each parent in this queue stands; those elsewhere are asked by `register`. Answers a canceled one. */
function judgeParents(
  queue: MemoryQueue,
  job: MemoryJob,
  parents: NonNullable<NewJob['parents']>,
): Ref | undefined {
  let canceledBy: Ref | undefined
  const waitsFor: string[] = []
  for (const { ref, allowFailure } of parents) {
    const { id, queue: where } = fromRef(ref)
    const word =
      where === queue.name ? judge(queue, id, allowFailure) : ({ state: 'new', allowFailure } as const)
    const isCanceled = where === queue.name && outcomeOf(queue, id).outcome === 'canceled'
    if (isCanceled) canceledBy = ref
    else if (word.state === 'waits' || word.state === 'failed') waitsFor.push(id)
    if (word.state !== 'finished' && word.state !== 'failed, as allowed') job.need++
    job.parents.set(ref, word)
  }
  for (const id of waitsFor) addDependent(queue, id, toRef(job.id, queue.name))
  return canceledBy
}

function judge(queue: MemoryQueue, parent: string, allowFailure: boolean): Word {
  const { outcome, result } = outcomeOf(queue, parent)
  if (outcome === 'finished') return { state: 'finished', allowFailure, result }
  if (outcome === 'failed' && allowFailure) return { state: 'failed, as allowed', allowFailure }
  if (outcome === 'failed' || outcome === 'stopped') return { state: 'failed', allowFailure }
  return { state: 'waits', allowFailure }
}
