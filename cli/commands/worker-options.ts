import { toMs } from '../../lib/core/duration.ts'
import { InvalidArgumentError } from '../../lib/core/errors.ts'
import type { WorkerOptions } from '../../lib/worker/worker.ts'
import type { Settings } from '../config/settings.ts'
import { UsageError } from '../exit-codes.ts'
import type { Host } from '../host.ts'
import type { LoggingLevel } from '../log.ts'
import type { WorkerFlags } from './worker-flags.ts'

/** What the flags, the environment and the config file come to. */

export function levelOf({ loggingLevel, verbose, quiet }: WorkerFlags, env: Host['env'] = {}): LoggingLevel {
  if (loggingLevel) return loggingLevel
  if (verbose) return 'debug'
  if (quiet) return 'warn'
  if (env.VVERBOSE) return 'debug'
  return env.QUIET && !env.VERBOSE && !env.LOGGING ? 'warn' : 'info'
}

export function queuesOf(
  named: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  configured: readonly string[],
): string[] {
  if (named.length > 0) return [...named]
  const listed = (env.QUEUES || env.QUEUE || '').split(/[\s,]+/).filter(Boolean)
  return [listed, configured, ['default']].map((list) => [...list]).find((list) => list.length > 0)!
}

/** @throws UsageError for flags that exclude each other */
export function optionsOf(flags: WorkerFlags, settings: Settings): WorkerOptions {
  const options = { ...settings.worker, ...toOptions(flags), ...placeOf(settings) }
  if (flags.watch && options.isolation === 'none')
    throw new UsageError(
      '--watch: expected --isolation process or thread, in which code can be loaded anew, got none',
    )
  return options
}

/** What is wrong with an option that the config file has set is said of that file. */
export async function blamingFile<T>(
  flags: WorkerFlags,
  { worker, sources }: Settings,
  use: () => T | Promise<T>,
): Promise<T> {
  try {
    return await use()
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    const [, option = ''] = /^(?:worker )?(\w+): /.exec(error.message) ?? []
    if (!Object.hasOwn(worker, option) || Object.hasOwn(toOptions(flags), option)) throw error
    throw new InvalidArgumentError(`${sources.config}: ${error.message}`)
  }
}

/** Where the worker is connected, by flags, environment and config file. */
export function placeOf({
  connection,
  prefix,
  secret,
  codec,
}: Settings): Pick<WorkerOptions, 'connection' | 'prefix' | 'secret' | 'codec'> {
  return {
    ...(connection !== undefined && { connection }),
    ...(prefix !== undefined && { prefix }),
    ...(secret !== undefined && { secret }),
    ...(codec !== undefined && { codec }),
  }
}

/** What is left of the flags are options of the library by the same name. */
export function toOptions(flags: WorkerFlags): WorkerOptions {
  const {
    url,
    prefix,
    config,
    profile,
    codec,
    path,
    maxMemory,
    resultsTtl,
    exceptionHandler,
    disableJobDescLogging,
    ...more
  } = flags
  const { import: imports, interval, watch, resqueSignals, ...rest } = more
  const { loggingLevel, verbose, quiet, logFormat, dateFormat, pid, withScheduler, ...same } = rest
  return {
    ...same,
    ...(path && { paths: path }),
    ...(interval !== undefined && (toMs(interval, 'interval') === 0 ? { burst: true } : { interval })),
    ...(imports && { imports }),
    ...(maxMemory !== undefined && { maxMemoryMb: maxMemory }),
    ...(resultsTtl !== undefined && { defaultResultTtl: resultsTtl }),
    ...(exceptionHandler && { exceptionHandlers: exceptionHandler }),
    ...(disableJobDescLogging && { logDescriptions: false }),
  }
}
