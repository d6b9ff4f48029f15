import { setTimeout as wait } from 'node:timers/promises'
import type { LogLine } from '../core/log-line.ts'
import { isEnded } from '../core/states.ts'
import type { Store, Waiter } from '../core/store.ts'

/** How often somebody who follows a job looks: people read along, and Redis should not notice. */
const EVERY_MS = 250

/** Until when `job.followLog` and `job.followProgress` follow. */
export interface FollowOptions {
  /** Ends it. */
  readonly signal?: AbortSignal
}

/** The lines of a job's log, those there are and those to come, until it has ended. */
export async function* followLog(
  store: Store,
  queue: string,
  id: string,
  { signal }: FollowOptions = {},
  waiter?: Waiter,
): AsyncGenerator<LogLine, void> {
  let seen = 0
  // A look after the end sees what the job wrote last.
  for await (const _ of looks(store, queue, id, signal, waiter)) {
    const { added, lines } = await store.log(queue, id)
    const news = Math.min(lines.length, Math.max(0, added - seen))
    yield* lines.slice(lines.length - news)
    seen = added
  }
}

/** What a job gives to `progress()`, the last word first and then each that differs, until it has ended. */
export async function* followProgress(
  store: Store,
  queue: string,
  id: string,
  { signal }: FollowOptions = {},
  waiter?: Waiter,
): AsyncGenerator<unknown, void> {
  let last: string | undefined
  for await (const progress of looks(store, queue, id, signal, waiter)) {
    if (progress === undefined || progress === last) continue
    last = progress
    yield JSON.parse(progress)
  }
}

/** Looks at a job until it has ended, or is gone. Answers its progress, as JSON. */
async function* looks(
  store: Store,
  queue: string,
  id: string,
  signal: AbortSignal | undefined,
  waiter: Waiter | undefined,
): AsyncGenerator<string | undefined, void> {
  while (!signal?.aborted) {
    if (waiter?.closed) throw waiter.closed
    const [record] = await store.fetch(queue, [id])
    yield record?.progress
    if (!record || isEnded(record.status)) return
    await wait(EVERY_MS, undefined, signal ? { signal } : {}).catch(() => {})
  }
}
