import type { Connection } from './connection.ts'

/**
 * Settings of the server under which jobs can be lost, a sentence each with what to do. What a server does not tell, or the user may
 * not ask, is passed over: managed ones hide much.
 */
export async function unsafeSettings(connection: Connection): Promise<string[]> {
  const [memory, persistence] = await Promise.all([
    info(connection, 'memory'),
    info(connection, 'persistence'),
  ])
  const found: string[] = []
  const policy = field(memory, 'maxmemory_policy') ?? (await setting(connection, 'maxmemory-policy'))
  if (policy !== undefined && policy !== 'noeviction') {
    found.push(
      `${connection.label} has the eviction policy ${policy}: short of memory it deletes jobs. Set maxmemory-policy noeviction, and give caches a server of their own.`,
    )
  }
  if (field(persistence, 'aof_enabled') === '0' && (await setting(connection, 'save')) === '') {
    found.push(
      `${connection.label} writes nothing to disk: a restart of it loses all jobs. Set appendonly yes, unless they may be lost.`,
    )
  }
  return found
}

async function info(connection: Connection, section: string): Promise<string> {
  return connection.attempt((client) => client.info(section)).catch(() => '')
}

async function setting(connection: Connection, name: string): Promise<string | undefined> {
  const reply = await connection.attempt((client) => client.config('GET', name)).catch(() => [])
  if (Array.isArray(reply)) return reply[1] as string | undefined
  // RESP3 gives a map.
  return (reply as Record<string, string> | null)?.[name]
}

function field(text: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1]
}
