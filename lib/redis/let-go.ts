import { fromRef, type Ref, toRef } from '../core/record.ts'
import type { JobStatus } from '../core/states.ts'
import { type LinkedJob, readLinks } from './links.ts'
import type { Outbox } from './outbox.ts'
import { readStates } from './rows.ts'
import type { RedisStore } from './store.ts'

/**
 * Has deferred jobs of a queue go on without those of their parents that failed or were stopped, as after
 * `cancel({ enqueueDependents })`: for such a child the parent counts as finished, without a result. It waits on for its other parents.
 * A parent that is requeued in the moment between the look at it and the release is not waited for either.
 * Answers for each `released`, `deferred` where no parent of it has failed, its state where that is another one, or `gone`.
 */
export async function letGo(
  store: RedisStore,
  outbox: Outbox,
  queue: string,
  ids: readonly string[],
): Promise<('released' | 'gone' | JobStatus)[]> {
  const children = await readLinks(
    store,
    ids.map((id) => toRef(id, queue)),
  )
  const open = await Promise.all(children.map((child) => openParents(store, child)))
  const failed = await failedOf(store, [...new Set(open.flat())])
  return Promise.all(
    children.map(async ({ record }, i) => {
      if (record?.status !== 'deferred') return record?.status ?? 'gone'
      const parents = open[i]!.filter((parent) => failed.has(parent))
      for (const parent of parents) await outbox.tell(ids[i]!, queue, parent, 'finished')
      return parents.length > 0 ? 'released' : 'deferred'
    }),
  )
}

/** Parents that keep it waiting: those that have neither finished nor failed as allowed. */
async function openParents(store: RedisStore, { ref, parents, isCut }: LinkedJob): Promise<Ref[]> {
  if (!isCut) return parents.flatMap((parent) => ('de'.includes(parent.letter) ? [] : [parent.ref]))
  const { id, queue } = fromRef(ref)
  const words = await store.parents(queue, id)
  return [...words].flatMap(([parent, { state }]) =>
    state === 'waits' || state === 'failed' ? [parent] : [],
  )
}

/** What a child has heard may be old: a parent that was requeued since is waited for. */
async function failedOf(store: RedisStore, parents: readonly Ref[]): Promise<Set<Ref>> {
  const states = await readStates(store, parents.map(fromRef))
  return new Set(parents.filter((_, i) => states[i] === 'failed' || states[i] === 'stopped'))
}
