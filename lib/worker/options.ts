import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { checkCodecName } from '../core/codec.ts'
import { checkKnown } from '../core/did-you-mean.ts'
import { type Duration, toMs, toMsOrForever } from '../core/duration.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { parseFunctionName } from '../core/function-name.ts'
import { DEFAULTS } from '../core/options.ts'
import { projectRoot } from '../core/project-root.ts'
import type { Secret } from '../core/signature.ts'
import type { Priorities } from '../core/store.ts'
import type { ConnectionSpec } from '../redis/target.ts'
import type { Bootstrap, WorkerPlace } from '../run/bootstrap.ts'
import type { ExceptionHandler } from '../run/exception-handlers.ts'
import { CAPACITY } from './horse/gate.ts'
import type { Isolation } from './horse/horse.ts'
import { type FieldLogger, type Log, type Logger, toLogger } from './logger.ts'
import { isOn, oneOf, port, positive, span } from './option-checks.ts'
import { checkPriorities } from './priorities.ts'
import type { ProbeOptions } from './probe-server.ts'
import { type DequeueStrategy, STRATEGIES } from './queue-order.ts'
import { QueueSet } from './queue-set.ts'

/** How a worker works: what `new Worker` takes, and the config file under the same names. */
export interface WorkerOptions {
  /** @default REDIS_URL, else redis://127.0.0.1:6379 */
  readonly connection?: ConnectionSpec
  /** @default 'funq' */
  readonly prefix?: string
  /** Runs only jobs that were signed with it, or with one of them; see StoreOptions. @default none */
  readonly secret?: Secret
  /**
   * `path#export` of what arguments and results go through, as './codec#codec': work-horses load it, as they load the functions of
   * jobs. See docs/security.md. @default none
   */
  readonly codec?: string
  /** Unique among all workers. @default host.pid.random */
  readonly name?: string
  /** How many jobs run at once; at most 4096 in each work-horse. @default 1 */
  readonly concurrency?: number
  /** How many processes or threads they run in. @default one for each concurrent job */
  readonly horses?: number
  /** Where jobs run: child processes, worker threads, or this process. @default 'process' */
  readonly isolation?: Isolation
  /**
   * Heap limit of each process or thread, in MiB: a job that needs more fails. A process that has grown by more than that since it was ready,
   * Buffers and native memory included, is replaced between its jobs; of a thread only the heap is bounded, of `none` nothing. @default Node's own
   */
  readonly maxMemoryMb?: number
  /** Keeps what jobs print with their log, as well as showing it. @default false */
  readonly captureOutput?: boolean
  /** End when the queues are empty. @default false */
  readonly burst?: boolean
  /** Folders that task paths are relative to. @default the project's root: the nearest folder upward with a package.json */
  readonly paths?: readonly string[]
  /**
   * Modules that each work-horse loads before its first job: paths from the `paths`, absolute ones, or packages. What they set up is there
   * for the jobs, and nowhere else. @default none
   */
  readonly imports?: readonly string[]
  /** A module whose `setup({ name, queues })`, exported or in its default export, each work-horse awaits after the imports. @default none */
  readonly setup?: string
  /** Hears what the worker does: console, pino, winston, or the like. @default none */
  readonly logger?: Logger | FieldLogger
  /** How long a stopping worker waits for its jobs; those left then go back to their queue. @default 25 s */
  readonly shutdownTimeout?: Duration
  /** How long jobs may go on in a stop before their signal is aborted. @default the shutdownTimeout */
  readonly preShutdownTimeout?: Duration
  /** How long a job may then take to end before it is given back and killed. @default 0.5 s */
  readonly termTimeout?: Duration
  /** Longest time that an idle worker sleeps before it looks at its queues again, though nothing has woken it. @default 10 s */
  readonly interval?: Duration
  /** Shows in the list of processes what this process and its work-horses do, behind this word. @default their titles are left alone */
  readonly titlePrefix?: string
  /** Whether the log shows each call with its arguments. @default true */
  readonly logDescriptions?: boolean
  /** End after so many runs, however they end; no more jobs than that are ever claimed. @default no limit */
  readonly maxJobs?: number
  /** End when there was nothing to do for so long. @default no limit */
  readonly maxIdleTime?: Duration
  /** Which queue is asked first; all but `default` change the order with each job. @default 'default', the order given; with weights 'weighted' */
  readonly dequeueStrategy?: DequeueStrategy
  /** Only jobs of this priority, which is a number, and those that come after it. @default all */
  readonly minPriority?: number
  /** Only jobs of this priority and those that come before it. @default all */
  readonly maxPriority?: number
  /** How often the queues are looked after: lost jobs recovered, ended ones expired. @default 5 s */
  readonly maintenanceInterval?: Duration
  /** How long the worker lives without a heartbeat; at least twice the jobMonitoringInterval. @default 30 s */
  readonly workerTtl?: Duration
  /** Time between heartbeats. @default 10 s */
  readonly jobMonitoringInterval?: Duration
  /** Functions, or their `path#export`, that hear of every run that fails; one that returns false ends the list. @default none */
  readonly exceptionHandlers?: readonly (ExceptionHandler | string)[]
  /** Leave failed jobs out of the failed registry: they are gone once the handlers have heard. @default false */
  readonly disableDefaultExceptionHandler?: boolean
  /** How long the results of jobs are kept that do not say it themselves; 0 and -1 as there. @default 500 s */
  readonly defaultResultTtl?: Duration
  /** Whether a worker that is started while all are suspended waits, or throws SuspendedError. @default 'wait' */
  readonly whenSuspended?: 'wait' | 'throw'
  /** What becomes of a job whose module or export is not here: it fails, or waits 5 s at a time, uncounted, for a worker that has it. @default 'fail' */
  readonly unknownFunction?: UnknownFunction
  /** Answers `/healthz` and `/readyz` on this port; 0 is any free one, which the log names. @default none */
  readonly healthPort?: number
  /** Answers `/metrics`, for Prometheus, on this port; it may be the healthPort. @default none */
  readonly metricsPort?: number
  /** The address that both listen on. @default '127.0.0.1' */
  readonly healthHost?: string
}

