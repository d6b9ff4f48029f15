import { InvalidArgumentError } from '../core/errors.ts'

/** What a line is about, as data, for loggers that keep it: `worker`, and of a job `job_id`, `queue`, `func`, `attempt`, … */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * Where a worker tells what it does: a line a call, without time or level. console, pino and winston loggers fit as they are; to pino the
 * fields go before the line, to winston after it, to console not at all.
 */
export interface Logger {
  /** The least grave level that is written, as pino has it: what is below need not be put together. */
  readonly level?: string
  debug(line: string, fields?: LogFields): void
  info(line: string, fields?: LogFields): void
  warn(line: string, fields?: LogFields): void
  error(line: string, fields?: LogFields): void
}

/** A logger that is neither of these says whether it takes the fields before the line or after it. */
export interface FieldLogger extends Logger {
  readonly fields: 'first' | 'last'
}

/** A logger as the library uses it, see toLogger. */
export interface Log extends Logger {
  readonly fields?: 'last'
  /** The same for the lines of another process, where a line names its own. */
  ofProcess?(pid: number): Log
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** From the most talkative to the gravest. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[]

/** Says nothing. */
export const silent: Log = { level: 'silent', debug() {}, info() {}, warn() {}, error() {} }

/**
 * A logger as the worker uses it: `silent` where none is given, else the given one, bound and guarded, so that a
 * logger that throws cannot change what becomes of a job. It takes fields last, or has no `fields` where they would go nowhere.
 * @param common fields of every line
 * @throws InvalidArgumentError when a method is missing
 */
export function toLogger(given: Logger | FieldLogger | Log | undefined, common: LogFields = {}): Log {
  if (given === undefined) return silent
  const missing = LOG_LEVELS.filter((level) => typeof given?.[level] !== 'function')
  if (missing.length > 0) {
    throw new InvalidArgumentError(
      `logger: expected the methods ${LOG_LEVELS.join(', ')}, as console and pino have them; ${missing.join(', ')} missing`,
    )
  }
  const where = placeOfFields(given)
  let warned = false
  const ofProcess = 'ofProcess' in given ? given.ofProcess : undefined
  const guard = (level: LogLevel) => (line: string, fields?: LogFields) => {
    try {
      if (where === undefined) given[level](line)
      else if (where === 'last') given[level](line, { ...common, ...fields })
      else (given as unknown as FieldsFirst)[level]({ ...common, ...fields }, line)
    } catch (error) {
      // Said once: a logger that throws does so at every line.
      if (!warned) process.emitWarning(`the logger given to funq throws: ${error}`)
      warned = true
    }
  }
  return {
    ...(given.level !== undefined && { level: given.level }),
    ...(where !== undefined && { fields: 'last' }),
    ...(ofProcess && { ofProcess: (pid) => toLogger(ofProcess(pid), common) }),
    debug: guard('debug'),
    info: guard('info'),
    warn: guard('warn'),
    error: guard('error'),
  }
}

type FieldsFirst = Readonly<Record<LogLevel, (fields: LogFields, line: string) => void>>

/** By what only they have: pino's `bindings`, bunyan's `addSerializers`, winston's `transports` and `format`. */
function placeOfFields(logger: Logger | FieldLogger): FieldLogger['fields'] | undefined {
  if ('fields' in logger && (logger.fields === 'first' || logger.fields === 'last')) return logger.fields
  const has = (name: string) => name in logger
  if (has('child') && (has('bindings') || has('addSerializers'))) return 'first'
  return has('transports') && has('format') ? 'last' : undefined
}
