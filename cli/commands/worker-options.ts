import { toMs } from '../../lib/core/duration.ts'
import type { WorkerOptions } from '../../lib/worker/worker.ts'
import type { Settings } from '../config/settings.ts'
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
    ...(resultsTtl !== undefined && { defaultResultTtl: resultsTtl }),
    ...(exceptionHandler && { exceptionHandlers: exceptionHandler }),
    ...(disableJobDescLogging && { logDescriptions: false }),
  }
}
