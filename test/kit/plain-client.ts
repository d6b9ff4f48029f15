import { Cluster, Redis } from 'ioredis'
import { toTarget } from '../../lib/redis/target.ts'

/** A client of the run's server, to look behind what is tested. Of a Cluster it is one too, but for commands of one node. */
export function plainClient(url: string): Redis {
  const { cluster, options } = toTarget(url)
  const client = cluster ? (new Cluster([...cluster]) as unknown as Redis) : new Redis(options as object)
  // The tests that take servers away ask again.
  return client.on('error', () => {})
}

/** The servers that hold keys, as it is now: a client finds out about a failover when it is next sent elsewhere. */
export async function mastersOf(redis: Redis): Promise<readonly Redis[]> {
  if (!redis.isCluster) return [redis]
  const cluster = redis as unknown as Cluster
  await new Promise<void>((resolve, reject) =>
    cluster.refreshSlotsCache((error) => (error ? reject(error) : resolve())),
  )
  return cluster.nodes('master')
}
