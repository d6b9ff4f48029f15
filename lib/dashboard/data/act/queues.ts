import { InvalidArgumentError, InvalidStateError } from '../../../core/errors.ts'
import { checkQueueName } from '../../../core/names.ts'
import { STATES } from '../../../core/states.ts'
import { type Actor, audited } from '../../../queue/audited.ts'
import { pauseNote } from '../../../queue/suspend.ts'
import type { RedisStore } from '../../../redis/store.ts'
import { Suspension } from '../../../redis/suspension.ts'
import type { BulkProgress } from '../action-types.ts'

const CHUNK = 500

export interface PauseHow {
  /** Null, or left out: until it is resumed. */
  readonly forMs?: number | null
  readonly reason?: string
}

/** Has a queue hand out nothing; its page says who did so, and why. @throws InvalidArgumentError */
export async function pauseQueue(
  store: RedisStore,
  queue: string,
  how: PauseHow,
  actor: Actor,
): Promise<void> {
  const { forMs = null, reason } = how
  const act = {
    action: 'queue:pause',
    subject: checkQueueName(queue),
    ...(reason !== undefined && { note: reason }),
  }
  if (forMs !== null && !(Number.isSafeInteger(forMs) && forMs > 0))
    throw new InvalidArgumentError(`forMs: expected milliseconds, more than 0, got ${String(forMs)}`)
  const note = pauseNote({ by: actor.who, ...(reason !== undefined && { reason }) })
  await audited(store, actor, act, () => store.pause(queue, 'paused', forMs, note))
}

export async function resumeQueue(store: RedisStore, queue: string, actor: Actor): Promise<void> {
  const act = { action: 'queue:resume', subject: checkQueueName(queue) }
  await audited(store, actor, act, () => store.resume(queue, 'paused'))
}

/** Has all workers rest, as `rq suspend`. @param forMs null until `resumeAll` */
export async function suspendAll(store: RedisStore, forMs: number | null, actor: Actor): Promise<void> {
  await audited(store, actor, { action: 'all:suspend', subject: '' }, () =>
    new Suspension(store).begin(forMs),
  )
}

export async function resumeAll(store: RedisStore, actor: Actor): Promise<void> {
  await audited(store, actor, { action: 'all:resume', subject: '' }, () => new Suspension(store).end())
}

/** Deletes queued jobs, 500 a call, as many as there were at the first. @param cursor what the answer before gave as `next` */
export async function emptyQueue(
  store: RedisStore,
  queue: string,
  actor: Actor,
  cursor?: string,
): Promise<BulkProgress> {
  const so = readCursor(cursor) ?? { done: 0, changed: 0, total: (await store.counts(queue)).queued }
  const ids = await store.list(queue, 'queued', { limit: Math.min(CHUNK, so.total - so.done) })
  const act = { action: 'queue:empty', subject: checkQueueName(queue) }
  const changed = await audited(
    store,
    actor,
    act,
    () => remove(store, queue, 'queued', ids),
    (n) => n,
  )
  return progress(so, ids.length, changed, ids.length === 0)
}

/**
 * Deletes a queue with all its jobs, 500 a call; its last call forgets the queue.
 * @throws InvalidStateError while a worker holds one of its jobs, or where jobs keep coming
 */
export async function deleteQueue(
  store: RedisStore,
  queue: string,
  actor: Actor,
  cursor?: string,
): Promise<BulkProgress> {
  const counts = await store.counts(queue)
  const left = STATES.reduce((sum, state) => sum + counts[state], 0)
  const so = readCursor(cursor) ?? { done: 0, changed: 0, total: left }
  const act = { action: 'queue:delete', subject: checkQueueName(queue) }
  if (counts.started > 0) {
    const [id = ''] = await store.list(queue, 'started', { limit: 1 })
    throw new InvalidStateError(
      `cannot delete queue ${queue}: job ${id} runs in it; stop() what runs and try again`,
      id,
      'started',
    )
  }
  // Those that wait for others first, so that nobody needs to be told.
  const state = counts.deferred > 0 ? 'deferred' : STATES.find((each) => counts[each] > 0)
  if (state === undefined) {
    await audited(
      store,
      actor,
      act,
      () => forget(store, queue),
      () => so.changed,
    )
    return { ...progress(so, 0, 0, true), next: null }
  }
  const ids = await store.list(queue, state, { limit: CHUNK })
  const changed = await remove(store, queue, state, ids)
  if (changed === 0)
    throw new InvalidStateError(
      `cannot delete queue ${queue}: its ${state} jobs cannot be deleted now; try again`,
      ids[0] ?? '',
      state,
    )
  return progress(so, ids.length, changed, false)
}

async function forget(store: RedisStore, queue: string): Promise<void> {
  const answer = await store.forget(queue)
  if (answer === 'forgotten') return
  const { state, id } = answer
  throw new InvalidStateError(
    `cannot delete queue ${queue}: ${state === 'owing' ? 'it still owes word to jobs in other queues' : `job ${id} is ${state} in it`}; try again`,
    id,
    state,
  )
}

async function remove(
  store: RedisStore,
  queue: string,
  state: (typeof STATES)[number],
  ids: readonly string[],
): Promise<number> {
  const answers = ids.length === 0 ? [] : await store.purge(queue, state, ids)
  return answers.filter((answer) => answer === 'deleted' || answer === 'gone').length
}

interface SoFar {
  readonly done: number
  readonly changed: number
  readonly total: number
}

function progress(so: SoFar, looked: number, changed: number, isOver: boolean): BulkProgress {
  const all = { done: so.done + looked, changed: so.changed + changed }
  const next = isOver ? null : `${all.done}.${all.changed}.${so.total}`
  return { next, ...all, total: Math.max(so.total, all.done), skipped: [], skippedCount: looked - changed }
}

function readCursor(cursor: string | undefined): SoFar | undefined {
  if (!cursor) return undefined
  const numbers = /^(\d{1,12})\.(\d{1,12})\.(\d{1,12})$/.exec(cursor)?.slice(1).map(Number)
  if (!numbers)
    throw new InvalidArgumentError("cursor: expected the 'next' of the answer before; begin anew without it")
  const [done = 0, changed = 0, total = 0] = numbers
  return { done, changed, total }
}
