import type { JobRecord } from '../lib/core/record.ts'
import { noted } from './lib.ts'
import type { Session } from './session.ts'
import type { Terminal } from './terminal.ts'
import { number } from './words.ts'

export interface Requeued {
  readonly requeued: number
  /** Those whose state did not allow it any more, with that state. */
  readonly skipped: readonly { readonly id: string; readonly status: string }[]
}

const AT_ONCE = 500

/** Queues jobs again, of whichever queues they are. */
export function requeue(
  session: Session,
  records: readonly Pick<JobRecord, 'queue' | 'id'>[],
  onProgress?: (done: number) => void,
): Promise<Requeued> {
  const act = { action: 'job:retry', subject: `${records.length} jobs` }
  return noted(
    session,
    act,
    () => requeueAll(session, records, onProgress),
    ({ requeued }) => requeued,
  )
}

async function requeueAll(
  { store }: Session,
  records: readonly Pick<JobRecord, 'queue' | 'id'>[],
  onProgress?: (done: number) => void,
): Promise<Requeued> {
  const skipped: { id: string; status: string }[] = []
  let requeued = 0
  for (const queue of new Set(records.map((record) => record.queue))) {
    const ids = records.filter((record) => record.queue === queue).map(({ id }) => id)
    for (let i = 0; i < ids.length; i += AT_ONCE) {
      const page = ids.slice(i, i + AT_ONCE)
      const answers = await store.requeue(queue, page)
      for (const [at, status] of answers.entries()) {
        if (status === 'queued' || status === 'deferred') requeued++
        else skipped.push({ id: page[at]!, status })
      }
      onProgress?.(requeued)
    }
  }
  return { requeued, skipped }
}

/** `✓ 40 requeued, 1 skipped (started)` */
export function requeueText({ requeued, skipped }: Requeued, { utf8 }: Terminal): string {
  const why = [...new Set(skipped.map(({ status }) => status))].join(', ')
  const rest = skipped.length === 0 ? '' : `, ${number(skipped.length)} skipped (${why})`
  return `${utf8 ? '✓' : 'ok'} ${number(requeued)} requeued${rest}\n`
}
