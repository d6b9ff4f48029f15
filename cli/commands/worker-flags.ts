import { DEFAULTS } from '../../lib/core/options.ts'
import type { OptionGroup, OptionSpec } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { LOGGING_LEVELS, type LogFormat, type LoggingLevel } from '../log.ts'
import { count, duration, durationOrForever, folder, moduleName, oneOf, port, wholeNumber } from '../parse.ts'
import { dateFormat } from '../strftime.ts'

/** What `rqworker` and `rq worker-pool` share. */
export interface WorkerFlags {
  readonly url?: string
  readonly prefix?: string
  readonly config?: string
  readonly profile?: string
  readonly codec?: string
  readonly burst?: true
  readonly concurrency?: number
  readonly horses?: number
  readonly isolation?: 'process' | 'thread' | 'none'
  readonly path?: string[]
  readonly import?: string[]
  readonly shutdownTimeout?: string
  readonly maxJobs?: number
  readonly maxIdleTime?: string
  readonly maxMemory?: number
  readonly preShutdownTimeout?: string
  readonly termTimeout?: string
  readonly resqueSignals?: true
  readonly interval?: string
  readonly titlePrefix?: string
  readonly watch?: true
  readonly minPriority?: number
  readonly maxPriority?: number
  readonly dequeueStrategy?: 'default' | 'random' | 'round_robin' | 'weighted'
  readonly resultsTtl?: string | number
  readonly workerTtl?: string
  readonly jobMonitoringInterval?: string
  readonly maintenanceInterval?: string
  readonly exceptionHandler?: string[]
  readonly disableDefaultExceptionHandler?: true
  readonly withScheduler?: true
  readonly unknownFunction?: 'fail' | 'requeue'
  readonly captureOutput?: true
  readonly pid?: string
  readonly healthPort?: number
  readonly metricsPort?: number
  readonly healthHost?: string
  readonly loggingLevel?: LoggingLevel
  readonly verbose?: true
  readonly quiet?: true
  readonly disableJobDescLogging?: true
  readonly logFormat?: LogFormat
  readonly dateFormat?: string
}

/** What a command of one kind of workers has beside. */
export interface OneWorkerFlags extends WorkerFlags {
  readonly name?: string
  /** A word that is no number is a name, as RQ has it. */
  readonly count?: number | string
  readonly queue?: string[][]
  readonly pool?: string[]
  readonly monitor?: true
  readonly background?: boolean
  readonly pidDir?: string
  readonly logDir?: string
  readonly identifier?: string
  readonly timeout?: string
  readonly force?: true
}

/** @param own what only this command has to say about its work */
export function workGroup(own: readonly OptionSpec[]): OptionGroup {
  return {
    title: 'Work',
    options: [
      { flags: '-b, --burst', what: 'stop when the queues are empty', aliases: ['--exit-on-complete'] },
      {
        flags: '-c, --concurrency <n>',
        what: 'jobs to run at once',
        fallback: String(DEFAULTS.concurrency),
        parse: count,
      },
      { flags: '--horses <m>', what: 'work-horses to spread them over', fallback: 'one a job', parse: count },
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
        flags: '-I, --import <module>',
        what: 'load it in each work-horse before its first job; may be repeated',
        env: ['RQ_IMPORT', 'APP_INCLUDE'],
        parse: moduleName,
        repeatable: true,
      },
      { flags: '--capture-output', what: 'keep what jobs print with their log, as well as showing it' },
      ...own,
      {
        flags: '-D, --dequeue-strategy <how>',
        what: 'which queue is next: default (in the order named), random, round_robin, or weighted (high:5 low:1)',
        fallback: 'default',
        parse: oneOf(['default', 'random', 'round_robin', 'weighted'], { 'round-robin': 'round_robin' }),
        // RQ's, which would else be -d and -s.
        aliases: ['-ds'],
      },
      {
        flags: '--min-priority <n>',
        what: 'only jobs of this priority and those that come after it, whose numbers are higher',
        fallback: 'all',
        env: ['MIN_PRIORITY'],
        parse: wholeNumber,
      },
      {
        flags: '--max-priority <n>',
        what: 'only jobs of this priority and those that come before it',
        fallback: 'all',
        env: ['MAX_PRIORITY'],
        parse: wholeNumber,
      },
      {
        flags: '--max-jobs <n>',
        what: 'stop after so many runs; under a parent another worker follows',
        fallback: 'no limit',
        parse: count,
      },
      {
        flags: '--max-memory <mb>',
        what: 'heap limit of a work-horse in MiB, and by how much its process may grow before a fresh one takes its place',
        fallback: "Node's own",
        parse: count,
      },
      {
        flags: '--max-idle-time <time>',
        what: 'stop after so long without work',
        fallback: 'no limit',
        parse: duration,
      },
      {
        flags: '--shutdown-timeout <time>',
        what: 'how long running jobs may go on after the first signal',
        fallback: seconds(DEFAULTS.shutdownMs),
        parse: duration,
      },
      {
        flags: '--pre-shutdown-timeout <time>',
        what: 'after how long of a stop running jobs are told',
        fallback: 'the shutdown timeout',
        env: ['RESQUE_PRE_SHUTDOWN_TIMEOUT'],
        parse: duration,
      },
      {
        flags: '--term-timeout <time>',
        what: 'how long a job that was told may take before it is killed',
        fallback: seconds(DEFAULTS.graceMs / 2),
        env: ['RESQUE_TERM_TIMEOUT'],
        parse: duration,
      },
      { flags: '--resque-signals', what: 'SIGTERM and SIGINT stop at once, as in Resque' },
      {
        flags: '--interval <time>',
        what: 'longest sleep of an idle worker, though it is woken by work; 0 is --burst',
        fallback: seconds(DEFAULTS.blockMs),
        env: ['INTERVAL', 'SLEEP_DELAY'],
        parse: duration,
        aliases: ['--sleep-delay'],
      },
      { flags: '--watch', what: 'start fresh work-horses between jobs when code changes' },
      {
        flags: '--title-prefix <word>',
        what: 'what the list of processes shows first',
        fallback: 'rqworker',
        env: ['RESQUE_PROCLINE_PREFIX'],
        parse: (text) => text.trim(),
      },
      {
        flags: '--pid <file>',
        what: 'write the process id to this file; stop, restart and status go by it',
        env: ['PIDFILE'],
      },
      { flags: '-s, --with-scheduler', what: "accepted for RQ's users: every worker runs what is due" },
    ],
  }
}

