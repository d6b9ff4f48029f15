import { UnsupportedServerError } from '../core/errors.ts'

/** The oldest servers whose scripts and commands funq relies on. */
const OLDEST = { redis: [7, 0], valkey: [7, 2] } as const

/** What is wrong with a server, by its INFO; nothing where it is fine or does not say. */
export function checkServer(info: string, label: string): Error | undefined {
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1]
  const kind = valkey ? 'valkey' : 'redis'
  const version = valkey ?? /^redis_version:(\S+)/m.exec(info)?.[1]
  if (!version) return undefined
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldMajor, oldMinor] = OLDEST[kind]
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return undefined
  return new UnsupportedServerError(
    `${label} is ${kind} ${version}; expected redis ${OLDEST.redis.join('.')} or valkey ${OLDEST.valkey.join('.')}, or newer. Upgrade the server.`,
  )
}
