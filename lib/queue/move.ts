import { InvalidArgumentError, InvalidStateError } from '../core/errors.ts'
import type { JobRecord } from '../core/record.ts'
import type { NewJob, Store } from '../core/store.ts'
import { refused } from './refusal.ts'

/**
 * Takes a waiting job out of its queue, then enqueues it in another one, by the same id: a crash in between leaves it canceled,
 * with the reason, rather than in both. Who waits for it is told that it was canceled. Its attempts start anew, its time to wait does not, and
 * a unique key with a time of its own is there the job's for as long as it lives.
 * @throws InvalidStateError where it is neither queued nor scheduled, or where others depend on it or a group counts it
 */
export async function move(
  store: Store,
  job: JobRecord & { readonly description: string },
  target: string,
): Promise<void> {
  const { id, queue, status, options } = job
  if (target === queue) {
    throw new InvalidArgumentError(`queue: expected another queue than ${queue}, where job ${id} is`)
  }
  if (status !== 'queued' && status !== 'scheduled') {
    throw refused(job, 'move', status, 'expected queued or scheduled')
  }
  const dependents = await store.dependents(queue, id)
  if (dependents.length > 0 || options.group !== undefined) {
    const who = options.group === undefined ? `${dependents.length} jobs depend on it` : 'it is in a group'
    throw new InvalidStateError(`cannot move job ${id}: ${who}, by its present queue`, id, status)
  }
  const canceled = await store.cancel(queue, id, `moved to queue ${target}`)
  if (canceled !== 'canceled') throw refused(job, 'move', canceled, 'a worker has it')
  // Else whoever forged a job would have it signed by the move.
  const isForged = store.signer !== undefined && !store.signer.isJob(queue, job)
  const moved = isForged ? { ...toMoved(job), signature: '' } : toMoved(job)
  const [answer] = await store.enqueue(target, [moved])
  if (!answer?.ok) {
    const other =
      answer?.code === 'duplicate' && answer.by !== undefined
        ? `its job ${answer.by} has the unique key`
        : 'it has a job of this id'
    throw new InvalidStateError(
      `cannot move job ${id} to queue ${target}: ${other}; the job is canceled in queue ${queue}, and can be requeued there`,
      id,
      'canceled',
    )
  }
  await store.delete(queue, id)
}

function toMoved(job: JobRecord): NewJob {
  const { id, func, args, options, priority, meta, scheduledFor, waitsUntil, uniqueKey, limit } = job
  return {
    id,
    ownId: true,
    func,
    args,
    options,
    ...(priority !== 0 && { priority }),
    ...(meta !== undefined && { meta }),
    ...(scheduledFor !== undefined && { dueMs: scheduledFor }),
    ...(waitsUntil !== undefined && { waitsUntil }),
    ...(uniqueKey !== undefined && { unique: { key: uniqueKey, onDuplicate: 'reject' } }),
    ...(limit !== undefined && { limit }),
    // One that is queued goes to the end of the other queue.
    ...(job.atFront && job.status === 'scheduled' && { atFront: true }),
  }
}
