import type { Cluster, Redis, RedisOptions } from 'ioredis'
import { InvalidArgumentError } from '../core/errors.ts'
import { type Address, type ClusterSpec, MANY_SERVERS, readNodes, readUrlOfMany } from './many-servers.ts'

/**
 * Which Redis: a URL (`redis://`, `rediss://`, `redis+cluster://a:6379,b:6379`, `redis+sentinel://a:26379,b:26379/master`),
 * `host:port[:db]`, ioredis options, `{ cluster: ['a:6379'] }`, or an ioredis `Redis` or `Cluster`, which is borrowed and never closed.
 * @default REDIS_URL, else redis://127.0.0.1:6379
 */
export type ConnectionSpec = string | RedisOptions | ClusterSpec | Redis | Cluster

/** What a spec comes down to. `label` names the server in messages, without its password. */
export interface Target {
  readonly label: string
  readonly borrowed?: Redis | Cluster
  /** Some nodes of a Cluster; then `options` hold for each node. */
  readonly cluster?: readonly Address[]
  readonly options: RedisOptions
  /** Equal targets share one connection. */
  readonly key: string | object
}

const DEFAULT_URL = 'redis://127.0.0.1:6379'
const HOST_PORT = /^([\w.-]+|\[[0-9a-f:]+\]):(\d{1,5})(?::(\d{1,4}))?$/i

export function toTarget(spec: ConnectionSpec | undefined): Target {
  if (spec === undefined) return fromText(process.env.REDIS_URL || DEFAULT_URL)
  if (typeof spec === 'string') return fromText(spec)
  if (typeof spec === 'object' && spec !== null && isClient(spec)) {
    return { label: clientLabel(spec), borrowed: spec, options: {}, key: spec }
  }
  if (typeof spec === 'object' && spec !== null) {
    if ('cluster' in spec) {
      const { cluster, ...options } = spec
      return toCluster(readNodes(cluster), options, spec)
    }
    return { label: optionsLabel(spec), options: spec, key: spec }
  }
  throw invalid(String(spec))
}

function fromText(text: string): Target {
  const short = HOST_PORT.exec(text)
  if (short) {
    const [, host = '', port, db = '0'] = short
    return fromOptions({ host: host.replace(/^\[|\]$/g, ''), port: Number(port), db: Number(db) }, text)
  }
  const many = readUrlOfMany(text)
  if (many)
    return many.cluster ? toCluster(many.cluster, many.options, text) : fromOptions(many.options, text)
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw invalid(hidePassword(text))
  }
  if (url.protocol === 'unix:' || url.protocol === 'redis+unix:') {
    return fromOptions(
      { path: decodeURIComponent(url.pathname), db: Number(url.searchParams.get('db') ?? 0) },
      text,
    )
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') throw invalid(hidePassword(text))
  const db = url.pathname.slice(1)
  if (!/^\d*$/.test(db)) throw invalid(hidePassword(text))
  return fromOptions(
    {
      host: url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
      port: Number(url.port || 6379),
      db: Number(db || 0),
      ...(url.username && { username: decodeURIComponent(url.username) }),
      ...(url.password && { password: decodeURIComponent(url.password) }),
      ...(url.protocol === 'rediss:' && { tls: {} }),
    },
    text,
  )
}

function fromOptions(options: RedisOptions, key: string): Target {
  return { label: optionsLabel(options), options, key }
}

function toCluster(cluster: readonly Address[], options: RedisOptions, key: string | object): Target {
  const [{ host, port }] = cluster as [Address]
  return { label: `the redis cluster at ${host}:${port}`, cluster, options, key }
}

function optionsLabel(options: RedisOptions): string {
  if (options.path) return `redis at ${options.path}`
  if (options.sentinels) return `redis ${options.name ?? ''} through sentinels`
  return `redis at ${options.host ?? '127.0.0.1'}:${options.port ?? 6379}${options.db ? `/${options.db}` : ''}`
}

function clientLabel(client: Redis | Cluster): string {
  return client.isCluster ? 'the redis cluster' : optionsLabel((client as Redis).options)
}

/** By what it has: a client of another copy of ioredis is one too. */
export function isClient(value: object): value is Redis | Cluster {
  return 'sendCommand' in value && 'duplicate' in value && 'status' in value
}

/** Up to the last @, for a password may hold anything. */
export function hidePassword(text: string): string {
  return text.replace(/^([a-z+]*:\/\/)?.*@/is, '$1***@')
}

function invalid(got: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `connection: expected a URL such as redis://user:password@host:6379/0, ${MANY_SERVERS}, host:port[:db], ioredis options or an ioredis client, got ${JSON.stringify(got)}`,
  )
}