/** Worker options checked, with their defaults. */
export interface CheckedWorkerOptions {
  readonly name: string
  /** As they were given, globs and weights included. */
  readonly queues: readonly string[]
  readonly concurrency: number
  readonly horses: number
  readonly isolation: Isolation
  readonly maxMemoryMb: number | undefined
  readonly captureOutput: boolean
  readonly burst: boolean
  readonly codec: string | undefined
  readonly paths: readonly string[]
  /** What each work-horse loads before its first job. */
  readonly bootstrap: Bootstrap | undefined
  readonly logger: Log
  readonly shutdownMs: number
  readonly preShutdownMs: number
  readonly termMs: number
  readonly blockMs: number
  readonly titlePrefix: string | undefined
  readonly logDescriptions: boolean
  readonly maxJobs: number | undefined
  readonly maxIdleMs: number | undefined
  readonly dequeueStrategy: DequeueStrategy
  readonly priorities: Priorities | undefined
  readonly maintenanceMs: number
  readonly leaseMs: number
  readonly heartbeatMs: number
  readonly exceptionHandlers: readonly (ExceptionHandler | string)[]
  /** Whether jobs that failed for good go to the failed registry. */
  readonly keepFailed: boolean
  /** For jobs that do not set their own; null is without end. */
  readonly resultTtlMs: number | null | undefined
  readonly refuseSuspended: boolean
  readonly probes: ProbeOptions
  readonly unknownFunction: UnknownFunction
}

