import { describeCall } from '../../lib/core/describe-call.ts'
import { type QueueFacts, readQueueFacts, readRunning, redisNow } from '../../lib/redis/overview.ts'
import { allQueues, allWorkers, isSuspended, type WorkerView } from '../lib.ts'
import type { Session } from '../session.ts'

/** What `rq info` shows, and prints with `--json`. */
export interface Snapshot {
  readonly queues: readonly (QueueFacts & { readonly workers: number })[]
  readonly workers: readonly WorkerInfo[]
  readonly redis: { readonly address: string; readonly version: string }
  readonly isSuspended: boolean
}

export interface WorkerInfo extends WorkerView {
  readonly upMs: number
  /** One of the jobs that it runs. */
  readonly running: {
    readonly id: string
    readonly queue: string
    readonly call: string
    readonly forMs: number
  } | null
}

/** @param named queues to look at; all by default */
export async function takeSnapshot(session: Session, named: readonly string[]): Promise<Snapshot> {
  const { connection, prefix } = session
  const [known, all, suspended, { now, server }] = await Promise.all([
    named.length > 0 ? named : allQueues(session),
    allWorkers(session),
    isSuspended(session),
    connection.attempt(async (client) => ({
      now: await redisNow(client),
      server: await client.info('server'),
    })),
  ])
  const names = [...new Set(known)]
  const workers =
    named.length === 0 ? all : all.filter(({ queues }) => queues.some((queue) => names.includes(queue)))
  const [facts, running] = await Promise.all([
    readQueueFacts(connection, prefix, names),
    readRunning(connection, prefix, workers),
  ])
  return {
    queues: facts.map((queue) => ({
      ...queue,
      workers: all.filter(({ queues }) => queues.includes(queue.name)).length,
    })),
    workers: workers.map((worker, i) => {
      const job = running[i]
      const { id, queue, forMs } = job ?? {}
      return {
        ...worker,
        upMs: Math.max(0, now - worker.birth),
        running: job
          ? { id: id!, queue: queue!, call: describeCall(job.func, job.args), forMs: forMs! }
          : null,
      }
    }),
    redis: { address: connection.label.replace(/^redis (at )?/, ''), version: versionOf(server) },
    isSuspended: suspended,
  }
}

function versionOf(info: string): string {
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1]
  return valkey === undefined ? `redis ${/^redis_version:(\S+)/m.exec(info)?.[1] ?? '?'}` : `valkey ${valkey}`
}
