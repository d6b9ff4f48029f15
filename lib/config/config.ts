import { dirname, resolve } from 'node:path'
import { unknownOption } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import type { ConnectionSpec } from '../redis/target.ts'
import { WORKER_OPTION_NAMES, type WorkerOptions } from '../worker/options.ts'
import type { PoolPart } from '../worker/pool.ts'
import { CONNECTION_KEYS, toConnection } from './connection.ts'
import { ofProfile, type Profile, withoutColons } from './profile.ts'

/** A config file's content, checked. */
export interface Config {
  readonly connection: ConnectionSpec | undefined
  readonly prefix: string | undefined
  /** With their weights, as `high:5`. */
  readonly queues: readonly string[]
  /** How many worker processes `rqworker` runs. */
  readonly count: number | undefined
  /** Worker processes with queues of their own. */
  readonly pools: readonly PoolPart[] | undefined
  /** What else a worker is given. */
  readonly worker: WorkerOptions
}

/** Options of a worker that are no business of a file: how it is connected stands in keys of their own. */
const NOT_IN_A_FILE: readonly string[] = ['connection', 'prefix', 'logger']

const KEYS = [
  ...CONNECTION_KEYS,
  'prefix',
  'queues',
  'count',
  'pools',
  'env',
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

/** Sidekiq's. */
const OTHER_KEYS: Readonly<Record<string, string>> = { ...RQ_KEYS, timeout: 'shutdownTimeout' }

/** Sidekiq's that mean nothing here, each with what does instead. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  verbose: '--verbose',
  logfile: '--log-dir, or where the process sends its output',
  pidfile: '--pid',
  tag: 'titlePrefix',
  labels: 'name',
  environment: 'RQ_ENV or --profile',
  require: 'imports',
  max_retries: 'the retry of each job',
  strict: 'queues without weights',
  dead_max_jobs: 'the failureTtl of each job',
}

const ALL_KEYS = [...KEYS, ...Object.keys(OTHER_KEYS), ...Object.keys(LEFT_OUT), 'capsules']

const NO_PROFILE: Profile = { name: 'development', isWanted: false }

/** @param where names the file in errors @throws InvalidArgumentError */
export function checkConfig(raw: unknown, where: string, profile: Profile = NO_PROFILE): Config {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new InvalidArgumentError(
      `${where}: expected an object of settings, got ${Array.isArray(raw) ? 'a list' : String(raw)}`,
    )
  }
  const given = ofProfile(withoutColons(raw as Record<string, unknown>), profile, where, ALL_KEYS)
  const { prefix, queues, count, pools, imports, setup, ...rest } = known(given, where)
  const worker = Object.entries(rest).filter(([key]) => !CONNECTION_KEYS.includes(key))
  return {
    connection: toConnection(rest, where),
    prefix: prefix === undefined ? undefined : text(prefix, 'prefix', where),
    queues: queues === undefined ? [] : toQueues(queues, 'queues', where),
    count: count === undefined ? undefined : whole(count, 'count', where),
    pools: pools === undefined ? undefined : toPools(pools, where),
    worker: {
      ...(Object.fromEntries(worker) as WorkerOptions),
      ...(imports !== undefined && {
        imports: listOfText(imports, 'imports', where).map((each) => toModule(each, where)),
      }),
      ...(setup !== undefined && { setup: toSetup(setup, where) }),
    },
  }
}

/** The settings under our own names. */
function known(raw: Readonly<Record<string, unknown>>, where: string): Record<string, unknown> {
  const settings: Record<string, unknown> = {}
  for (const [given, value] of Object.entries(raw)) {
    if (value === undefined || value === null) continue
    if (Object.hasOwn(LEFT_OUT, given)) {
      process.emitWarning(`${where}: ${given} is left out: see ${LEFT_OUT[given]}`)
      continue
    }
    if (given === 'capsules')
      throw new InvalidArgumentError(
        `${where}: capsules: expected pools: [{ queues, concurrency }] in their place`,
      )
    const key = Object.hasOwn(OTHER_KEYS, given) ? OTHER_KEYS[given]! : given
    if (!KEYS.includes(key)) {
      const names = /^[A-Z_]+$/.test(given) ? Object.keys(RQ_KEYS) : KEYS
      throw new InvalidArgumentError(`${where}: ${unknownOption(given, names).message}`)
    }
    if (key in settings) throw new InvalidArgumentError(`${where}: '${given}' sets ${key} a second time`)
    settings[key] = value
  }
  return settings
}

function text(value: unknown, key: string, where: string): string {
  if (typeof value === 'string') return value
  throw new InvalidArgumentError(`${where}: ${key}: expected a text, got ${typeof value} ${String(value)}`)
}

function whole(value: unknown, key: string, where: string): number {
  if (Number.isInteger(value) && (value as number) > 0) return value as number
  throw new InvalidArgumentError(
    `${where}: ${key}: expected a whole number of at least 1, got ${String(value)}`,
  )
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
  throw new InvalidArgumentError(
    `${where}: ${key}: expected a list of names, got ${typeof value} ${String(value)}`,
  )
}

/** Sidekiq's `[high, 5]` is `high:5`. */
function toQueues(value: unknown, key: string, where: string): string[] {
  if (!Array.isArray(value)) return listOfText(value, key, where)
  return listOfText(
    value.map((each) => (Array.isArray(each) && each.length === 2 ? each.join(':') : each)),
    key,
    where,
  )
}

function toPools(value: unknown, where: string): PoolPart[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new InvalidArgumentError(`${where}: pools: expected a list of pools, got ${String(value)}`)
  return value.map((each, i) => {
    const what = `pools[${i}]`
    if (typeof each !== 'object' || each === null)
      throw new InvalidArgumentError(`${where}: ${what}: expected { queues, count }, got ${String(each)}`)
    const { queues, count, concurrency, ...rest } = each as Record<string, unknown>
    const [unknown] = Object.keys(rest)
    if (unknown !== undefined)
      throw new InvalidArgumentError(
        `${where}: ${what}: ${unknownOption(unknown, ['queues', 'count', 'concurrency']).message}`,
      )
    return {
      queues: toQueues(queues, `${what}.queues`, where),
      ...(count !== undefined && { count: whole(count, `${what}.count`, where) }),
      ...(concurrency !== undefined && { concurrency: whole(concurrency, `${what}.concurrency`, where) }),
    }
  })
}
