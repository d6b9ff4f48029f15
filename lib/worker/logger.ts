import { InvalidArgumentError } from '../core/errors.ts'

/** Where a worker tells what it does: a line a call, without time or level. console and pino loggers fit as they are. */
export interface Logger {
  /** The least grave level that is written, as pino has it: what is below need not be put together. */
  readonly level?: string
  debug(line: string): void
  info(line: string): void
  warn(line: string): void
  error(line: string): void
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** From the most talkative to the gravest. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[]

/** Says nothing. */
export const silent: Logger = { level: 'silent', debug() {}, info() {}, warn() {}, error() {} }

/**
 * A logger as the worker uses it: `silent` where none is given, else the given one, bound and guarded, so that a
 * logger that throws cannot change what becomes of a job.
 * @throws InvalidArgumentError when a method is missing
 */
export function toLogger(given: Logger | undefined): Logger {
  if (given === undefined) return silent
  const missing = LOG_LEVELS.filter((level) => typeof given?.[level] !== 'function')
  if (missing.length > 0) {
    throw new InvalidArgumentError(
      `logger: expected the methods ${LOG_LEVELS.join(', ')}, as console and pino have them; ${missing.join(', ')} missing`,
    )
  }
  let warned = false
  const guard = (level: LogLevel) => (line: string) => {
    try {
      given[level](line)
    } catch (error) {
      // Said once: a logger that throws does so at every line.
      if (!warned) process.emitWarning(`the logger given to funq throws: ${error}`)
      warned = true
    }
  }
  return {
    ...(given.level !== undefined && { level: given.level }),
    debug: guard('debug'),
    info: guard('info'),
    warn: guard('warn'),
    error: guard('error'),
  }
}
