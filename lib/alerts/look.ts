import { type ErrorGroup, joinErrors, readErrorsOf } from '../queue/find/errors.ts'
import { readQueueFacts } from '../redis/overview.ts'
import type { RedisStore } from '../redis/store.ts'
import { redisNow } from '../redis/time.ts'
import type { Alert } from './alert.ts'

/** What the next look compares with. */
export interface Seen {
  /** By Redis's clock: what failed before is no news. */
  readonly at: number
  /** Each cause of each queue, by fingerprint and queue: since when there is one, and how many jobs it has ended. */
  readonly causes: ReadonlyMap<string, Pick<ErrorGroup, 'firstAt' | 'count'>>
  readonly fingerprints: ReadonlySet<string>
  readonly stalled: ReadonlySet<string>
}

/** So many causes of each queue are looked at, those last seen. */
const CAUSES = 500

/** What has become wrong since the last look, in some six round trips; the first one finds no failures, for it has nothing to compare with. */
export async function look(
  store: RedisStore,
  stalledMs: number,
  seen: Seen | undefined,
): Promise<{ alerts: Alert[]; seen: Seen }> {
  const { connection, prefix } = store
  const [now, queues] = await Promise.all([connection.attempt(redisNow), store.queues()])
  const [causes, facts] = await Promise.all([
    readErrorsOf(store, queues, CAUSES),
    readQueueFacts(connection, prefix, queues, now),
  ])
  const at = new Date(now)
  const alerts = seen ? failures(causes, seen, at) : []
  const stalled = facts.filter(({ isPaused, oldestMs }) => !isPaused && (oldestMs ?? 0) > stalledMs)
  for (const { name, oldestMs, counts } of stalled) {
    if (!seen?.stalled.has(name))
      alerts.push({ type: 'queueStalled', queue: name, waitedMs: oldestMs ?? 0, jobs: counts.queued, at })
  }
  return {
    alerts,
    seen: {
      at: now,
      causes: new Map(causes.map((cause) => [keyOf(cause), { firstAt: cause.firstAt, count: cause.count }])),
      fingerprints: new Set(causes.map(({ fingerprint }) => fingerprint)),
      stalled: new Set(stalled.map(({ name }) => name)),
    },
  }
}

/** Counted by queue, then put together: the failed jobs of one queue may be deleted, with their count, while those of another become more. */
function failures(causes: readonly ErrorGroup[], seen: Seen, at: Date): Alert[] {
  const news = causes.flatMap((cause) => {
    const jobs = cause.snoozedUntil === null ? newJobs(cause, seen) : 0
    return jobs > 0 ? [{ ...cause, jobs }] : []
  })
  return joinErrors(news).flatMap(
    ({ fingerprint, name, message, jobs, firstAt, queues, functions, sample }) => {
      const isNew = !seen.fingerprints.has(fingerprint) && firstAt >= seen.at
      const cause = { fingerprint, name, message, jobs, queues, functions, sample, at }
      return [
        ...(isNew ? [{ type: 'groupNew' as const, ...cause }] : []),
        { type: 'dead' as const, ...cause },
      ]
    },
  )
}

function newJobs(cause: ErrorGroup, { causes, at }: Seen): number {
  const { firstAt, lastAt, count } = cause
  const before = causes.get(keyOf(cause))
  if (before?.firstAt === firstAt) return count - before.count
  // There was none, or what there was has been deleted since.
  if (firstAt >= at) return count
  // One that is not new was too rare to be among those that were looked at, and has ended one job at least.
  return lastAt >= at ? 1 : 0
}

function keyOf({ fingerprint, queues }: ErrorGroup): string {
  return `${fingerprint}@${queues.join()}`
}
