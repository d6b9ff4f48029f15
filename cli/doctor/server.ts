import { lookup } from 'node:dns/promises'
import type { Connection } from '../../lib/redis/connection.ts'
import { toTarget } from '../../lib/redis/target.ts'
import { redisNow } from '../../lib/redis/time.ts'
import { type Check, ok, problem, warn } from './finding.ts'

const SLOW_PING_MS = 50
const SKEW_MS = 1_000
const PINGS = 5

export const dns: Check = {
  name: 'dns',
  async look({ place }) {
    const { cluster, options } = toTarget(place.connection)
    const { host, path, sentinels } = options
    if (cluster) return [ok(`a cluster, by ${cluster.length} of its nodes`)]
    if (path) return [ok(`a socket, ${path}`)]
    if (sentinels) return [ok('through sentinels')]
    const name = host ?? '127.0.0.1'
    try {
      const found = await lookup(name, { all: true })
      return [ok(`${name} is ${found.map(({ address }) => address).join(', ')}`)]
    } catch (error) {
      return [
        problem(
          `${name} has no address: ${(error as Error).message}`,
          'Check the host in the URL, and the DNS of this machine.',
        ),
      ]
    }
  },
}

export const ping: Check = {
  name: 'ping',
  async look({ connection }) {
    await connection.attempt((client) => client.ping())
    const times: number[] = []
    for (let i = 0; i < PINGS; i++) {
      const from = performance.now()
      await connection.attempt((client) => client.ping())
      times.push(performance.now() - from)
    }
    const median = times.sort((a, b) => a - b)[Math.floor(PINGS / 2)]!
    const text = `${connection.label} answers in ${median.toFixed(1)} ms`
    if (median <= SLOW_PING_MS) return [ok(text)]
    return [
      warn(
        text,
        'Every step of a worker takes as long: bring the worker nearer to Redis, or raise its concurrency.',
      ),
    ]
  },
}

export const version: Check = {
  name: 'version',
  async look({ connection }) {
    // The connection has refused what is too old before it comes to this.
    const info = await connection.attempt((client) => client.info('server'))
    const valkey = field(info, 'valkey_version')
    return [ok(valkey === undefined ? `redis ${field(info, 'redis_version') ?? '?'}` : `valkey ${valkey}`)]
  },
}

export const eviction: Check = {
  name: 'eviction',
  async look({ connection }) {
    const memory = await connection.attempt((client) => client.info('memory'))
    const policy = field(memory, 'maxmemory_policy') ?? (await setting(connection, 'maxmemory-policy'))
    if (policy === undefined)
      return [warn('the eviction policy cannot be read', 'See that it is noeviction.')]
    if (policy === 'noeviction') return [ok('noeviction')]
    return [
      problem(
        `the policy is ${policy}: a Redis short of memory deletes jobs`,
        'Set maxmemory-policy noeviction, and give caches a server of their own.',
      ),
    ]
  },
}

export const persistence: Check = {
  name: 'persistence',
  async look({ connection }) {
    const info = await connection.attempt((client) => client.info('persistence'))
    if (field(info, 'aof_enabled') === '1') {
      const failed = field(info, 'aof_last_write_status') === 'err'
      if (!failed) return [ok('AOF is on')]
      return [problem('the last write of the AOF failed', 'Look at the disk of the server, and at its log.')]
    }
    return [
      warn(
        'AOF is off: a crash of Redis loses what was enqueued since its last snapshot',
        'Set appendonly yes, unless the jobs may be lost.',
      ),
    ]
  },
}

export const clock: Check = {
  name: 'clock',
  async look({ connection }) {
    const before = Date.now()
    const theirs = await connection.attempt(redisNow)
    const skew = theirs - (before + Date.now()) / 2
    const text = `this machine is ${Math.abs(skew / 1000).toFixed(1)} s ${skew > 0 ? 'behind' : 'ahead of'} Redis`
    if (Math.abs(skew) < SKEW_MS) return [ok('as that of Redis')]
    return [
      warn(
        `${text}; funq goes by the clock of Redis`,
        'Times of enqueueAt() come from this machine: run NTP on both.',
      ),
    ]
  },
}

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
}

/** Undefined where the user may not ask. */
async function setting(connection: Connection, name: string): Promise<string | undefined> {
  const reply = await connection.attempt((client) => client.config('GET', name)).catch(() => [])
  return Array.isArray(reply) ? (reply[1] as string | undefined) : undefined
}
