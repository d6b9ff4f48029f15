import { Output } from './output.ts'

export type StopSignal = 'SIGINT' | 'SIGTERM'

/** What a command needs of the process that it runs in; a test hands in its own. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly output: Output
  readonly signals: {
    on(signal: StopSignal, listener: (signal: StopSignal) => void): unknown
    off(signal: StopSignal, listener: (signal: StopSignal) => void): unknown
  }
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
}

/** This process. What its output still holds is written even if it ends by an uncaught error. */
export function processHost(): Host {
  const output = new Output(process.stdout, process.stderr)
  process.on('exit', () => output.flushNow())
  return { env: process.env, output, signals: process, now: () => performance.now() }
}
