import { fromRef, type Ref, toRef } from '../core/record.ts'
import { queueBase } from './keys.ts'
import { readScript } from './read-script.ts'
import { type CutRecord, type RawRow, readCut } from './rows.ts'
import type { RedisStore } from './store.ts'

/** A job with what it is linked to. */
export interface LinkedJob {
  readonly ref: Ref
  readonly now: number
  /** Undefined where it is gone. */
  readonly record: CutRecord | undefined
  readonly parents: readonly { readonly ref: Ref; readonly letter: string }[]
  readonly dependents: readonly Ref[]
  /** Those that have heard how it ended. */
  readonly told: readonly Ref[]
  /** Whether it has more links than these. */
  readonly isCut: boolean
}

const LINKS = 100

type Raw = [
  now: number,
  jobs: [row: RawRow | null, parents: string[], dependents: string[], more: number, told: string[]][],
]

/** Jobs of any queues with their links, in one round trip. */
export async function readLinks(
  { connection, prefix }: RedisStore,
  refs: readonly Ref[],
): Promise<LinkedJob[]> {
  const wanted = refs.map(fromRef)
  const queues = [...new Set(wanted.map(({ queue }) => queue))]
  const replies = await connection.attempt((client) =>
    Promise.all(
      queues.map((queue) => {
        const ids = wanted.filter((each) => each.queue === queue).map(({ id }) => id)
        return readScript<Raw>(client, 'links', queueBase(prefix, queue), [LINKS, ...ids])
      }),
    ),
  )
  return queues.flatMap((queue, i) => {
    const ids = wanted.filter((each) => each.queue === queue).map(({ id }) => id)
    const [now, jobs] = replies[i]!
    return jobs.map(([row, parents, dependents, more, told], n) => ({
      ref: toRef(ids[n]!, queue),
      now,
      record: row ? readCut(queue, row) : undefined,
      parents: parents.flatMap((ref, at) =>
        at % 2 === 0 ? [{ ref: ref as Ref, letter: parents[at + 1]! }] : [],
      ),
      dependents: dependents as Ref[],
      told: told as Ref[],
      isCut: more === 1,
    }))
  })
}
