import type { PoolPart, WorkerPoolOptions } from '../../lib/worker/pool.ts'
import type { WorkerOptions } from '../../lib/worker/worker.ts'
import type { CommandSpec, OptionGroup } from '../command.ts'
import { EXIT, UsageError } from '../exit-codes.ts'
import type { Host } from '../host.ts'
import { count, duration, yesOrNo } from '../parse.ts'
import { type Runnable, runWorker, TITLE } from '../run-worker.ts'
import { placesOf, planOf } from '../worker-plan.ts'
import {
  JOB_GROUP,
  LOG_GROUP,
  type OneWorkerFlags,
  PROBE_GROUP,
  UPKEEP_GROUP,
  WORKER_ENVIRONMENT,
  WORKER_EXIT_CODES,
  WORKER_GLOBALS,
  type WorkerFlags,
  workGroup,
} from './worker-flags.ts'
import { blamingFile, optionsOf } from './worker-options.ts'

export type CreateWorker = (queues: string[], options: WorkerOptions) => Runnable | Promise<Runnable>
export type CreatePool = (
  parts: readonly PoolPart[],
  options: WorkerPoolOptions,
) => Runnable | Promise<Runnable>

/** First words that say what to do; anything else is a queue. */
const VERBS = ['run', 'start', 'stop', 'restart', 'status', 'remove'] as const
type Verb = (typeof VERBS)[number]

/** Set for a daemon's process: which of the processes that its command line asks for it is. */
export const DAEMON = 'RQ_DAEMON'
/** Or that it is all of them. */
export const BACKGROUND = 'all'

/**
 * `rqworker`, and `rq worker`.
 * @param createWorker for tests; by default the library's own Worker
 * @param createPool likewise
 */
export function workerCommand(
  name: string,
  createWorker: CreateWorker = libraryWorker,
  createPool: CreatePool = libraryPool,
): CommandSpec<OneWorkerFlags> {
  return {
    name,
    globals: WORKER_GLOBALS,
    purpose: 'Run workers: take jobs from queues and run them, until told to stop.',
    argument: {
      term: '[queues...]',
      what: "queues to work on, the most urgent first, as high 'mail_*' '!low' (default: default); before them run, start, stop, restart or status for daemons, 'stop <worker>' or 'remove <worker>'",
    },
    options: [workGroup(OWN_OPTIONS), DAEMON_GROUP, JOB_GROUP, UPKEEP_GROUP, PROBE_GROUP, LOG_GROUP],
    examples: [
      [`${name} high default low`, 'three queues: low only gets its turn when the others are empty'],
      [`${name} --burst -c 4`, 'empty the queue "default", four jobs at once, then stop'],
      [`${name} -n 5 '*'`, 'five worker processes on all queues'],
      [`${name} --pool=tracking --pool=mailers,tasks:2 --pool='*:2'`, 'five, each with its own queues'],
      [`${name} -n 2 start`, 'two daemons; stop, restart and status find them by their pid files'],
    ],
    environment: WORKER_ENVIRONMENT,
    exitCodes: [...WORKER_EXIT_CODES, [EXIT.unmet, 'of stop: not ended in time; of status: none runs']],
    async run(args, flags, host) {
      const [verb, queues] = verbOf(args)
      const index = takeIndex(host)
      if (index !== undefined || verb === undefined || verb === 'run') {
        const daemons = index !== BACKGROUND && (verb === 'start' || verb === 'restart')
        if (index === undefined && flags.background) {
          await checkedSize(queues, flags, host)
          const { startDaemons } = await import('../daemon/start.ts')
          return startDaemons(flags, host, 1)
        }
        return work(queues, flags, host, daemons && index !== undefined ? Number(index) || 0 : undefined)
      }
      if (verb === 'stop' && queues.length > 0) {
        const { stopWorkers } = await import('../daemon/remote.ts')
        return stopWorkers(queues, flags, host)
      }
      if (verb === 'remove') {
        const { removeWorkers } = await import('../daemon/remote.ts')
        return removeWorkers(queues, flags, host)
      }
      if (verb === 'status' || verb === 'stop') {
        const { status, stopDaemons } = await import('../daemon/stop.ts')
        return verb === 'status' ? status(flags, host) : stopDaemons(flags, host)
      }
      const size = await checkedSize(queues, flags, host)
      if (flags.pid !== undefined && size > 1 && !flags.background)
        throw new UsageError(
          `--pid: expected one worker for one file, got ${size}`,
          '--pid-dir has a file for each.',
        )
      const { startDaemons } = await import('../daemon/start.ts')
      if (verb === 'restart') {
        const { stopDaemons } = await import('../daemon/stop.ts')
        const code = await stopDaemons(flags, host)
        if (code !== EXIT.done) return code
      }
      return startDaemons(flags, host, size)
    },
  }

  /** @param index of the daemon that this is: one of the workers asked for, no pool */
  function work(queues: readonly string[], flags: OneWorkerFlags, host: Host, index: number | undefined) {
    return runWorker(flagsOfEach(flags), host, (settings, options) => {
      const plan = planOf(queues, flags, settings, host.env)
      const place = index === undefined ? undefined : placesOf(plan)[index]
      if (index !== undefined && !place)
        throw new UsageError(`there is no worker ${index} in this command line`)
      if (place && !flags.monitor) return createWorker([...place.queues], { ...options, ...own(place) })
      if (place) return createPool([place], options)
      if (plan.isPool) return createPool(plan.parts, options)
      return createWorker([...plan.parts[0]!.queues], options)
    })
  }
}

