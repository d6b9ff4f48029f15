import type { RedisOptions } from 'ioredis'
import { InvalidArgumentError } from '../core/errors.ts'

/** A node of a Redis Cluster, or a sentinel. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** A Redis Cluster by some of its nodes, `'host:port'` or `{ host, port }`; the rest of the options hold for each node. */
export interface ClusterSpec extends Omit<RedisOptions, 'host' | 'port' | 'path' | 'db' | 'sentinels'> {
  readonly cluster: readonly (string | Address)[]
}

/** What a URL that names several servers comes down to. */
export type ManyServers =
  | { readonly cluster: readonly Address[]; readonly options: RedisOptions }
  | { readonly cluster?: undefined; readonly options: RedisOptions }

const URL_OF_MANY = /^(rediss?)\+(cluster|sentinel):\/\/(?:(.*)@)?([^/?#@]+)(?:\/([^?#]*))?$/i
const ADDRESS = /^([^\s:,/]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?$/i
const NODE_PORT = 6379
const SENTINEL_PORT = 26_379

export const MANY_SERVERS =
  'redis+cluster://host:6379,host:6379 or redis+sentinel://host:26379,host:26379/master/0'

/**
 * Reads `redis+cluster://user:password@host:port,host:port` and `redis+sentinel://user:password@host:port,host:port/master/db`; `rediss`
 * for TLS. Undefined for any other text. @throws InvalidArgumentError
 */
export function readUrlOfMany(text: string): ManyServers | undefined {
  const found = URL_OF_MANY.exec(text)
  if (!found) return undefined
  const [, scheme = '', kind = '', login = '', hosts = '', path = ''] = found
  const isTls = scheme.toLowerCase() === 'rediss'
  const options = { ...readLogin(login), ...(isTls && { tls: {} }) }
  if (kind.toLowerCase() === 'cluster') {
    if (path !== '' && path !== '0') {
      throw new InvalidArgumentError(
        `connection: expected a Cluster without a database, for it has only 0, got /${path}`,
      )
    }
    return { cluster: hosts.split(',').map((host) => readAddress(host, NODE_PORT)), options }
  }
  const [name = '', db = '', ...rest] = path.split('/')
  if (name === '' || !/^\d*$/.test(db) || rest.length > 0) {
    throw new InvalidArgumentError(
      `connection: expected the name of the master, and maybe a database, behind the sentinels (/mymaster/0), got /${path}`,
    )
  }
  const sentinels = hosts.split(',').map((host) => readAddress(host, SENTINEL_PORT))
  const behind = { sentinels, name: decodeURIComponent(name), db: Number(db || 0) }
  return { options: { ...options, ...behind, ...(isTls && { sentinelTLS: {} }) } }
}

/** The nodes of a spec. @throws InvalidArgumentError */
export function readNodes(nodes: unknown): readonly Address[] {
  if (Array.isArray(nodes) && nodes.length > 0) return nodes.map((node) => readAddress(node, NODE_PORT))
  throw new InvalidArgumentError(
    `connection.cluster: expected some of the nodes, such as ['10.0.0.1:6379'], got ${JSON.stringify(nodes)}`,
  )
}

function readAddress(given: unknown, usualPort: number): Address {
  if (typeof given === 'object' && given !== null) {
    const { host, port = usualPort } = given as Partial<Address>
    if (typeof host === 'string' && Number.isInteger(port)) return { host, port }
  }
  const [, host, port = usualPort] = (typeof given === 'string' && ADDRESS.exec(given)) || []
  if (host !== undefined) return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
  throw new InvalidArgumentError(
    `connection: expected servers such as 10.0.0.1:6379, got ${JSON.stringify(given)}`,
  )
}

function readLogin(login: string): RedisOptions {
  const colon = login.indexOf(':')
  const [user, password] = colon < 0 ? [login, ''] : [login.slice(0, colon), login.slice(colon + 1)]
  return {
    ...(user && { username: decodeURIComponent(user) }),
    ...(password && { password: decodeURIComponent(password) }),
  }
}
