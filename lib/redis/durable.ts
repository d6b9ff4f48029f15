import type { Connection } from './connection.ts'
import { queueBase } from './keys.ts'

/**
 * How many replicas have what was written so far, at most after so many ms. On any connection: a server counts from the last command
 * that it was sent there, which is the one before WAIT. In a Cluster its key leads to the queue's node.
 */
export async function replicasWith(
  connection: Connection,
  prefix: string,
  queue: string,
  replicas: number,
  timeoutMs: number,
): Promise<number> {
  const replies = await connection.attempt((client) =>
    client
      .pipeline()
      .exists(`${queueBase(prefix, queue)}queued`)
      .call('WAIT', replicas, timeoutMs)
      .exec(),
  )
  const [error, count] = replies?.[1] ?? []
  if (error) throw error
  return Number(count)
}
