import { readErrors } from '../queue/find/errors.ts'
import { readQueueFacts } from '../redis/overview.ts'
import type { RedisStore } from '../redis/store.ts'
import { redisNow } from '../redis/time.ts'
import type { Alert } from './alert.ts'

/** What the next look compares with. */
export interface Seen {
  /** By Redis's clock: what failed before is no news. */
  readonly at: number
  /** How many jobs each cause had ended. */
  readonly counts: ReadonlyMap<string, number>
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
    readErrors(store, { queues, awake: true, limit: CAUSES }),
    readQueueFacts(connection, prefix, queues, now),
  ])
  const at = new Date(now)
  const alerts: Alert[] = []
  for (const { fingerprint, name, message, count, firstAt, lastAt, queues, functions, sample } of causes) {
    if (!seen || lastAt < seen.at) continue
    const before = seen.counts.get(fingerprint)
    const isNew = before === undefined && firstAt >= seen.at
    // One that is not new was too rare to be listed the last time, and has ended one job at least.
    const jobs = count - (before ?? (isNew ? 0 : count - 1))
    // Counted by the last look already, in the millisecond of its time.
    if (jobs <= 0) continue
    const cause = { fingerprint, name, message, jobs, queues, functions, sample, at }
    if (isNew) alerts.push({ type: 'groupNew', ...cause })
    alerts.push({ type: 'dead', ...cause })
  }
  const stalled = facts.filter(({ isPaused, oldestMs }) => !isPaused && (oldestMs ?? 0) > stalledMs)
  for (const { name, oldestMs, counts } of stalled) {
    if (!seen?.stalled.has(name))
      alerts.push({ type: 'queueStalled', queue: name, waitedMs: oldestMs ?? 0, jobs: counts.queued, at })
  }
  return {
    alerts,
    seen: {
      at: now,
      counts: new Map(causes.map(({ fingerprint, count }) => [fingerprint, count])),
      stalled: new Set(stalled.map(({ name }) => name)),
    },
  }
}
