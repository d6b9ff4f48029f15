import type { Claimed, Priorities } from '../core/store.ts'
import { cancelJob, type Owed } from './conclude.ts'
import { hasAux, type MemoryJob } from './job.ts'
import { admit } from './limits.ts'
import type { MemoryQueue } from './memory-queue.ts'
import { popBetween, promote, scoreOf } from './place.ts'

interface Taker {
  readonly worker: string
  readonly leaseMs: number
  readonly begin: boolean
  /** How many jobs it holds by now, in all queues. */
  readonly held: number
}

interface Place {
  readonly id: string
  readonly score: number
}

/** So many that must run alone are passed over in one call. */
const MOST_PASSED = 100

interface Handed {
  readonly jobs: Claimed[]
  /** Whether any was passed over because it must run alone. */
  readonly alone: boolean
  /** Whether nothing else is left. */
  readonly stuck: boolean
}

/** Claims the first jobs of a queue. */
export function claim(
  queue: MemoryQueue,
  want: number,
  taker: Taker,
  owed: Owed,
  priorities?: Priorities,
): Handed & { readonly popped: number } {
  promote(queue)
  const pop = (many: number) =>
    priorities ? popBetween(queue, priorities, many) : queue.queued.popFirst(many)
  const popped = pop(want)
  if (popped.length > 0) queue.lease(taker.worker, taker.leaseMs)
  return { ...handOver(queue, popped, taker, owed, pop), popped: popped.length }
}

/** Claims one job by its id, out of `queued`, or out of `scheduled` ahead of its time. */
export function take(queue: MemoryQueue, id: string, taker: Taker, owed: Owed): Claimed | undefined {
  let score = queue.queued.scoreOf(id)
  if (score !== undefined) {
    queue.queued.delete(id)
  } else if (queue.scheduled.delete(id)) {
    const job = queue.job(id)
    if (job) job.dueAt = undefined
    score = scoreOf(job?.priority ?? 0, queue.nextSeq())
  } else {
    return undefined
  }
  queue.lease(taker.worker, taker.leaseMs)
  return handOver(queue, [{ id, score }], taker, owed).jobs[0]
}

/** @param more takes those from behind the ones that must run alone, and are passed over */
function handOver(
  queue: MemoryQueue,
  popped: readonly Place[],
  { worker, begin, held }: Taker,
  owed: Owed,
  more?: (many: number) => readonly Place[],
): Handed {
  const jobs: Claimed[] = []
  const back: Place[] = []
  let alone = false
  let allPassed = 0
  let stuck = false
  for (let batch = popped; batch.length > 0; ) {
    let passed = 0
    for (const entry of batch) {
      const job = queue.job(entry.id)
      if (!job) continue
      if (job.queueDeadline !== undefined && job.queueDeadline <= queue.now) {
        cancelJob(queue, job, 'its time to wait in the queue (ttl) was over', owed)
      } else if (alone || (job.alone && (held > 0 || jobs.length > 0))) {
        if (!alone) passed++
        back.push(entry)
      } else if (admit(queue, job, entry.score)) {
        alone = job.alone
        const token = `${queue.nextClaim()}:${entry.score}`
        queue.hold(worker, job.id, { token, score: entry.score })
        jobs.push(toClaimed(queue, job, token))
        if (begin || alone) start(job, worker, queue.now, job.attempt + 1)
      }
    }
    allPassed += passed
    if (passed === 0 || alone || !more) break
    batch = allPassed < MOST_PASSED ? more(passed) : []
    stuck = batch.length < passed
  }
  for (const { id, score } of back) queue.queued.add(id, score)
  return { jobs, alone: allPassed > 0, stuck: stuck && !alone }
}

export function start(job: MemoryJob, worker: string, at: number, attempt: number): void {
  job.status = 'started'
  job.startedAt = at
  job.worker = worker
  job.attempt = attempt
}

function toClaimed(queue: MemoryQueue, job: MemoryJob, token: string): Claimed {
  return {
    id: job.id,
    queue: queue.name,
    token,
    func: job.func,
    args: job.args,
    options: Object.keys(job.options).length === 0 ? null : JSON.stringify(job.options),
    signature: job.signature,
    attempt: job.attempt + 1,
    recoveries: job.recoveries,
    repetitions: job.repetitions,
    snoozes: job.snoozes,
    meta: job.meta ?? null,
    waitedMs: Math.max(0, queue.now - (job.queuedAt ?? job.createdAt)),
    aux: hasAux(job),
    alone: job.alone,
  }
}
