import type { Socket } from 'node:net'
import type { Cluster, Redis, RedisOptions } from 'ioredis'
import { DEFAULTS } from '../core/options.ts'
import { ioredis } from './ioredis.ts'
import type { Address } from './many-servers.ts'

/** How long a node may take to say who has which slots. ioredis's second is too short for a busy one. */
const SLOTS_TIMEOUT_MS = 3_000
/** Long enough for nodes that a failover or a MOVED made known, short enough that the caller's patience decides. */
const REDIRECTIONS = 16

/**
 * A client of a Cluster of ours. As with a single server it neither opens itself again nor sends again: `Link` and `Connection` do,
 * who know what may be repeated. Redirections it follows.
 */
export function newClusterClient(nodes: readonly Address[], options: RedisOptions): Cluster {
  const { keyPrefix, natMap, ...redisOptions } = options
  const { Cluster } = ioredis()
  return new Cluster([...nodes], {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: () => null,
    retryDelayOnFailover: 0,
    slotsRefreshTimeout: SLOTS_TIMEOUT_MS,
    maxRedirections: REDIRECTIONS,
    ...(keyPrefix !== undefined && { keyPrefix }),
    ...(natMap != null && { natMap }),
    // ioredis resolves names once, and would check certificates against addresses.
    ...(options.tls && {
      dnsLookup: (name: string, done: (error: null, address: string) => void) => done(null, name),
    }),
    redisOptions: {
      connectTimeout: DEFAULTS.connectTimeoutMs,
      ...redisOptions,
      maxRetriesPerRequest: null,
      autoResendUnfulfilledCommands: false,
    } as object,
  })
}

/** The sockets that a client has open; ioredis has no word for that of a Cluster's subscriber. */
export function socketsOf(client: Redis | Cluster): Socket[] {
  if (!client.isCluster) return [(client as Redis).stream as Socket | undefined].filter((one) => one != null)
  const { subscriber } = client as unknown as { subscriber?: { getInstance(): Redis | null } }
  return [...(client as Cluster).nodes('all'), subscriber?.getInstance()]
    .map((node) => node?.stream as Socket | undefined)
    .filter((one) => one != null)
}
