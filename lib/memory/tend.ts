import { ABANDONED } from '../core/abandoned.ts'
import { DEFAULTS } from '../core/options.ts'
import { ENDED, type EndedStatus, isEnded, type JobStatus } from '../core/states.ts'
import { conclude, failureTtlOf, keepRun, type Owed, tell } from './conclude.ts'
import { uncount } from './finish.ts'
import type { MemoryJob } from './job.ts'
import { keepTurn, vacate } from './limits.ts'
import type { Claim, MemoryQueue } from './memory-queue.ts'

/** Forgets ended jobs whose time is over; dependents that still wait for one are canceled. Answers how many. */
export function expire(queue: MemoryQueue, owed: Owed): number {
  queue.tendedAt = queue.now
  return ENDED.reduce((sum, state) => sum + expireState(queue, state, owed), 0)
}

export function expireState(queue: MemoryQueue, state: EndedStatus, owed: Owed): number {
  let expired = 0
  for (const id of queue.ended[state].upTo(queue.now)) {
    queue.ended[state].delete(id)
    // An id may be another job's by now, which is elsewhere.
    if ((queue.job(id)?.status ?? state) !== state) continue
    queue.forget(id)
    tell(queue, id, { status: 'gone' })
    if (queue.dependents.has(id)) owed.push({ queue, id })
    expired++
  }
  return expired
}

/** Takes out of one state what is in it in vain. No record is ever lost here, so that what waits needs nothing. */
export function cleanup(queue: MemoryQueue, state: JobStatus, owed: Owed): number {
  if (isEnded(state)) return expireState(queue, state, owed)
  if (state !== 'started') return 0
  const { recovered, abandoned } = recover(queue, owed)
  return recovered + abandoned
}

/** Takes back what workers hold whose lease has run out. */
export function recover(queue: MemoryQueue, owed: Owed): { recovered: number; abandoned: number } {
  const counts = { recovered: 0, abandoned: 0 }
  for (const worker of queue.workers.upTo(queue.now)) {
    for (const [id, claim] of [...queue.heldBy(worker)]) {
      queue.drop(worker, id)
      const job = queue.job(id)
      if (job) counts[recoverOne(queue, job, worker, claim, owed)]++
    }
    queue.workers.delete(worker)
  }
  return counts
}

/** Only a job that had begun counts a recovery, but any may have begun unnoticed, so each runs alone from now on. */
function recoverOne(
  queue: MemoryQueue,
  job: MemoryJob,
  worker: string,
  { score }: Claim,
  owed: Owed,
): 'recovered' | 'abandoned' {
  const { now } = queue
  const hasBegun = job.status === 'started'
  if (hasBegun) job.recoveries++
  if (hasBegun && job.recoveries >= DEFAULTS.maxRecoveries) {
    job.endedAt = now
    job.error = ABANDONED
    conclude(queue, job, 'failed', ABANDONED, failureTtlOf(job.options), owed)
    return 'abandoned'
  }
  vacate(queue, job)
  job.alone = true
  if (hasBegun) {
    const { attempt, startedAt = now } = job
    keepRun(job, { attempt, worker, startedAt, endedAt: now, outcome: 'abandoned' })
    uncount(job)
    job.queueDeadline = undefined
  } else keepTurn(job)
  queue.queued.add(job.id, score)
  return 'recovered'
}
