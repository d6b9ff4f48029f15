import { toMs } from '../../lib/core/duration.ts'
import { DEFAULTS } from '../../lib/core/options.ts'
import type { WorkerOptions } from '../../lib/worker/worker.ts'
import type { CommandSpec } from '../command.ts'
import { readSettings, type Settings } from '../config/settings.ts'
import { EXIT } from '../exit-codes.ts'
import { createLog, LOGGING_LEVELS, type LoggingLevel } from '../log.ts'
import { count, duration, folder, oneOf } from '../parse.ts'
import { Shutdown, type Stoppable } from '../shutdown.ts'

export interface WorkerFlags {
  readonly url?: string
  readonly prefix?: string
  readonly config?: string
  readonly burst?: true
  readonly name?: string
  readonly concurrency?: number
  readonly horses?: number
  readonly isolation?: 'process' | 'thread' | 'none'
  readonly path?: string[]
  readonly shutdownTimeout?: string
  readonly loggingLevel?: LoggingLevel
  readonly verbose?: true
  readonly quiet?: true
  readonly disableJobDescLogging?: true
}

/** What the command needs of a Worker. */
export interface RunnableWorker extends Stoppable {
  run(): Promise<unknown>
}

export type CreateWorker = (
  queues: string[],
  options: WorkerOptions,
) => RunnableWorker | Promise<RunnableWorker>

/** `rqworker`, and `rq worker`. @param createWorker for tests; by default the library's own Worker */
export function workerCommand(
  name: string,
  createWorker: CreateWorker = libraryWorker,
): CommandSpec<WorkerFlags> {
  return {
    name,
    globals: ['config', 'no-color'],
    purpose: 'Run a worker: take jobs from queues and run them, until told to stop.',
    argument: { term: '[queues...]', what: 'queues to work on, the most urgent first (default: default)' },
    options: [
      {
        title: 'Work',
        options: [
          { flags: '-b, --burst', what: 'stop when the queues are empty' },
          {
            flags: '-c, --concurrency <n>',
            what: 'jobs to run at once',
            fallback: String(DEFAULTS.concurrency),
            parse: count,
          },
          {
            flags: '--horses <m>',
            what: 'work-horses to spread them over',
            fallback: 'one a job',
            parse: count,
          },
          {
            flags: '--isolation <kind>',
            what: 'where jobs run: process, thread, or none (in the worker itself)',
            fallback: 'process',
            parse: oneOf(['process', 'thread', 'none']),
          },
          {
            flags: '-P, --path <dir>',
            what: 'folder that task paths start from; may be repeated',
            fallback: 'the project root',
            parse: folder,
            repeatable: true,
          },
          {
            flags: '-n, --name <name>',
            what: "the worker's own name",
            fallback: 'host, pid and a random part',
          },
          {
            flags: '--shutdown-timeout <time>',
            what: 'how long running jobs may go on after the first signal',
            fallback: `${DEFAULTS.shutdownMs / 1000}s`,
            parse: duration,
          },
        ],
      },
      {
        title: 'Redis',
        options: [
          {
            flags: '-u, --url <url>',
            what: 'the server, as redis://user:password@host:6379/0',
            fallback: 'redis://127.0.0.1:6379',
            env: ['RQ_REDIS_URL', 'REDIS_URL'],
            weighed: true,
          },
          {
            flags: '--prefix <prefix>',
            what: 'what every key begins with',
            fallback: 'funq',
            env: ['RQ_PREFIX'],
            weighed: true,
          },
        ],
      },
      {
        title: 'Log',
        options: [
          {
            flags: '--logging-level <level>',
            what: `the least grave lines to show: ${LOGGING_LEVELS.join(', ')}`,
            fallback: 'info',
            parse: oneOf(LOGGING_LEVELS, { warning: 'warn' }),
          },
          {
            flags: '-v, --verbose',
            what: 'the same as --logging-level debug',
            conflicts: ['quiet', 'loggingLevel'],
          },
          {
            flags: '-q, --quiet',
            what: 'the same as --logging-level warn',
            conflicts: ['verbose', 'loggingLevel'],
          },
          { flags: '--disable-job-desc-logging', what: "leave the jobs' arguments out of the log" },
        ],
      },
    ],
    examples: [
      [`${name} high default low`, 'three queues: low only gets its turn when the others are empty'],
      [`${name} --burst -c 4`, 'empty the queue "default", four jobs at once, then stop'],
      [
        `${name} -u redis://10.0.0.5:6379/1 -P ./src --shutdown-timeout 2m`,
        'another server, tasks below ./src, a patient stop',
      ],
    ],
    environment: [
      ['QUEUES, QUEUE', 'queues to work on where none are named, separated by commas'],
      ['NO_COLOR, FORCE_COLOR', 'never, or always, colour the log'],
    ],
    exitCodes: [
      [EXIT.done, 'the burst is over, or a signal was followed by a warm stop'],
      [EXIT.failed, 'another error, which the last line tells'],
      [EXIT.usage, 'a flag, a queue or a variable that cannot be used'],
      [EXIT.redis, 'Redis cannot be reached or refuses the password'],
      [EXIT.bug, 'an error that should not happen'],
      [EXIT.secondSigint, 'forced by a second Ctrl-C'],
      [EXIT.secondSigterm, 'forced by a second SIGTERM'],
    ],

    async run(queues, flags, host) {
      const log = createLog(levelOf(flags), host)
      const settings = await readSettings(flags, host)
      const options = { ...settings.worker, ...toOptions(flags), ...placeOf(settings), logger: log }
      const worker = await createWorker(queuesOf(queues, host.env, settings.queues), options)
      const shutdownMs = toMs(options.shutdownTimeout ?? DEFAULTS.shutdownMs / 1000, 'shutdown timeout')
      const shutdown = new Shutdown(worker, log, host, shutdownMs)
      shutdown.start()
      try {
        await Promise.race([worker.run(), shutdown.forced])
        return shutdown.exitCode
      } finally {
        shutdown.stop()
      }
    },
  }
}

/** Loaded when it is needed: `--help` must not wait for the Redis client. */
async function libraryWorker(queues: string[], options: WorkerOptions): Promise<RunnableWorker> {
  const { Worker } = await import('../../lib/worker/worker.ts')
  return new Worker(queues, options)
}

function levelOf({ loggingLevel, verbose, quiet }: WorkerFlags): LoggingLevel {
  return loggingLevel ?? (verbose ? 'debug' : quiet ? 'warn' : 'info')
}

function queuesOf(
  named: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  configured: readonly string[],
): string[] {
  if (named.length > 0) return [...named]
  const listed = (env.QUEUES || env.QUEUE || '').split(/[\s,]+/).filter(Boolean)
  return [listed, configured, ['default']].map((list) => [...list]).find((list) => list.length > 0)!
}

/** Where the worker is connected, by flags, environment and config file. */
export function placeOf({ connection, prefix }: Settings): WorkerOptions {
  return { ...(connection !== undefined && { connection }), ...(prefix !== undefined && { prefix }) }
}

function toOptions(flags: WorkerFlags): WorkerOptions {
  const { url, prefix, config, path, disableJobDescLogging, loggingLevel, verbose, quiet, ...same } = flags
  return {
    ...same,
    ...(path && { paths: path }),
    ...(disableJobDescLogging && { logDescriptions: false }),
  }
}
