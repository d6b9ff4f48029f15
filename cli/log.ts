import { LOG_LEVELS, type Log, type LogFields, type LogLevel } from '../lib/worker/logger.ts'
import { cleanText } from './clean-text.ts'
import { hasColour, type Style, styler } from './colour.ts'
import type { Host } from './host.ts'
import { toJson } from './json.ts'
import { strftime } from './strftime.ts'

/** The levels of `--logging-level`; below `critical` nothing is left, as funq logs nothing graver than an error. */
export const LOGGING_LEVELS = [...LOG_LEVELS, 'critical'] as const
export type LoggingLevel = (typeof LOGGING_LEVELS)[number]

const STYLES: Partial<Record<LogLevel, Style>> = { debug: 'dim', warn: 'yellow', error: 'red' }
const DATE_FORMAT = '%H:%M:%S'
const JOB_OK = /^(\S+: )(Job OK)/

export type LogFormat = 'text' | 'json'

export interface LogOptions {
  readonly logFormat?: LogFormat
  /** See strftime.ts; of text lines only. */
  readonly dateFormat?: string
}

/** The command line's log: `HH:MM:SS line`, errors to stderr and all else to stdout, colours on a terminal only. */
export function createLog(
  level: LoggingLevel,
  { output, env }: Pick<Host, 'output' | 'env'>,
  { logFormat = 'text', dateFormat = DATE_FORMAT }: LogOptions = {},
  pid: number = process.pid,
): Log {
  const time = headOf(env, dateFormat, pid)
  // Lines that are Resque's own bring their stars.
  const bare = (line: string) => (time().startsWith('**') ? line.replace(/^\*\*\* /, '') : line)
  const method = (of: LogLevel): ((line: string, fields?: LogFields) => void) => {
    if (LOGGING_LEVELS.indexOf(of) < LOGGING_LEVELS.indexOf(level)) return () => {}
    const stream = of === 'error' ? output.stderr : output.stdout
    const colour = hasColour(stream, env)
    const write = (text: string) => output.line(text, stream)
    if (logFormat === 'json') {
      return (line, fields) => {
        const time = new Date().toISOString()
        write(`${toJson({ time, level: of, msg: line, ...fields })}\n`)
      }
    }
    if (!colour) return (line) => write(`${time()} ${readable(bare(line), time().length)}\n`)
    const [dim, body, green] = [styler('dim'), styler(STYLES[of]), styler('green')]
    const highlight = (_: string, queue: string, ok: string) => queue + green(ok)
    return (line) =>
      write(`${dim(time())} ${body(readable(bare(line), time().length)).replace(JOB_OK, highlight)}\n`)
  }
  return {
    level,
    ...(logFormat === 'json' && { fields: 'last' as const }),
    ofProcess: (other) => createLog(level, { output, env }, { logFormat, dateFormat }, other),
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
  }
}

/** What continues a line stands under it, so that no line of a job's own can pass for one of the worker's. */
function readable(line: string, timeWidth: number): string {
  const clean = cleanText(line)
  return clean.includes('\n') ? clean.trimEnd().replaceAll('\n', `\n${' '.repeat(timeWidth + 1)}`) : clean
}

/** What a line begins with: the time, or with VERBOSE and VVERBOSE what Resque's lines do. */
function headOf(env: Host['env'], dateFormat: string, pid: number): () => string {
  if (env.VVERBOSE) {
    const time = secondClock('[%H:%M:%S %Y-%m-%d]')
    return () => `** ${time()} ${pid}:`
  }
  return env.VERBOSE || env.LOGGING ? () => '***' : secondClock(dateFormat)
}

/** The local time, written out once a second. */
function secondClock(format: string): () => string {
  let second = -1
  let text = ''
  return () => {
    const now = Math.floor(Date.now() / 1000)
    if (now !== second) {
      second = now
      text = strftime(format, new Date(now * 1000))
    }
    return text
  }
}
