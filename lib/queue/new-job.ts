import { v4 as uuid } from 'uuid'
import { encodeMeta } from '../core/meta.ts'
import { type CheckedOptions, DEFAULTS } from '../core/options.ts'
import { type JobRecord, type Ref, type StoredOptions, toRef } from '../core/record.ts'
import type { Ending, NewJob } from '../core/store.ts'
import { uniqueKeyOf } from '../core/unique.ts'
import type { Job } from './job.ts'

/** No options at all, as of most jobs: they are made with least ado. */
export const NONE: CheckedOptions = {}

/** Of a job whose function has a hook that hears of its failure: it is found by the name of the job itself. */
export const FAILURE_HOOK = { failureHook: { timeoutMs: DEFAULTS.callbackTimeoutMs } }

/** A checked call as the store takes it. */
export function toNewJob(
  func: string,
  args: string,
  checked: CheckedOptions,
  futures?: ReadonlyMap<number, Job>,
  parents?: NewJob['parents'],
  more?: StoredOptions,
): NewJob {
  if (checked === NONE && !futures && !parents && !more) return { id: uuid(), func, args, options: {} }
  const { id, priority, atFront, meta, dueMs, inMs, ttlMs, unique, limit, headers, ...set } = checked
  const rest: StoredOptions = headers ? { ...set, headers } : set
  const stored: StoredOptions = more ? { ...rest, ...more } : rest
  const options: StoredOptions = futures
    ? {
        ...stored,
        futures: Object.fromEntries(
          [...futures].map(([index, job]): [string, Ref] => [String(index), toRef(job.id, job.queue)]),
        ),
      }
    : stored
  return {
    id: id ?? uuid(),
    ...(id !== undefined && { ownId: true }),
    func,
    args,
    options,
    ...(priority !== undefined && { priority }),
    ...(atFront !== undefined && { atFront }),
    ...(meta !== undefined && { meta: encodeMeta(meta, DEFAULTS.payloadLimit) }),
    ...(dueMs !== undefined && { dueMs }),
    ...(inMs !== undefined && { inMs }),
    ...(ttlMs !== undefined && { ttlMs }),
    ...(parents !== undefined && { parents }),
    ...(unique && { unique: { ...unique, key: unique.key ?? id ?? uniqueKeyOf(func, args) } }),
    ...(limit && { limit }),
  }
}

/** What is known of a job that was just stored, without reading it back. */
export function newRecord(queue: string, job: NewJob, now = Date.now()): JobRecord {
  const due = job.dueMs ?? (job.inMs === undefined ? undefined : now + job.inMs)
  const status = job.parents?.length ? 'deferred' : due !== undefined && due > now ? 'scheduled' : 'queued'
  return {
    id: job.id,
    queue,
    func: job.func,
    args: job.args,
    options: job.options,
    status,
    priority: job.priority ?? 0,
    createdAt: now,
    enqueuedAt: status === 'queued' ? now : undefined,
    scheduledFor: due,
    waitsUntil: job.ttlMs === undefined ? undefined : now + job.ttlMs,
    startedAt: undefined,
    endedAt: undefined,
    attempt: 0,
    recoveries: 0,
    repetitions: 0,
    requeues: 0,
    worker: undefined,
    result: undefined,
    error: undefined,
    meta: job.meta,
    progress: undefined,
    reason: undefined,
  }
}

/** As a synchronous job ended that is not kept. */
export function endedRecord(
  queue: string,
  job: NewJob,
  { kind, payload, ranMs, attempt }: Ending,
): JobRecord {
  const now = Date.now()
  const finished = kind === 'finished'
  return {
    ...newRecord(queue, job),
    status: finished ? 'finished' : 'failed',
    startedAt: now - ranMs,
    endedAt: now,
    attempt,
    result: finished ? payload : undefined,
    error: finished ? undefined : payload,
  }
}
