import { checkConfig, RQ_KEYS } from '../../lib/config/config.ts'
import { CONNECTION_KEYS } from '../../lib/config/connection.ts'
import { loadConfig } from '../../lib/config/load.ts'
import type { Secret } from '../../lib/core/signature.ts'
import type { ConnectionSpec } from '../../lib/redis/target.ts'
import type { WorkerOptions } from '../../lib/worker/options.ts'
import type { PoolPart } from '../../lib/worker/pool.ts'
import type { GlobalFlags } from '../globals.ts'
import type { Host } from '../host.ts'

/** What a command works with, from flags, environment, config file and defaults. */
export interface Settings {
  readonly connection: ConnectionSpec | undefined
  readonly prefix: string | undefined
  /** What jobs are signed with, and must be. */
  readonly secret: Secret | undefined
  /** `path#export` of what arguments and results go through. */
  readonly codec: string | undefined
  /** Of the config file: which queues a worker without arguments works on, and its options. */
  readonly queues: readonly string[]
  readonly count: number | undefined
  readonly pools: readonly PoolPart[] | undefined
  readonly worker: WorkerOptions
  /** Where the connection and the prefix come from, in words. */
  readonly sources: { readonly connection: string; readonly prefix: string; readonly config: string }
}

interface Candidate<T> {
  readonly value: T | undefined
  readonly from: string
}

/**
 * A file named on purpose, by `--config` or RQ_CONFIG, is stronger than REDIS_URL, which many a machine sets for all programs;
 * one that was merely found is weaker.
 * @throws UsageError for a file that cannot be used
 */
export async function readSettings(flags: GlobalFlags, { env, cwd }: Host): Promise<Settings> {
  const config = await loadConfig({
    cwd,
    env,
    ...(flags.config !== undefined && { file: flags.config }),
    ...(flags.profile !== undefined && { profile: flags.profile }),
  })
  const { file, isNamed } = config
  const inFile = { value: config.connection, from: `${file}` }
  const ofEnv = (name: string) => ({ value: env[name] || undefined, from: name })
  const connection = first<ConnectionSpec>([
    { value: flags.url, from: '--url' },
    ofEnv('RQ_REDIS_URL'),
    ...(isNamed ? [inFile, ofEnv('REDIS_URL')] : [ofEnv('REDIS_URL'), inFile]),
    { value: rqConnection(env), from: 'REDIS_HOST and its like' },
    { value: phpConnection(env), from: 'REDIS_BACKEND' },
  ])
  const prefix = first([
    { value: flags.prefix, from: '--prefix' },
    ofEnv('RQ_PREFIX'),
    { value: config.prefix, from: `${file}` },
    { value: plainPrefix(env.PREFIX), from: 'PREFIX' },
  ])
  const secrets = (env.RQ_SECRET ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)
  return {
    connection: connection.value,
    prefix: prefix.value,
    secret: secrets.length > 0 ? secrets : config.worker.secret,
    codec: flags.codec ?? (env.RQ_CODEC || config.worker.codec),
    queues: config.queues,
    count: config.count,
    pools: config.pools,
    worker: config.worker,
    sources: { connection: connection.from, prefix: prefix.from, config: file ?? 'none' },
  }
}

function first<T>(candidates: readonly Candidate<T>[]): Candidate<T> {
  return candidates.find(({ value }) => value !== undefined) ?? { value: undefined, from: 'default' }
}

/** RQ reads the parts of an address from the environment too. */
function rqConnection(env: Host['env']): ConnectionSpec | undefined {
  const parts = Object.entries(RQ_KEYS).flatMap(([name, key]) =>
    env[name] && key !== 'url' && CONNECTION_KEYS.includes(key) && key !== 'sentinel'
      ? [[key, env[name]]]
      : [],
  )
  return checkConfig(Object.fromEntries(parts), 'environment').connection
}

/** php-resque's: `host:port`, with the number of the database apart. */
function phpConnection({ REDIS_BACKEND: backend, REDIS_BACKEND_DB: db }: Host['env']): string | undefined {
  if (!backend) return db ? `127.0.0.1:6379:${db}` : undefined
  if (!db) return backend
  return /^[\w.-]+(:\d+)?$/.test(backend)
    ? `${backend.includes(':') ? backend : `${backend}:6379`}:${db}`
    : `${backend.replace(/\/\d*$/, '')}/${db}`
}

/** Others set PREFIX as well, to a folder: only a word is meant for us. */
function plainPrefix(prefix: string | undefined): string | undefined {
  return prefix !== undefined && /^[\w:.-]+$/.test(prefix) ? prefix : undefined
}
