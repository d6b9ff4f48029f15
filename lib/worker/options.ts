import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { unknownOption } from '../core/did-you-mean.ts'
import { type Duration, toMs } from '../core/duration.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { checkQueueName } from '../core/names.ts'
import { DEFAULTS } from '../core/options.ts'
import { projectRoot } from '../core/project-root.ts'
import type { ConnectionSpec } from '../redis/target.ts'
import type { Isolation } from './horse/horse.ts'
import { type Logger, toLogger } from './logger.ts'

export interface WorkerOptions {
  /** @default REDIS_URL, else redis://127.0.0.1:6379 */
  readonly connection?: ConnectionSpec
  /** @default 'funq' */
  readonly prefix?: string
  /** Unique among all workers. @default host.pid.random */
  readonly name?: string
  /** How many jobs run at once. @default 1 */
  readonly concurrency?: number
  /** How many processes or threads they run in. @default one for each concurrent job */
  readonly horses?: number
  /** Where jobs run: child processes, worker threads, or this process. @default 'process' */
  readonly isolation?: Isolation
  /** Heap limit of each process or thread, in MiB: a job that needs more fails. @default Node's own */
  readonly maxMemoryMb?: number
  /** End when the queues are empty. @default false */
  readonly burst?: boolean
  /** Folders that task paths are relative to. @default the project's root: the nearest folder upward with a package.json */
  readonly paths?: readonly string[]
  /** Hears what the worker does: console- or pino-shaped. @default none */
  readonly logger?: Logger
  /** How long a stopping worker waits for its jobs; those left then go back to their queue. @default 25 s */
  readonly shutdownTimeout?: Duration
  /** Whether the log shows each call with its arguments. @default true */
  readonly logDescriptions?: boolean
}

/** Worker options checked, with their defaults. */
export interface CheckedWorkerOptions {
  readonly name: string
  readonly queues: readonly string[]
  readonly concurrency: number
  readonly horses: number
  readonly isolation: Isolation
  readonly maxMemoryMb: number | undefined
  readonly burst: boolean
  readonly paths: readonly string[]
  readonly logger: Logger
  readonly shutdownMs: number
  readonly logDescriptions: boolean
}

/** What may be set; the config file of `rq` takes the same names. */
export const WORKER_OPTION_NAMES = [
  'connection',
  'prefix',
  'name',
  'concurrency',
  'horses',
  'isolation',
  'maxMemoryMb',
  'burst',
  'paths',
  'logger',
  'shutdownTimeout',
  'logDescriptions',
] as const satisfies (keyof WorkerOptions)[]

const ISOLATIONS = ['process', 'thread', 'none'] as const

export function checkWorkerOptions(
  queues: string | readonly string[],
  options: WorkerOptions,
): CheckedWorkerOptions {
  for (const option of Object.keys(options))
    if (!(WORKER_OPTION_NAMES as readonly string[]).includes(option))
      throw unknownOption(option, WORKER_OPTION_NAMES)
  const names = [queues].flat().map(checkQueueName)
  if (names.length === 0)
    throw new InvalidArgumentError('queues: expected at least one queue name, got an empty list')
  const { isolation = 'process', name = `${safeHost()}.${process.pid}.${randomBytes(4).toString('hex')}` } =
    options
  if (!ISOLATIONS.includes(isolation)) {
    throw new InvalidArgumentError(
      `isolation: expected one of ${ISOLATIONS.join(', ')}, got ${JSON.stringify(isolation)}`,
    )
  }
  if (!/^[\w.-]{1,128}$/.test(name)) {
    throw new InvalidArgumentError(
      `worker name: expected 1 to 128 letters, digits, '_', '-' or '.', got ${JSON.stringify(name)}`,
    )
  }
  const concurrency = positive(options.concurrency ?? DEFAULTS.concurrency, 'concurrency')
  return {
    name,
    queues: [...new Set(names)],
    concurrency,
    horses:
      isolation === 'none' ? 1 : Math.min(concurrency, positive(options.horses ?? concurrency, 'horses')),
    isolation,
    maxMemoryMb: options.maxMemoryMb === undefined ? undefined : positive(options.maxMemoryMb, 'maxMemoryMb'),
    burst: options.burst ?? false,
    paths: options.paths && options.paths.length > 0 ? options.paths : [projectRoot()],
    logger: toLogger(options.logger),
    shutdownMs: toMs(options.shutdownTimeout ?? DEFAULTS.shutdownMs / 1000, 'shutdownTimeout'),
    logDescriptions: options.logDescriptions ?? true,
  }
}

function positive(value: unknown, what: string): number {
  if (Number.isInteger(value) && (value as number) > 0 && (value as number) <= 1_000_000)
    return value as number
  throw new InvalidArgumentError(`${what}: expected a whole number of at least 1, got ${String(value)}`)
}

function safeHost(): string {
  return hostname()
    .replace(/[^\w.-]/g, '-')
    .slice(0, 60)
}
