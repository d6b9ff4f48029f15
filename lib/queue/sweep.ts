import { type Duration, toMs } from '../core/duration.ts'
import { InvalidArgumentError, InvalidStateError } from '../core/errors.ts'
import { ENDED, isEnded, type JobStatus, STATES } from '../core/states.ts'
import type { Store } from '../core/store.ts'

/** What all that deletes in bulk may be told. */
export interface SweepOptions {
  /** Told after each call to Redis how many jobs have been deleted so far. */
  readonly onProgress?: (deleted: number) => void
}

const JOBS_A_CALL = 100

/**
 * Deletes the jobs of a state that are there when it begins, a bounded number a call. Those that have left it meanwhile are let go.
 * Answers how many were deleted.
 */
export async function deleteAll(
  store: Store,
  queue: string,
  state: JobStatus,
  options: SweepOptions & { readonly endedAgoMs?: number } = {},
): Promise<number> {
  const { onProgress, endedAgoMs } = options
  const all = (await store.counts(queue))[state]
  let deleted = 0
  let kept = 0
  for (let looked = 0; looked < all; ) {
    const page = { offset: kept, limit: Math.min(JOBS_A_CALL, all - looked) }
    const ids = await store.list(queue, state, page)
    if (ids.length === 0) break
    looked += ids.length
    const answers = await store.purge(queue, state, ids, endedAgoMs)
    // What is kept stays ahead of the next page.
    kept += answers.filter((answer) => answer === state).length
    deleted += answers.filter((answer) => answer === 'deleted').length
    onProgress?.(deleted)
  }
  return deleted
}

/** See `Queue.purge`. */
export async function purge(
  store: Store,
  queue: string,
  state: JobStatus,
  { olderThan, ...options }: SweepOptions & { readonly olderThan?: Duration },
): Promise<number> {
  if (!isEnded(state)) {
    const hint = state === 'queued' ? 'use empty() for queued jobs' : 'cancel() or remove() those that wait'
    throw new InvalidArgumentError(`state: expected one of ${ENDED.join(', ')}, got ${state}; ${hint}`)
  }
  const endedAgoMs = olderThan === undefined ? {} : { endedAgoMs: toMs(olderThan, 'olderThan') }
  return deleteAll(store, queue, state, { ...options, ...endedAgoMs })
}

/** See `Queue.delete`. */
export async function deleteQueue(
  store: Store,
  queue: string,
  { deleteJobs = true, onProgress }: SweepOptions & { readonly deleteJobs?: boolean },
): Promise<void> {
  const [running] = await store.list(queue, 'started', { limit: 1 })
  if (running !== undefined) throw holds(queue, 'started', running)
  // Those that depend on others first, so that nobody needs to be told.
  const states = STATES.filter((state) => state !== 'started' && state !== 'deferred')
  let deleted = 0
  for (const state of deleteJobs ? (['deferred', ...states] as const) : []) {
    const before = deleted
    deleted += await deleteAll(store, queue, state, { onProgress: (count) => onProgress?.(before + count) })
  }
  const answer = await store.forget(queue)
  if (answer !== 'forgotten') throw holds(queue, answer.state, answer.id)
}

function holds(queue: string, state: string, id: string): InvalidStateError {
  const what =
    state === 'owing'
      ? 'it still owes word to jobs in other queues, which the next tick of any worker delivers'
      : `job ${id} is ${state} in it`
  const hint = state === 'started' ? 'stop() what runs' : 'see that nothing is enqueued meanwhile'
  return new InvalidStateError(`cannot delete queue ${queue}: ${what}; ${hint} and try again`, id, state)
}
