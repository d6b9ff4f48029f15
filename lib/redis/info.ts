import type { Redis } from 'ioredis'

/** What a server tells of itself. */
export interface RedisFacts {
  readonly version: string
  readonly usedBytes: number
  readonly maxBytes: number | null
  readonly policy: string | null
  readonly isAofOn: boolean
  readonly connectedClients: number
  readonly opsPerSecond: number
  readonly uptimeSeconds: number
}

export type Info = Readonly<Record<string, Readonly<Record<string, string>>>>

/** INFO as sections of names and values. */
export function parseInfo(text: string): Info {
  const sections: Record<string, Record<string, string>> = {}
  let section: Record<string, string> = {}
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('# ')) {
      section = sections[line.slice(2).toLowerCase()] = {}
      continue
    }
    const colon = line.indexOf(':')
    if (colon > 0) section[line.slice(0, colon)] = line.slice(colon + 1)
  }
  return sections
}

/** Of the node that answers, in a Cluster. Empty where the user may not ask. */
export async function readInfo(client: Redis): Promise<Info> {
  return parseInfo(await client.info().catch(() => ''))
}

export function toRedisFacts({
  server = {},
  memory = {},
  persistence = {},
  clients = {},
  stats = {},
}: Info): RedisFacts {
  const max = Number(memory.maxmemory ?? 0)
  return {
    version:
      server.valkey_version === undefined ? (server.redis_version ?? '?') : `valkey ${server.valkey_version}`,
    usedBytes: Number(memory.used_memory ?? 0),
    maxBytes: max > 0 ? max : null,
    policy: memory.maxmemory_policy ?? null,
    isAofOn: persistence.aof_enabled === '1',
    connectedClients: Number(clients.connected_clients ?? 0),
    opsPerSecond: Number(stats.instantaneous_ops_per_sec ?? 0),
    uptimeSeconds: Number(server.uptime_in_seconds ?? 0),
  }
}
