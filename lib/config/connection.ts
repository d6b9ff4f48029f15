import { unknownOption } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import type { ConnectionSpec } from '../redis/target.ts'

type Settings = Readonly<Record<string, unknown>>

const HOST_KEYS = ['host', 'port', 'db', 'username', 'password', 'tls']
export const CONNECTION_KEYS: readonly string[] = ['url', ...HOST_KEYS, 'sentinel']

const SENTINEL_KEYS = [
  'instances',
  'masterName',
  'db',
  'username',
  'password',
  'sentinelUsername',
  'sentinelPassword',
  'tls',
  'sentinelTls',
]
const RQ_SENTINEL_KEYS: Readonly<Record<string, string>> = {
  INSTANCES: 'instances',
  MASTER_NAME: 'masterName',
  DB: 'db',
  USERNAME: 'username',
  PASSWORD: 'password',
  SSL: 'tls',
}

/** Which Redis the settings name, if they do: `url`, or `host` and its like, or `sentinel`. @throws InvalidArgumentError */
export function toConnection(settings: Settings, where: string): ConnectionSpec | undefined {
  const { url, sentinel } = settings
  const byHost = HOST_KEYS.filter((key) => settings[key] !== undefined)
  const ways = [url !== undefined && 'url', byHost[0], sentinel !== undefined && 'sentinel'].filter(Boolean)
  if (ways.length > 1)
    throw new InvalidArgumentError(`${where}: expected one way to name the server, got ${ways.join(' and ')}`)
  if (url !== undefined) {
    if (typeof url === 'string') return url
    throw new InvalidArgumentError(
      `${where}: url: expected a text such as redis://127.0.0.1:6379/0, got ${typeof url}`,
    )
  }
  if (sentinel !== undefined) return throughSentinels(sentinel, where)
  return byHost.length === 0 ? undefined : { host: '127.0.0.1', ...serverOptions(settings, where) }
}

function serverOptions(settings: Settings, where: string): Record<string, unknown> {
  const { host, port, db, username, password, tls } = settings
  return {
    ...(host !== undefined && { host: String(host) }),
    ...(port !== undefined && { port: whole(port, 'port', where) }),
    ...(db !== undefined && { db: whole(db, 'db', where) }),
    ...(username !== undefined && { username: String(username) }),
    ...(password !== undefined && { password: String(password) }),
    ...toTls(tls, where),
  }
}

function throughSentinels(given: unknown, where: string): ConnectionSpec {
  if (typeof given !== 'object' || given === null) {
    throw new InvalidArgumentError(
      `${where}: sentinel: expected an object with instances and masterName, got ${String(given)}`,
    )
  }
  const settings: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    const key = Object.hasOwn(RQ_SENTINEL_KEYS, name) ? RQ_SENTINEL_KEYS[name]! : name
    if (!SENTINEL_KEYS.includes(key)) {
      throw new InvalidArgumentError(
        `${where}: ${
          unknownOption(
            `sentinel.${name}`,
            SENTINEL_KEYS.map((each) => `sentinel.${each}`),
          ).message
        }`,
      )
    }
    settings[key] = value
  }
  const { instances, masterName = 'mymaster', sentinelUsername, sentinelPassword } = settings
  const { tls: sentinelTLS } = toTls(settings.sentinelTls ?? settings.tls, where)
  if (!Array.isArray(instances) || instances.length === 0) {
    throw new InvalidArgumentError(
      `${where}: sentinel.instances: expected a list such as ['10.0.0.1:26379'], got ${String(instances)}`,
    )
  }
  return {
    sentinels: instances.map((instance) => toAddress(instance, where)),
    name: String(masterName),
    ...serverOptions(settings, where),
    ...(sentinelUsername !== undefined && { sentinelUsername: String(sentinelUsername) }),
    ...(sentinelPassword !== undefined && { sentinelPassword: String(sentinelPassword) }),
    ...(sentinelTLS !== undefined && { sentinelTLS }),
  }
}

/** `'host:port'`, RQ's `['host', port]`, or `{ host, port }`. */
function toAddress(instance: unknown, where: string): { host: string; port: number } {
  const [host, port] =
    typeof instance === 'string'
      ? (/^(.+):(\d+)$/.exec(instance)?.slice(1) ?? [instance])
      : Array.isArray(instance)
        ? instance
        : [(instance as Settings | null)?.host, (instance as Settings | null)?.port]
  if (typeof host !== 'string') {
    throw new InvalidArgumentError(
      `${where}: sentinel.instances: expected entries such as '10.0.0.1:26379', got ${String(instance)}`,
    )
  }
  return { host, port: whole(port ?? 26379, 'sentinel port', where) }
}

function toTls(tls: unknown, where: string): { tls?: object } {
  if (tls == null || tls === false || tls === '' || tls === 'false' || tls === '0') return {}
  if (tls === true || tls === 'true' || tls === '1') return { tls: {} }
  if (typeof tls === 'object') return { tls }
  throw new InvalidArgumentError(
    `${where}: tls: expected true or an object of TLS options, got ${String(tls)}`,
  )
}

function whole(value: unknown, key: string, where: string): number {
  if (/^\d{1,5}$/.test(String(value))) return Number(value)
  throw new InvalidArgumentError(`${where}: ${key}: expected a whole number, got ${String(value)}`)
}