/** What may be set; the config file of `rq` takes the same names. */
export const WORKER_OPTION_NAMES = [
  'connection',
  'prefix',
  'secret',
  'codec',
  'name',
  'concurrency',
  'horses',
  'isolation',
  'maxMemoryMb',
  'captureOutput',
  'burst',
  'paths',
  'imports',
  'setup',
  'logger',
  'shutdownTimeout',
  'preShutdownTimeout',
  'termTimeout',
  'interval',
  'titlePrefix',
  'logDescriptions',
  'maxJobs',
  'maxIdleTime',
  'dequeueStrategy',
  'minPriority',
  'maxPriority',
  'maintenanceInterval',
  'workerTtl',
  'jobMonitoringInterval',
  'exceptionHandlers',
  'disableDefaultExceptionHandler',
  'defaultResultTtl',
  'whenSuspended',
  'unknownFunction',
  'healthPort',
  'metricsPort',
  'healthHost',
] as const satisfies (keyof WorkerOptions)[]

export type UnknownFunction = 'fail' | 'requeue'

const ISOLATIONS = ['process', 'thread', 'none'] as const

/** @param more names of options that the caller has taken out */
export function checkWorkerOptions(
  queues: string | readonly string[],
  options: WorkerOptions,
  more: readonly string[] = [],
): CheckedWorkerOptions {
  checkKnown(options, [...WORKER_OPTION_NAMES, ...more])
  const set = new QueueSet(queues)
  const { isolation = 'process', name = `${safeHost()}.${process.pid}.${randomBytes(4).toString('hex')}` } =
    options
  oneOf(isolation, ISOLATIONS, 'isolation')
  const dequeueStrategy = checkStrategy(options.dequeueStrategy, set)
  if (!/^(?!\.\.?$)[\w.-]{1,128}$/.test(name)) {
    throw new InvalidArgumentError(
      `worker name: expected 1 to 128 letters, digits, '_', '-' or '.', and neither '.' nor '..', got ${JSON.stringify(name)}`,
    )
  }
  const concurrency = positive(options.concurrency ?? DEFAULTS.concurrency, 'concurrency')
  return {
    name,
    queues: [...new Set([queues].flat())],
    concurrency,
    horses: checkHorses(isolation === 'none' ? 1 : (options.horses ?? concurrency), concurrency),
    isolation,
    maxMemoryMb: options.maxMemoryMb === undefined ? undefined : positive(options.maxMemoryMb, 'maxMemoryMb'),
    captureOutput: isOn(options.captureOutput, 'captureOutput'),
    burst: isOn(options.burst, 'burst'),
    codec: options.codec === undefined ? undefined : checkCodecName(options.codec),
    paths: options.paths && options.paths.length > 0 ? options.paths : [projectRoot()],
    bootstrap: checkBootstrap(options, { name, queues: set.wanted }),
    logger: toLogger(options.logger, { worker: name }),
    ...checkShutdown(options),
    blockMs: span(options.interval ?? DEFAULTS.blockMs / 1000, 'interval'),
    titlePrefix: options.titlePrefix,
    logDescriptions: isOn(options.logDescriptions ?? true, 'logDescriptions'),
    maxJobs: options.maxJobs === undefined ? undefined : positive(options.maxJobs, 'maxJobs'),
    maxIdleMs: options.maxIdleTime === undefined ? undefined : span(options.maxIdleTime, 'maxIdleTime'),
    dequeueStrategy,
    priorities: checkPriorities(options),
    maintenanceMs: span(options.maintenanceInterval ?? DEFAULTS.maintenanceMs / 1000, 'maintenanceInterval'),
    ...checkLease(options),
    exceptionHandlers: (options.exceptionHandlers ?? []).map(checkHandler),
    keepFailed: !isOn(options.disableDefaultExceptionHandler, 'disableDefaultExceptionHandler'),
    resultTtlMs:
      options.defaultResultTtl === undefined
        ? undefined
        : toMsOrForever(options.defaultResultTtl, 'defaultResultTtl'),
    refuseSuspended: oneOf(options.whenSuspended ?? 'wait', ['wait', 'throw'], 'whenSuspended') === 'throw',
    unknownFunction: oneOf(options.unknownFunction ?? 'fail', ['fail', 'requeue'], 'unknownFunction'),
    probes: {
      healthPort: port(options.healthPort, 'healthPort'),
      metricsPort: port(options.metricsPort, 'metricsPort'),
      healthHost: options.healthHost ?? '127.0.0.1',
    },
  }
}

