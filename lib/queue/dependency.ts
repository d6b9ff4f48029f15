import { titleOf } from '../core/describe-call.ts'
import { fromRef, type JobRecord, type Ref } from '../core/record.ts'
import { decodeResult } from '../core/result.ts'
import type { JobStatus } from '../core/states.ts'
import type { ParentWord, Store } from '../core/store.ts'
import { reviveStored } from './stored-error.ts'

/** A job that another one waits for, or has waited for. */
export interface Dependency {
  readonly id: string
  readonly queue: string
  /** `failed`: or stopped; it may be requeued, and the waiting job goes on when it then finishes. */
  readonly state: 'waits' | 'failed' | 'finished' | 'failed, as allowed'
  /** How that job stands now; `gone` when it was deleted or its time to live is over. */
  readonly status: JobStatus | 'gone'
  /** Why the job waits for it and what to do, as in `tasks.add (1f…) in queue low failed: Error: …`; undefined once it does not. */
  readonly waitsBecause: string | undefined
  /** What it returned, once it has finished; kept with the waiting job, whatever the time to live of this one. */
  readonly result: unknown
}

/** Every dependency of a job. */
export async function readDependencies(store: Store, queue: string, id: string): Promise<Dependency[]> {
  const words = [...(await store.parents(queue, id))]
  return Promise.all(words.map(([ref, word]) => readDependency(store, ref, word)))
}

/** Who waits for a job, who waits for these, and so on. */
export async function allDependents(
  store: Store,
  queue: string,
  id: string,
): Promise<{ readonly id: string; readonly queue: string }[]> {
  const found = new Set<Ref>()
  const open = [{ id, queue }]
  for (let next = open.shift(); next; next = open.shift()) {
    for (const ref of await store.dependents(next.queue, next.id)) {
      if (found.has(ref)) continue
      found.add(ref)
      open.push(fromRef(ref))
    }
  }
  return [...found].map(fromRef)
}

async function readDependency(store: Store, ref: Ref, word: ParentWord): Promise<Dependency> {
  const { id, queue } = fromRef(ref)
  const [record] = await store.fetch(queue, [id])
  const { state, result } = word
  const isOpen = state === 'waits' || state === 'failed'
  return {
    id,
    queue,
    state,
    status: record?.status ?? 'gone',
    waitsBecause: isOpen ? explain(id, queue, record) : undefined,
    result: result === undefined ? undefined : decodeResult(result, store.codec, id),
  }
}

function explain(id: string, queue: string, record: JobRecord | undefined): string {
  if (!record) return `job ${id} in queue ${queue} is gone: this job is about to be canceled`
  const who = `${titleOf(record)} (${id}) in queue ${queue}`
  switch (record.status) {
    case 'failed':
    case 'stopped':
      return `${who} ${how(record)}: requeue() it, and this job goes on when it finishes; or cancel() this one`
    case 'finished':
    case 'canceled':
      return `${who} is ${record.status}: this job is about to hear of it`
    default:
      return `${who} is ${record.status}`
  }
}

function how({ status, error }: JobRecord): string {
  const verb = status === 'failed' ? 'failed' : 'was stopped'
  if (error === undefined) return verb
  const { name, message } = reviveStored(error)
  return `${verb} with ${name}: ${message}`
}
