import { Cluster, Redis } from 'ioredis'

/**
 * The classes of ioredis. As it is built (lib/bundle.ts) they are loaded by the first call: that is half of what an import of funq would
 * cost, paid only by a process that talks to Redis.
 */
export function ioredis(): { Cluster: typeof Cluster; Redis: typeof Redis } {
  return { Cluster, Redis }
}
