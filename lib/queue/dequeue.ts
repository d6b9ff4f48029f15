import { isCoded } from '../core/codec.ts'
import { checkKnown } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { decode, encode } from '../core/payload.ts'
import type { JobRecord } from '../core/record.ts'
import type { Store } from '../core/store.ts'
import { isPerformerClass, isPerforms, type StaticHooks } from '../run/performer.ts'
import { functionName } from './call.ts'
import type { Runnable } from './task-types.ts'

/** Which waiting jobs are meant: those that have all of it. */
export interface JobsWhere {
  readonly func?: Runnable
  /** All of them, equal in every part. */
  readonly args?: readonly unknown[]
  readonly tags?: readonly string[]
}

/** What `q.removeWhere` takes beside what it looks for. */
export interface RemoveOptions {
  /** Told after each page how many were removed so far, and how many looked at. */
  readonly onProgress?: (removed: number, looked: number) => void
}

const NAMES = ['func', 'args', 'tags']
const PAGE = 100
const STATES = ['queued', 'scheduled', 'deferred', 'limited'] as const

/** See `Queue.removeWhere`. */
export async function removeWhere(
  store: Store,
  queue: string,
  where: JobsWhere,
  { onProgress }: RemoveOptions,
): Promise<number> {
  checkKnown(where, NAMES)
  if (NAMES.every((name) => where[name as keyof JobsWhere] === undefined))
    throw new InvalidArgumentError(`expected func, args or tags, got none of them; empty() removes all jobs`)
  const isMeant = await matcherOf(where, store)
  const hooks: StaticHooks = isPerforms(where.func) || isPerformerClass(where.func) ? where.func : {}
  const counts = await store.counts(queue)
  let removed = 0
  let seen = 0
  for (const state of STATES) {
    // What comes meanwhile is not meant.
    let left = counts[state]
    for (let offset = 0; left > 0; ) {
      const ids = await store.list(queue, state, { offset, limit: Math.min(PAGE, left) })
      if (ids.length === 0) break
      left -= ids.length
      seen += ids.length
      const records = await store.fetch(queue, ids)
      const gone = await Promise.all(
        records.map((record) => record !== undefined && isMeant(record) && remove(store, record, hooks)),
      )
      const now = gone.filter(Boolean).length
      removed += now
      // What stays is ahead of the next page.
      offset += ids.length - now
      onProgress?.(removed, seen)
    }
  }
  return removed
}

async function remove(store: Store, { queue, id, args }: JobRecord, hooks: StaticHooks): Promise<boolean> {
  const isHooked = hooks.beforeDequeue !== undefined || hooks.afterDequeue !== undefined
  const list = isHooked ? (decode(args, store.codec, 'args', id) as unknown[]) : []
  if ((await hooks.beforeDequeue?.(...list)) === false) return false
  if ((await store.cancel(queue, id, `removed from queue ${queue}`)) !== 'canceled') return false
  await hooks.afterDequeue?.(...list)
  return true
}

async function matcherOf(
  { func, args, tags = [] }: JobsWhere,
  { codec }: Store,
): Promise<(record: JobRecord) => boolean> {
  const name = func === undefined ? undefined : await functionName(func)
  const encoded = args === undefined ? undefined : encode([...args], 'args')
  // What a codec has written differs each time.
  const argsOf = ({ args, id }: JobRecord) =>
    isCoded(args) ? encode(decode(args, codec, 'args', id), 'args') : args
  return (record) =>
    (name === undefined || record.func === name) &&
    (encoded === undefined || argsOf(record) === encoded) &&
    tags.every((tag) => record.options.tags?.includes(tag))
}