function checkHorses(given: number, concurrency: number): number {
  const horses = Math.min(concurrency, positive(given, 'horses'))
  if (concurrency <= horses * CAPACITY) return horses
  throw new InvalidArgumentError(
    `concurrency: expected at most ${CAPACITY} in each work-horse, got ${concurrency} for ${horses}: give it more horses, or start more workers`,
  )
}

function checkShutdown(
  options: WorkerOptions,
): Pick<CheckedWorkerOptions, 'shutdownMs' | 'preShutdownMs' | 'termMs'> {
  const { shutdownTimeout, preShutdownTimeout, termTimeout } = options
  const shutdownMs = toMs(shutdownTimeout ?? DEFAULTS.shutdownMs / 1000, 'shutdownTimeout')
  return {
    shutdownMs,
    preShutdownMs:
      preShutdownTimeout === undefined ? shutdownMs : toMs(preShutdownTimeout, 'preShutdownTimeout'),
    termMs: termTimeout === undefined ? DEFAULTS.graceMs / 2 : toMs(termTimeout, 'termTimeout'),
  }
}

function checkStrategy(given: DequeueStrategy | undefined, { hasWeights }: QueueSet): DequeueStrategy {
  const strategy = oneOf(given ?? (hasWeights ? 'weighted' : 'default'), STRATEGIES, 'dequeueStrategy')
  if (hasWeights === (strategy === 'weighted')) return strategy
  throw new InvalidArgumentError(
    hasWeights
      ? `dequeueStrategy: expected 'weighted' beside queues with weights, got '${strategy}'`
      : "dequeueStrategy: 'weighted' expects queues with weights, as in high:5, got none",
  )
}

/** Of the two, the one that is left out follows the one that is given. */
function checkLease({ workerTtl, jobMonitoringInterval }: WorkerOptions): {
  leaseMs: number
  heartbeatMs: number
} {
  const ttl = workerTtl === undefined ? undefined : span(workerTtl, 'workerTtl')
  const beat =
    jobMonitoringInterval === undefined ? undefined : span(jobMonitoringInterval, 'jobMonitoringInterval')
  const heartbeatMs = beat ?? Math.min(DEFAULTS.heartbeatMs, Math.ceil((ttl ?? DEFAULTS.leaseMs) / 3))
  const leaseMs = ttl ?? Math.max(DEFAULTS.leaseMs, 3 * heartbeatMs)
  if (leaseMs >= 2 * heartbeatMs) return { leaseMs, heartbeatMs }
  throw new InvalidArgumentError(
    `workerTtl: expected at least twice the jobMonitoringInterval of ${heartbeatMs / 1000} s, got ${leaseMs / 1000} s: one late heartbeat must not end the worker's claims`,
  )
}

function checkHandler(handler: ExceptionHandler | string): ExceptionHandler | string {
  if (typeof handler === 'function') return handler
  if (typeof handler === 'string') parseFunctionName(handler)
  else
    throw new InvalidArgumentError(
      `exceptionHandlers: expected functions, or strings such as './handlers#report', got ${typeof handler}`,
    )
  return handler
}

function checkBootstrap({ imports, setup }: WorkerOptions, worker: WorkerPlace): Bootstrap | undefined {
  if (setup !== undefined) modules([setup], 'setup')
  if (setup === undefined && (imports === undefined || imports.length === 0)) return undefined
  return { imports: modules(imports ?? [], 'imports'), ...(setup !== undefined && { setup }), worker }
}

function modules(given: readonly string[], what: string): readonly string[] {
  const wrong = Array.isArray(given) ? given.find((each) => typeof each !== 'string' || each === '') : given
  if (wrong === undefined) return given
  throw new InvalidArgumentError(
    `${what}: expected ${what === 'setup' ? 'a module' : 'modules'} such as './bootstrap.ts', got ${typeof wrong} ${String(wrong)}`,
  )
}

function safeHost(): string {
  return hostname()
    .replace(/[^\w.-]/g, '-')
    .slice(0, 60)
}