export const JOB_GROUP: OptionGroup = {
  title: 'Jobs',
  options: [
    {
      flags: '--results-ttl <time>',
      what: 'how long results are kept of jobs that do not say; -1 for ever',
      fallback: seconds(DEFAULTS.resultTtlMs),
      parse: durationOrForever,
    },
    {
      flags: '--exception-handler <path>',
      what: "function that hears of failures, as './handlers#report'; may be repeated",
      repeatable: true,
    },
    {
      flags: '-d, --disable-default-exception-handler',
      what: 'leave failed jobs out of the failed registry',
    },
    {
      flags: '--unknown-function <what>',
      what: 'jobs whose code is not here: fail, or requeue them for a worker that has it',
      fallback: 'fail',
      parse: oneOf(['fail', 'requeue']),
    },
  ],
}

export const UPKEEP_GROUP: OptionGroup = {
  title: 'Upkeep',
  options: [
    {
      flags: '--worker-ttl <time>',
      what: 'how long the worker lives without a heartbeat',
      fallback: seconds(DEFAULTS.leaseMs),
      parse: duration,
    },
    {
      flags: '--job-monitoring-interval <time>',
      what: 'time between heartbeats',
      fallback: seconds(DEFAULTS.heartbeatMs),
      parse: duration,
    },
    {
      flags: '--maintenance-interval <time>',
      what: 'how often lost jobs are looked for and ended ones forgotten',
      fallback: seconds(DEFAULTS.maintenanceMs),
      parse: duration,
    },
  ],
}

export const PROBE_GROUP: OptionGroup = {
  title: 'Probes',
  options: [
    {
      flags: '--health-port <port>',
      what: 'answer /healthz and /readyz there',
      fallback: 'none',
      parse: port,
    },
    {
      flags: '--metrics-port <port>',
      what: 'answer /metrics there, for Prometheus; may be the same',
      fallback: 'none',
      parse: port,
    },
    { flags: '--health-host <host>', what: 'the address that both listen on', fallback: '127.0.0.1' },
  ],
}

/** What every command is given that makes sense for one that goes on. */
export const WORKER_GLOBALS = ['url', 'prefix', 'config', 'profile', 'codec', 'no-color']

export const LOG_GROUP: OptionGroup = {
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
    {
      flags: '--log-format <format>',
      what: 'text, or json: an object a line with time, level, msg and what it is about',
      fallback: 'text',
      parse: oneOf(['text', 'json']),
    },
    {
      flags: '--date-format <format>',
      what: 'the time of a text line, of %Y %m %d %H %M %S',
      fallback: '%H:%M:%S',
      parse: dateFormat,
    },
  ],
}

/** What the exit codes mean for a command that runs workers. */
export const WORKER_EXIT_CODES: readonly (readonly [ExitCode, string])[] = [
  [EXIT.done, 'the work is over, or a signal was followed by a warm stop'],
  [EXIT.failed, 'another error, which the last line tells, as that all workers are suspended'],
  [EXIT.usage, 'a flag, a queue or a variable that cannot be used'],
  [EXIT.redis, 'Redis cannot be reached or refuses the password'],
  [EXIT.bug, 'an error that should not happen'],
  [EXIT.secondSigint, 'forced by a second Ctrl-C'],
  [EXIT.secondSigterm, 'forced by a second SIGTERM'],
]

export const WORKER_ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['RQ_SECRET', 'run only jobs signed with it; several, separated by commas, while it is rotated'],
  ['QUEUES, QUEUE', "queues to work on where none are named, separated by commas, as in 'critical,*'"],
  ['VERBOSE, LOGGING', "the log in Resque's form, *** line"],
  ['VVERBOSE', 'all of it, as ** [HH:MM:SS YYYY-MM-DD] pid: line'],
  ['QUIET', 'the same as --quiet'],
  ['REDIS_BACKEND, REDIS_BACKEND_DB', 'the server as php-resque has it, where nothing else names one'],
  ['PREFIX', 'the same as RQ_PREFIX, where nothing else sets it'],
  ['TERM_CHILD', 'needs not be set: running jobs are always told'],
  ['NO_COLOR, FORCE_COLOR', 'never, or always, colour the log'],
]

function seconds(ms: number): string {
  return `${ms / 1000}s`
}
