import type { JobStatus } from '../lib/core/states.ts'
import { CommandError, EXIT } from './exit-codes.ts'
import type { Session } from './session.ts'

/**
 * The few functions of the library that commands call and that are made elsewhere: Worker.all, Queue.all, q.pause, q.resume,
 * q.empty, q.delete, suspend, resume, watchEvents. Their bodies are replaced by calls of these.
 */

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
}

export interface QueueEvent {
  readonly queue: string
  readonly id: string
  readonly status: JobStatus
  /** Milliseconds since 1970. */
  readonly at: number
}

type Progress = (done: number) => void

/** Worker.all */
export async function allWorkers({ connection, prefix }: Session): Promise<WorkerView[]> {
  const { WorkerRegistry } = await import('../lib/redis/worker-registry.ts')
  const known = await new WorkerRegistry(connection, prefix).all()
  return known.map((facts) => {
    const text = (field: string, otherwise = '') => String(facts[field] ?? otherwise)
    const count = (field: string) => Number(facts[field] ?? 0)
    return {
      name: facts.name,
      queues: facts.queues,
      state: text('state', '?'),
      host: text('host'),
      pid: count('pid'),
      version: text('version'),
      busy: count('busy'),
      finished: count('finished'),
      failed: count('failed'),
      birth: count('birth'),
      heartbeat: count('heartbeat'),
    }
  })
}

/** Queue.all */
export function allQueues({ store }: Session): Promise<string[]> {
  return store.queues()
}

/** q.empty(): deletes what is queued, and answers how much that was. */
export async function emptyQueue(session: Session, queue: string, onProgress?: Progress): Promise<number> {
  return deleteAll(session, queue, 'queued', onProgress)
}

/** q.delete(): deletes all jobs, then the queue. */
export async function deleteQueue(session: Session, queue: string, onProgress?: Progress): Promise<number> {
  const { connection, prefix } = session
  let deleted = 0
  for (const state of [
    'queued',
    'scheduled',
    'deferred',
    'finished',
    'failed',
    'stopped',
    'canceled',
  ] as const) {
    const before = deleted
    deleted += await deleteAll(session, queue, state, (done) => onProgress?.(before + done))
  }
  await connection.attempt((client) => client.srem(`${prefix}:queues`, queue))
  return deleted
}

async function deleteAll(
  { store }: Session,
  queue: string,
  state: JobStatus,
  onProgress?: Progress,
): Promise<number> {
  let deleted = 0
  // Ahead stay those that could not be deleted, because a worker had just claimed them.
  for (let kept = 0; ; ) {
    const ids = await store.list(queue, state, { offset: kept, limit: 500 })
    if (ids.length === 0) return deleted
    const answers = await Promise.all(ids.map((id) => store.delete(queue, id)))
    const done = answers.filter((answer) => answer === 'deleted').length
    deleted += done
    kept += ids.length - done
    onProgress?.(deleted)
  }
}

/** q.pause({ for }) @param duration until resumed by default */
export async function pauseQueue(_session: Session, _queue: string, _duration?: string): Promise<void> {
  throw unavailable('q.pause')
}

/** q.resume() */
export async function resumeQueue(_session: Session, _queue: string): Promise<void> {
  throw unavailable('q.resume')
}

/** suspend({ connection, prefix, for }) */
export async function suspendAll(_session: Session, _duration?: string): Promise<void> {
  throw unavailable('suspend')
}

/** resume({ connection, prefix }) */
export async function resumeAll(_session: Session): Promise<void> {
  throw unavailable('resume')
}

/** isSuspended({ connection, prefix }) */
export async function isSuspended({ connection, prefix }: Session): Promise<boolean> {
  const until = await connection.attempt((client) => client.get(`${prefix}:suspended`))
  return until === 'inf' || Number(until ?? 0) > Date.now()
}

/** watchEvents(queue, onEvent, { connection, prefix, signal }): resolves when the signal aborts. */
export async function watchQueue(
  _session: Session,
  _queue: string,
  _onEvent: (event: QueueEvent) => void,
  _signal: AbortSignal,
): Promise<void> {
  throw unavailable('watchEvents')
}

function unavailable(what: string): CommandError {
  return new CommandError(EXIT.failed, 'NOT_AVAILABLE', `${what} is not available in this version of funq`)
}
