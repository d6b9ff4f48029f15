import { toMs } from '../lib/core/duration.ts'
import type { JobStatus } from '../lib/core/states.ts'
import type { Act } from '../lib/queue/audited.ts'
import type { QueueEvent } from '../lib/queue/events.ts'
import type { Queue } from '../lib/queue/queue.ts'
import type { WorkerSnapshot } from '../lib/worker/fleet.ts'
import type { Session } from './session.ts'

/**
 * What commands ask of the library beyond their session's store. It is loaded when it is needed, for `--help` must not wait for the
 * Redis client.
 */

export type { QueueEvent }

export interface WorkerView {
  readonly name: string
  readonly queues: readonly string[]
  readonly state: string
  readonly host: string
  readonly pid: number
  readonly version: string
  /** How many jobs it holds. */
  readonly busy: number
  readonly finished: number
  readonly failed: number
  /** Milliseconds since 1970. */
  readonly birth: number
  readonly heartbeat: number
  /** Milliseconds by which its event loop was late since the heartbeat before; null where it does not tell. */
  readonly eventLoopLag: WorkerSnapshot['eventLoopLag']
}

type Progress = (done: number) => void

export async function allWorkers({ place }: Session): Promise<WorkerView[]> {
  const { allWorkers } = await import('../lib/worker/fleet.ts')
  return (await allWorkers(place)).map(toView)
}

function toView(worker: WorkerSnapshot): WorkerView {
  const { name, queues, state, host, pid, version, currentJobIds, birthDate, lastHeartbeat } = worker
  return {
    name,
    queues,
    state,
    host,
    pid,
    version,
    busy: currentJobIds.length,
    finished: worker.successfulJobCount,
    failed: worker.failedJobCount,
    birth: birthDate.getTime(),
    heartbeat: lastHeartbeat.getTime(),
    eventLoopLag: worker.eventLoopLag,
  }
}

export function allQueues({ store }: Session): Promise<string[]> {
  return store.queues()
}

/** Deletes the jobs of some states, and answers how many those were. */
export async function emptyQueue(
  session: Session,
  queue: string,
  states: readonly JobStatus[],
  onProgress: Progress = () => {},
): Promise<number> {
  const { deleteAll } = await import('../lib/queue/sweep.ts')
  const work = async () => {
    let done = 0
    for (const state of states)
      done += await deleteAll(session.store, queue, state, {
        onProgress: (count) => onProgress(done + count),
      })
    return done
  }
  return noted(session, { action: 'queue:empty', subject: queue }, work, (removed) => removed)
}

/** Does what changes things, and writes it into the audit log. */
export async function noted<T>(
  { store, actor }: Session,
  act: Act,
  work: () => Promise<T>,
  countOf?: (result: T) => number,
): Promise<T> {
  const { audited } = await import('../lib/queue/audited.ts')
  return audited(store, actor, act, work, countOf)
}

/** Deletes all jobs, then the queue. Answers how many jobs that were. */
export async function deleteQueue(session: Session, queue: string, onProgress?: Progress): Promise<number> {
  let deleted = 0
  const work = () =>
    withQueue(session, queue, (q) =>
      q.delete({
        onProgress(count) {
          deleted = count
          onProgress?.(count)
        },
      }),
    )
  await noted(session, { action: 'queue:delete', subject: queue }, work, () => deleted)
  return deleted
}

/** @param duration until resumed by default */
export async function pauseQueue(
  session: Session,
  queue: string,
  { for: duration, reason = '' }: { readonly for?: string; readonly reason?: string } = {},
): Promise<void> {
  const { pauseNote } = await import('../lib/queue/suspend.ts')
  const { store, actor } = session
  const note = pauseNote({ by: actor.who, reason })
  await noted(session, { action: 'queue:pause', subject: queue, note: reason }, () =>
    store.pause(queue, 'paused', duration === undefined ? null : toMs(duration, 'for'), note),
  )
}

export async function resumeQueue(session: Session, queue: string): Promise<void> {
  await noted(session, { action: 'queue:resume', subject: queue }, () =>
    session.store.resume(queue, 'paused'),
  )
}

export async function suspendAll(session: Session, duration?: string): Promise<void> {
  const { suspend } = await import('../lib/queue/suspend.ts')
  await noted(session, { action: 'all:suspend', subject: '' }, () =>
    suspend({ ...session.place, ...(duration !== undefined && { for: duration }) }),
  )
}

export async function resumeAll(session: Session): Promise<void> {
  const { resume } = await import('../lib/queue/suspend.ts')
  await noted(session, { action: 'all:resume', subject: '' }, () => resume(session.place))
}

export async function isSuspended({ place }: Session): Promise<boolean> {
  const { isSuspended } = await import('../lib/queue/suspend.ts')
  return isSuspended(place)
}

/** Resolves when the signal aborts. */
export async function watchQueues(
  { place: { connection, prefix } }: Session,
  queues: readonly string[],
  onEvent: (event: QueueEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const { watchEvents } = await import('../lib/queue/events.ts')
  await watchEvents(queues, onEvent, { connection, prefix, signal })
}

async function withQueue<T>(
  { place }: Session,
  name: string,
  work: (queue: Queue) => Promise<T>,
): Promise<T> {
  const { Queue } = await import('../lib/queue/queue.ts')
  const queue = new Queue(name, place)
  try {
    return await work(queue)
  } finally {
    await queue.close()
  }
}
