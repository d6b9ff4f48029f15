/** One line of a job's log: what it gave to `log()`, or printed where its worker captures that. */
export interface LogLine {
  /** When it came to the store, milliseconds since 1970; undefined where it was written by funq 0.1. */
  readonly at: number | undefined
  readonly source: LogSource
  readonly text: string
}

export type LogSource = 'log' | 'stdout' | 'stderr'

export interface JobLog {
  /** How many lines there have ever been; of those the last are kept. */
  readonly added: number
  readonly lines: readonly LogLine[]
}

/** As it is stored: `\x1f<time> <letter> <text>`. Of 0.1 there is the text alone. */
const STORED = /^\x1f(\d+) ([loe]) (.*)$/s

const SOURCES: Readonly<Record<string, LogSource>> = { l: 'log', o: 'stdout', e: 'stderr' }

export function readLogLine(stored: string): LogLine {
  const [, at, letter = 'l', text] = STORED.exec(stored) ?? []
  return { at: at === undefined ? undefined : Number(at), source: SOURCES[letter]!, text: text ?? stored }
}
