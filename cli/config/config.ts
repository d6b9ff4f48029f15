import { dirname, resolve } from 'node:path'
import { unknownOption } from '../../lib/core/did-you-mean.ts'
import type { ConnectionSpec } from '../../lib/redis/target.ts'
import { WORKER_OPTION_NAMES, type WorkerOptions } from '../../lib/worker/options.ts'
import { UsageError } from '../exit-codes.ts'
import { CONNECTION_KEYS, toConnection } from './connection.ts'

/** A config file's content, checked. */
export interface Config {
  readonly connection: ConnectionSpec | undefined
  readonly prefix: string | undefined
  readonly queues: readonly string[]
  /** What else a worker is given. */
  readonly worker: WorkerOptions
}

/** Options of a worker that are no business of a file: how it is connected stands in keys of their own. */
const NOT_IN_A_FILE: readonly string[] = ['connection', 'prefix', 'logger']

const KEYS = [
  ...CONNECTION_KEYS,
  'prefix',
  'queues',
  ...WORKER_OPTION_NAMES.filter((name) => !NOT_IN_A_FILE.includes(name)),
]

/** RQ's names of the settings. */
export const RQ_KEYS: Readonly<Record<string, string>> = {
  REDIS_URL: 'url',
  REDIS_HOST: 'host',
  REDIS_PORT: 'port',
  REDIS_DB: 'db',
  REDIS_USERNAME: 'username',
  REDIS_PASSWORD: 'password',
  REDIS_SSL: 'tls',
  SENTINEL: 'sentinel',
  QUEUES: 'queues',
  NAME: 'name',
}

/** @param where names the file in errors @throws UsageError */
export function checkConfig(raw: unknown, where: string): Config {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new UsageError(
      `${where}: expected an object of settings, got ${Array.isArray(raw) ? 'a list' : String(raw)}`,
    )
  }
  const settings: Record<string, unknown> = {}
  for (const [given, value] of Object.entries(raw)) {
    if (value === undefined || value === null) continue
    const key = Object.hasOwn(RQ_KEYS, given) ? RQ_KEYS[given]! : given
    if (!KEYS.includes(key)) {
      const known = /^[A-Z_]+$/.test(given) ? Object.keys(RQ_KEYS) : KEYS
      throw new UsageError(`${where}: ${unknownOption(given, known).message}`)
    }
    if (key in settings) throw new UsageError(`${where}: '${given}' sets ${key} a second time`)
    settings[key] = value
  }
  const { prefix, queues, imports, setup, ...rest } = settings
  const worker = Object.entries(rest).filter(([key]) => !CONNECTION_KEYS.includes(key))
  return {
    connection: toConnection(rest, where),
    prefix: prefix === undefined ? undefined : text(prefix, 'prefix', where),
    queues: queues === undefined ? [] : listOfText(queues, 'queues', where),
    worker: {
      ...(Object.fromEntries(worker) as WorkerOptions),
      ...(imports !== undefined && {
        imports: listOfText(imports, 'imports', where).map((each) => toModule(each, where)),
      }),
      ...(setup !== undefined && { setup: toSetup(setup, where) }),
    },
  }
}

function text(value: unknown, key: string, where: string): string {
  if (typeof value === 'string') return value
  throw new UsageError(`${where}: ${key}: expected a text, got ${typeof value} ${String(value)}`)
}

/** A path in a file is meant from that file's folder. */
function toModule(given: string, where: string): string {
  return given.startsWith('.') ? resolve(dirname(where), given) : given
}

/** The function itself cannot cross to a work-horse: that loads the file, and finds it there. */
function toSetup(given: unknown, where: string): string {
  if (typeof given === 'function') return where
  return toModule(text(given, 'setup', where), where)
}

function listOfText(value: unknown, key: string, where: string): string[] {
  const list = typeof value === 'string' ? value.split(/[\s,]+/).filter(Boolean) : value
  if (Array.isArray(list) && list.every((each) => typeof each === 'string')) return list
  throw new UsageError(`${where}: ${key}: expected a list of names, got ${typeof value} ${String(value)}`)
}
