import { Output } from './output.ts'

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGQUIT'
export type HostSignal = StopSignal | 'SIGUSR1' | 'SIGUSR2' | 'SIGCONT' | 'SIGTTIN'

/** What a command needs of the process that it runs in; a test hands in its own. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder that a config file is looked for in. */
  readonly cwd: string
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: Output
  readonly signals: {
    on(signal: HostSignal, listener: (signal: any) => void): unknown
    off(signal: HostSignal, listener: (signal: any) => void): unknown
  }
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
  /** Calls back should the process end before the answer is called. */
  readonly atExit: (undo: () => void) => () => void
  /** Tells the process that started this one that it is ready, in pm2's word. Undefined where nobody has asked for it. */
  readonly sayReady?: () => void
  /** The command line as it was given, the program first. */
  readonly line?: readonly string[]
}

/** This process. What its output still holds is written even if it ends by an uncaught error. */
export function processHost(): Host {
  const output = new Output(process.stdout, process.stderr)
  process.on('exit', () => output.flushNow())
  return {
    env: process.env,
    cwd: process.cwd(),
    // Opened by whoever asks for it: an open stdin would hold the process.
    get stdin() {
      return process.stdin
    },
    output,
    signals: process,
    now: () => performance.now(),
    atExit: (undo) => {
      process.prependListener('exit', undo)
      return () => process.off('exit', undo)
    },
    // Whoever has gone meanwhile is not told.
    ...(process.send && { sayReady: () => process.connected && process.send?.('ready', () => {}) }),
  }
}
