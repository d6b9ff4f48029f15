import { checkMeta, decodeMeta, encodeMeta, type Meta } from '../core/meta.ts'
import { DEFAULTS } from '../core/options.ts'
import type { Store } from '../core/store.ts'
import { notFound } from './refusal.ts'

/** Writes a job's meta, and answers it encoded. @throws JobNotFoundError, and then nothing is written */
export async function saveMeta(store: Store, queue: string, id: string, meta: Meta): Promise<string> {
  const encoded = encodeMeta(checkMeta(meta), DEFAULTS.payloadLimit)
  if ((await store.saveMeta(queue, id, encoded)) === 'gone') throw notFound(id)
  return encoded
}

/** Merges into a job's meta as it stands by then. @param known what it is as far as the caller knows */
export async function updateMeta(
  store: Store,
  queue: string,
  id: string,
  patch: Meta,
  known: string | undefined,
): Promise<string> {
  checkMeta(patch)
  for (let was = known; ; ) {
    const merged = { ...decodeMeta(was), ...patch }
    for (const [name, value] of Object.entries(patch)) if (value === undefined) delete merged[name]
    const encoded = encodeMeta(merged, DEFAULTS.payloadLimit)
    const answer = await store.saveMeta(queue, id, encoded, was ?? '')
    if (answer === 'saved') return encoded
    if (answer === 'gone') throw notFound(id)
    // Somebody else was quicker: theirs is kept beside ours.
    was = answer.changed
  }
}
