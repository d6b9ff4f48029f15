import { Cluster, Redis } from 'ioredis'
import { toTarget } from '../../lib/redis/target.ts'

/** A client of the run's server, to look behind what is tested. Of a Cluster it is one too, but for commands of one node. */
export function plainClient(url: string): Redis {
  const { cluster, options } = toTarget(url)
  const client = cluster ? (new Cluster([...cluster]) as unknown as Redis) : new Redis(options as object)
  // The tests that take servers away ask again.
  return client.on('error', () => {})
}

/** The servers that hold keys. */
export function mastersOf(redis: Redis): readonly Redis[] {
  return redis.isCluster ? (redis as unknown as Cluster).nodes('master') : [redis]
}
