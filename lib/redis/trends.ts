import { queueBase } from './keys.ts'
import { readScript } from './read-script.ts'
import type { RedisStore } from './store.ts'

const HOURS = 24

interface Cause {
  readonly fingerprint: string
  readonly queues: readonly string[]
}

/**
 * Of each cause, how many of the jobs that are failed for it failed in each of the last 24 hours, the oldest first, in one round trip.
 * Jobs that were retried or deleted since are not among them.
 */
export async function readTrends(
  { connection, prefix }: RedisStore,
  causes: readonly Cause[],
): Promise<Map<string, readonly number[]>> {
  const byQueue = new Map<string, string[]>()
  for (const { fingerprint, queues } of causes)
    for (const queue of queues) byQueue.set(queue, [...(byQueue.get(queue) ?? []), fingerprint])
  const parts = await connection.attempt((client) =>
    Promise.all(
      [...byQueue].map(async ([queue, prints]) => {
        const args = [HOURS, ...prints]
        const counts = await readScript<number[][]>(client, 'trend', queueBase(prefix, queue), args)
        return prints.map((print, i) => [print, counts[i]!] as const)
      }),
    ),
  )
  const trends = new Map(causes.map(({ fingerprint }) => [fingerprint, Array<number>(HOURS).fill(0)]))
  for (const [print, counts] of parts.flat()) {
    const sums = trends.get(print)!
    counts.forEach((n, hour) => {
      sums[hour]! += n
    })
  }
  return trends
}