/** What each of the workers is given. */
function flagsOfEach(flags: OneWorkerFlags): WorkerFlags {
  const { count, queue, pool, monitor, background, pidDir, logDir, identifier, timeout, force, ...rest } =
    flags
  return { ...rest, ...(typeof count === 'string' && { name: count }) }
}

/** How many workers there are to be. What they would refuse is told before any is started, or stopped for it. */
async function checkedSize(queues: readonly string[], flags: OneWorkerFlags, host: Host): Promise<number> {
  const { readSettings } = await import('../config/settings.ts')
  const { checkWorkerOptions } = await import('../../lib/worker/options.ts')
  const settings = await readSettings(flags, host)
  const places = placesOf(planOf(queues, flags, settings, host.env))
  const each = flagsOfEach(flags)
  await blamingFile(each, settings, () => {
    const options = optionsOf(each, settings)
    for (const place of places) checkWorkerOptions(place.queues, { ...options, ...own(place) })
  })
  return places.length
}

/** Work-horses, and what jobs start, are no daemons of this command line. */
function takeIndex({ env }: Host): string | undefined {
  const index = env[DAEMON]
  if (index !== undefined) delete process.env[DAEMON]
  return index
}

function own({ concurrency }: PoolPart): WorkerOptions {
  return concurrency === undefined ? {} : { concurrency }
}

function verbOf(args: readonly string[]): [Verb | undefined, readonly string[]] {
  const verb = VERBS.find((each) => each === args[0])
  return verb === undefined ? [undefined, args] : [verb, args.slice(1)]
}

const OWN_OPTIONS = [
  {
    flags: '-n, --count <n>',
    what: "worker processes, with a parent that starts another for each that dies; a word that is no number is --name, as RQ's -n",
    fallback: '1',
    env: ['COUNT'],
    parse: (text: string) => (/^-?\d/.test(text) ? count(text) : text),
    parseEnv: count,
  },
  {
    flags: '--pool <queues:n>',
    what: "n workers for these queues, as mailers,tasks:2; '*' is all queues that no other pool names; may be repeated",
    repeatable: true,
    conflicts: ['queue'],
  },
  {
    flags: '--queue <queues>',
    what: 'queues, separated by commas; the same as naming them; may be repeated',
    parse: (text: string) => text.split(',').filter(Boolean),
    repeatable: true,
    aliases: ['--queues'],
  },
  {
    flags: '-m, --monitor',
    what: 'have a parent start another worker if one dies, also where there is but one',
  },
  { flags: '--name <name>', what: "the worker's own name", fallback: 'host, pid and a random part' },
]

const DAEMON_GROUP: OptionGroup = {
  title: 'Daemons',
  options: [
    {
      flags: '--background',
      what: 'go on without the terminal, the log in --log-dir or nowhere; see --pid',
      env: ['BACKGROUND'],
      parse: yesOrNo,
    },
    { flags: '--pid-dir <dir>', what: 'where start keeps pid files', fallback: 'tmp/pids' },
    { flags: '--log-dir <dir>', what: 'where start has them log', fallback: 'log' },
    { flags: '-i, --identifier <id>', what: `name these daemons ${TITLE}.<id>`, parse: identifier },
    {
      flags: '--timeout <time>',
      what: 'how long stop waits',
      fallback: 'ten seconds more than a stop may take',
      parse: duration,
    },
    { flags: '--force', what: 'stop: kill what has not ended by then; remove: also one that answers' },
  ],
}

function identifier(text: string): string {
  if (/^[\w.-]{1,64}$/.test(text)) return text
  throw new UsageError(`expected letters, digits, '_', '-' or '.', got '${text}'`)
}

/** Loaded when it is needed: `--help` must not wait for the Redis client. */
async function libraryWorker(queues: string[], options: WorkerOptions): Promise<Runnable> {
  const { Worker } = await import('../../lib/worker/worker.ts')
  return new Worker(queues, { whenSuspended: 'throw', titlePrefix: TITLE, ...options })
}

export async function libraryPool(
  parts: readonly PoolPart[] | string[],
  options: WorkerPoolOptions,
): Promise<Runnable> {
  const { WorkerPool } = await import('../../lib/worker/pool.ts')
  const pool = new WorkerPool(parts, { whenSuspended: 'throw', titlePrefix: TITLE, ...options })
  process.title = `${options.titlePrefix ?? TITLE}: Monitoring ${pool.size} workers`
  return pool
}
