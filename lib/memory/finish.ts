import type { EndedStatus } from '../core/states.ts'
import type { Beginning, Ending } from '../core/store.ts'
import { start } from './claim.ts'
import { conclude, keepRun, type Owed } from './conclude.ts'
import type { MemoryJob } from './job.ts'
import { keepTurn, vacate } from './limits.ts'
import type { Claim, MemoryQueue } from './memory-queue.ts'
import { intoQueue } from './place.ts'

/** Ends a claim. False where it does not stand any more. */
export function finish(queue: MemoryQueue, worker: string, ending: Ending, owed: Owed): boolean {
  const claim = standing(queue, worker, ending)
  const job = claim && queue.job(ending.id)
  if (!job) return false
  queue.drop(worker, job.id)
  switch (ending.kind) {
    case 'finished':
    case 'failed':
    case 'stopped':
    case 'cancel':
      end(queue, job, worker, ending.kind === 'cancel' ? 'canceled' : ending.kind, ending, owed)
      break
    case 'retry':
    case 'retryAsked':
    case 'repeat':
    case 'snooze':
    case 'sleep':
      runAgain(queue, job, worker, ending, ending.kind)
      break
    case 'giveBack':
    case 'giveBackAlone':
      giveBack(queue, job, claim, ending)
      break
    case 'giveBackLater':
      if (ending.ttl > 0) putOff(queue, job, ending.ttl)
      else giveBack(queue, job, claim, ending)
      break
    default:
      ending.kind satisfies never
  }
  return true
}

/** Notes that a job which was claimed ahead of need has begun. False where the claim does not stand any more. */
export function begin(queue: MemoryQueue, worker: string, beginning: Beginning): boolean {
  const job = queue.heldBy(worker).get(beginning.id)?.token === beginning.token && queue.job(beginning.id)
  if (!job) return false
  start(job, worker, queue.now - beginning.beganAgo, beginning.attempt)
  return true
}

function standing(queue: MemoryQueue, worker: string, { id, token }: Ending): Claim | undefined {
  const claim = queue.heldBy(worker).get(id)
  return claim && (token === claim.token || token === '*') ? claim : undefined
}

function end(
  queue: MemoryQueue,
  job: MemoryJob,
  worker: string,
  status: EndedStatus,
  ending: Ending,
  owed: Owed,
): void {
  job.endedAt = queue.now - Math.round(ending.endedAgo)
  job.startedAt = job.endedAt - Math.round(ending.ranMs)
  job.worker = worker
  job.attempt = ending.attempt
  if (status === 'finished') job.result = ending.payload
  else if (status === 'canceled') job.reason = ending.payload
  else job.error = ending.payload
  conclude(queue, job, status, ending.payload, ending.ttl, owed)
}

/** What the history says of a run that another one follows: after a failure, as its job asked, after a success, or put off. */
const AGAIN = {
  retry: 'failed',
  retryAsked: 'retried',
  repeat: 'finished',
  snooze: 'snoozed',
  sleep: 'slept',
} as const

/**
 * Its time to wait in the queue was for the first run. A repetition has all its attempts, and what was kept for retries is over; a retry
 * has one attempt less, and a job that puts itself off as many as before.
 */
function runAgain(
  queue: MemoryQueue,
  job: MemoryJob,
  worker: string,
  { attempt, payload, ttl: delay, atFront = false, endedAgo, ranMs }: Ending,
  kind: keyof typeof AGAIN,
): void {
  const endedAt = queue.now - Math.round(endedAgo)
  const run = { attempt, worker, startedAt: endedAt - Math.round(ranMs), endedAt, outcome: AGAIN[kind] }
  if (kind === 'repeat') keepRun(job, { ...run, result: payload })
  else keepRun(job, run, payload)
  vacate(queue, job)
  job.startedAt = undefined
  job.worker = undefined
  job.queueDeadline = undefined
  job.front = atFront && delay > 0
  if (kind === 'repeat') {
    job.attempt = 0
    job.recoveries = 0
    job.alone = false
    job.snoozes = 0
    job.steps.clear()
    job.repetitions++
  } else if (kind === 'snooze' || kind === 'sleep') {
    job.attempt = attempt - 1
    if (kind === 'snooze') job.snoozes++
  } else {
    job.attempt = attempt
  }
  if (delay > 0) {
    job.status = 'scheduled'
    job.dueAt = queue.now + delay
    queue.scheduled.add(job.id, job.dueAt)
  } else {
    job.status = 'queued'
    job.queuedAt = queue.now
    intoQueue(queue, job, atFront)
  }
}

/** Back to where it stood, its attempt uncounted. Of one that has begun the time to wait in the queue is over. */
function giveBack(queue: MemoryQueue, job: MemoryJob, claim: Claim, { kind }: Ending): void {
  vacate(queue, job)
  if (kind === 'giveBackAlone') job.alone = true
  if (job.status === 'started') {
    uncount(job)
    job.queueDeadline = undefined
  } else keepTurn(job)
  queue.queued.add(job.id, claim.score)
}

/** The same for a job that its worker cannot run: it waits a little. */
function putOff(queue: MemoryQueue, job: MemoryJob, delay: number): void {
  vacate(queue, job)
  if (job.status === 'started') uncount(job)
  keepTurn(job)
  job.status = 'scheduled'
  job.dueAt = queue.now + delay
  queue.scheduled.add(job.id, job.dueAt)
}

/** As though the run had never begun. */
export function uncount(job: MemoryJob): void {
  job.status = 'queued'
  job.startedAt = undefined
  job.worker = undefined
  job.attempt--
}
