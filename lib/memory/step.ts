import type { Step, StepReply } from '../core/store.ts'
import { claim } from './claim.ts'
import type { Owed } from './conclude.ts'
import { begin, finish } from './finish.ts'
import type { MemoryQueue } from './memory-queue.ts'
import { waitsBetween } from './place.ts'

/** A worker's turn: records how jobs ended, notes which ones began, and claims more. */
export function step(
  queue: MemoryQueue,
  worker: string,
  leaseMs: number,
  { endings, beginnings, want, begin: beginAtOnce, held, priorities }: Step,
  owed: Owed,
): StepReply {
  const stale = [
    ...endings.filter((ending) => !finish(queue, worker, ending, owed)),
    ...beginnings.filter((beginning) => !begin(queue, worker, beginning)),
  ].map(({ id }) => id)
  const pausedFor = want === 0 ? null : queue.pausedFor
  if (want === 0 || pausedFor !== null)
    return { stale, jobs: [], dueIn: null, left: false, alone: false, pausedFor }
  const taker = { worker, leaseMs, begin: beginAtOnce, held }
  const { jobs, alone, stuck, popped } = claim(queue, want, taker, owed, priorities)
  const next = popped < want ? queue.scheduled.first : undefined
  const dueIn = next ? Math.max(0, next.score - queue.now) : null
  const isLeft = queue.queued.size > 0
  const left = isLeft && !stuck && (priorities === undefined || waitsBetween(queue, priorities))
  return { stale, jobs, dueIn, left, alone, pausedFor, ...(isLeft && !left && { others: true }) }
}
