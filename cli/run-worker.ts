import { toMs } from '../lib/core/duration.ts'
import { DEFAULTS } from '../lib/core/options.ts'
import { projectRoot } from '../lib/core/project-root.ts'
import { version } from '../lib/core/version.ts'
import { runsFor } from '../lib/queue/configure.ts'
import { type Logger, toLogger } from '../lib/worker/logger.ts'
import { attemptsOf } from '../lib/worker/tally.ts'
import type { WorkerOptions, WorkerTotals } from '../lib/worker/worker.ts'
import type { WorkerFlags } from './commands/worker-flags.ts'
import { blamingFile, levelOf, optionsOf, placeOf } from './commands/worker-options.ts'
import { readSettings, type Settings } from './config/settings.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Host } from './host.ts'
import { createLog } from './log.ts'
import { writePid } from './pid-file.ts'
import { type Observable, sayWhenReady } from './say-ready.ts'
import { Shutdown, type Stoppable } from './shutdown.ts'
import { watchFiles } from './watch-files.ts'
import { type Directable, obeySignals } from './work-signals.ts'

/** What a command needs of a Worker, or of a WorkerPool. */
export interface Runnable extends Stoppable, Directable, Observable {
  readonly name: string
  run(): Promise<unknown>
  renewHorses(): Promise<void>
}

export const TITLE = 'rqworker'

/**
 * Runs a worker, or a pool of them, until it ends or signals end it.
 * @param create is given the options of the flags, the environment and the config file
 */
export async function runWorker(
  flags: WorkerFlags,
  host: Host,
  create: (settings: Settings, options: WorkerOptions) => Runnable | Promise<Runnable>,
): Promise<ExitCode> {
  const logger = createLog(levelOf(flags, host.env), host, flags)
  const settings = await readSettings(flags, host)
  const options: WorkerOptions = { ...optionsOf(flags, settings), logger }
  // Jobs run in this process, which is the worker's and nobody else's.
  const leave = options.isolation === 'none' ? runsFor(placeOf(settings)) : () => {}
  const worker = await blamingFile(flags, settings, () => create(settings, options))
  // Among the lines of many workers these, too, say whose they are.
  const log = toLogger(logger, { worker: worker.name })
  const limits = stopLimits(options)
  warnOfLimits(options, limits, log)
  const removePid = flags.pid === undefined ? () => {} : keepPid(flags.pid, host)
  const shutdown = new Shutdown(worker, log, host, limits.mostMs, flags.resqueSignals)
  shutdown.start()
  const deaf = obeySignals(worker, log, host)
  const unwatch = flags.watch ? watchCode(worker, options, log) : () => {}
  const hush = sayWhenReady(worker, host)
  banner(flags, host)
  const began = performance.now()
  try {
    const totals = await Promise.race([worker.run(), shutdown.forced])
    if (options.burst && isTotals(totals)) sumUp(totals, performance.now() - began, log)
    return shutdown.exitCode
  } finally {
    hush()
    unwatch()
    deaf()
    shutdown.stop()
    removePid()
    leave()
  }
}

/** Removed even if the process ends by an uncaught error. */
function keepPid(file: string, host: Host): () => void {
  const remove = writePid(file)
  const forget = host.atExit(remove)
  return () => {
    forget()
    remove()
  }
}

/** How long a warm stop may take. */
export function stopLimits({ shutdownTimeout, preShutdownTimeout, termTimeout }: WorkerOptions) {
  const limitMs = toMs(shutdownTimeout ?? DEFAULTS.shutdownMs / 1000, 'shutdown timeout')
  const preMs = preShutdownTimeout === undefined ? limitMs : toMs(preShutdownTimeout, 'pre-shutdown timeout')
  const termMs = termTimeout === undefined ? DEFAULTS.graceMs / 2 : toMs(termTimeout, 'term timeout')
  return { limitMs, partsMs: preMs + termMs, mostMs: Math.max(limitMs, preMs + termMs) }
}

/** What kills the process from outside must allow for it, so it is said. */
function warnOfLimits(
  { preShutdownTimeout, termTimeout }: WorkerOptions,
  limits: StopLimits,
  log: Logger,
): void {
  const { limitMs, partsMs } = limits
  const isAsked = preShutdownTimeout !== undefined || termTimeout !== undefined
  if (isAsked && partsMs > limitMs) {
    log.warn(
      `A stop may take ${partsMs / 1000} s, the pre-shutdown and the term timeout, which is more than the shutdown timeout of ${limitMs / 1000} s: what started this process may kill it before`,
    )
  }
}

type StopLimits = ReturnType<typeof stopLimits>

function watchCode(worker: Runnable, { paths }: WorkerOptions, log: Logger): () => void {
  const roots = paths && paths.length > 0 ? paths : [projectRoot()]
  return watchFiles(
    roots,
    (file) => {
      log.info(`${file} has changed: the next jobs run in fresh work-horses`)
      void worker.renewHorses()
    },
    (error) => log.warn(`--watch: ${error.message}`),
  )
}

function isTotals(totals: unknown): totals is WorkerTotals {
  return typeof totals === 'object' && totals !== null && 'finished' in totals
}

/** delayed_job's words. */
function sumUp(totals: WorkerTotals, ms: number, log: Logger): void {
  const done = attemptsOf(totals)
  if (done > 0)
    log.info(`${done} jobs processed at ${((done * 1000) / ms).toFixed(4)} j/s, ${totals.failed} failed`)
  log.info('No more jobs available. Exiting')
}

/** For a person who looks on; never among the lines of a log. */
function banner({ quiet, logFormat, loggingLevel }: WorkerFlags, { output }: Host): void {
  if (!output.stdout.isTTY || quiet || loggingLevel !== undefined || logFormat === 'json') return
  output.out(BANNER.replace('VERSION', version()))
}

const BANNER = String.raw`
   __
  / _|_  _ _ _  __ _
 |  _| || | ' \/ _' |   a function queue on Redis, version VERSION
 |_|  \_,_|_||_\__, |
                  |_|

`
