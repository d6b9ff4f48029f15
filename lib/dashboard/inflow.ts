import type { Pace } from './data/index.ts'

const MINUTE_MS = 60_000
/** Of less a rate would say too much. */
const SHORTEST_MS = 20_000

/** How many jobs a minute come into a queue: those that are more, and those that were taken. Null where it is not known. */
export function inflow({ before }: Pace, queued: number, now: number): number | null {
  if (before === null || now - before.at < SHORTEST_MS) return null
  return Math.max(0, ((queued - before.queued + before.ended) * MINUTE_MS) / (now - before.at))
}
