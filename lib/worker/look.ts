import type { StepReply } from '../core/store.ts'

/** While only jobs wait that this worker does not get, the bell would ring for those: it looks by itself, this often. */
const OTHERS_MS = 1_000

/** What a pass over the queues has seen. */
export interface Look {
  claimed: number
  looked: number
  paused: number
  left: boolean
  /** Whether jobs wait that this worker does not take. */
  others: boolean
  due: number
  /** What kept a queue from being asked. */
  trouble: unknown
}

export function newLook(): Look {
  return {
    claimed: 0,
    looked: 0,
    paused: 0,
    left: false,
    others: false,
    due: Number.POSITIVE_INFINITY,
    trouble: undefined,
  }
}

export function note(look: Look, { jobs, left, others, pausedFor, dueIn }: StepReply): void {
  look.looked++
  look.claimed += jobs.length
  look.left ||= left
  if (pausedFor !== null) look.paused++
  if (others) look.others = true
  const wait = pausedFor ?? (others ? Math.min(OTHERS_MS, dueIn ?? OTHERS_MS) : dueIn)
  if (wait !== null) look.due = Math.min(look.due, performance.now() + wait)
}
