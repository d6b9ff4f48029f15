import { type Glance, glanceAt } from '../../redis/glance.ts'
import { readTides, type Tide } from '../../redis/metrics.ts'
import type { RedisStore } from '../../redis/store.ts'
import { redisNow } from '../../redis/time.ts'
import type { Pace, QueueRow } from './types.ts'
import { readWorkerFacts, type WorkerFacts } from './workers.ts'

/** All queues, by name, in two round trips. */
export async function readQueues(store: RedisStore): Promise<QueueRow[]> {
  const [glances, { workers }] = await Promise.all([
    store.queues().then((names) => glanceAt(store, names)),
    readWorkerFacts(store),
  ])
  return toQueueRows(glances, workers)
}

/** One of them; undefined where there is none of this name. */
export async function readQueue(store: RedisStore, name: string): Promise<QueueRow | undefined> {
  const [names, glances, { workers }] = await Promise.all([
    store.queues(),
    glanceAt(store, [name]),
    readWorkerFacts(store),
  ])
  return names.includes(name) ? toQueueRows(glances, workers)[0] : undefined
}

export function toQueueRows(glances: readonly Glance[], workers: readonly WorkerFacts[]): QueueRow[] {
  const listeners = new Map<string, number>()
  for (const { queues } of workers)
    for (const queue of new Set(queues)) listeners.set(queue, (listeners.get(queue) ?? 0) + 1)
  return glances.map((glance) => toQueueRow(glance, listeners.get(glance.name) ?? 0))
}

function toQueueRow(glance: Glance, workers: number): QueueRow {
  const { name, now, counts, totals, waitsSince, nextDueAt } = glance
  return {
    name,
    counts,
    totals,
    oldestMs: waitsSince === undefined ? null : Math.max(0, now - waitsSince),
    nextDueAt: nextDueAt ?? null,
    workers,
    pauses: glance.pauses.map(({ kind, until }) => {
      const isOwn = kind === 'paused'
      return {
        kind,
        until: Number.isFinite(until) ? until : null,
        since: (isOwn && glance.pausedSince) || null,
        by: (isOwn && glance.pausedBy) || null,
        reason: (isOwn && glance.pauseReason) || null,
      }
    }),
  }
}

const MINUTE_MS = 60_000
const MINUTES = 60
const RECENT = 10

/** How fast each queue has been worked on in the last hour, by queue: in one round trip behind `now`. */
export async function readPace(
  store: RedisStore,
  queues: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, Pace>> {
  const found = await readTides(store, queues, now, MINUTES)
  return new Map(
    [...found].map(([queue, tide]) => [
      queue,
      {
        minutes: tide.ended,
        perMinute: sumOf(tide.ended.slice(-RECENT)) / RECENT,
        before: beforeOf(tide, now),
      },
    ]),
  )
}

/** The oldest of the last ten minutes that are over, else the latest before them: a queue that nobody works on tells no more. */
function beforeOf({ ended, depths }: Tide, now: number): Pace['before'] {
  const recent = depths.findIndex((depth, i) => depth !== undefined && i >= MINUTES - 1 - RECENT)
  const found = recent < 0 ? depths.findLastIndex((depth) => depth !== undefined) : recent
  if (found < 0 || found === MINUTES - 1) return null
  const first = (Math.floor(now / MINUTE_MS) - MINUTES + 1) * MINUTE_MS
  return {
    at: first + (found + 1) * MINUTE_MS,
    queued: depths[found]!,
    ended: sumOf(ended.slice(found + 1)),
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, n) => sum + n, 0)
}

/** Redis's clock. */
export function readClock({ connection }: RedisStore): Promise<number> {
  return connection.attempt(redisNow)
}
