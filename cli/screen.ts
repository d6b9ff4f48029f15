import type { Host, StopSignal } from './host.ts'

const ENTER = '\x1b[?1049h\x1b[?25l'
const LEAVE = '\x1b[?25h\x1b[?1049l'
const HOME = '\x1b[H'
const CLEAR_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'

/** Shows one picture after another on the terminal's alternate screen, and gives the terminal back on any exit. */
export class Screen {
  readonly #host: Host
  #forget: (() => void) | undefined

  constructor(host: Host) {
    this.#host = host
  }

  start(): void {
    if (this.#forget) return
    this.#host.output.out(ENTER)
    this.#forget = this.#host.atExit(() => this.#host.output.out(LEAVE))
  }

  /** Over the last picture, line by line: clearing first would flicker. */
  draw(text: string): void {
    this.#host.output.out(HOME + text.replaceAll('\n', `${CLEAR_LINE}\n`) + CLEAR_BELOW)
  }

  stop(): void {
    if (!this.#forget) return
    this.#forget()
    this.#forget = undefined
    this.#host.output.out(LEAVE)
  }
}

/** `untilStopped` for what only shows something: it ends as well when nobody reads it any more, as in `rq tail | head`. */
export function whileRead<T>(host: Host, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return untilStopped(host, (signal) => work(AbortSignal.any([signal, host.output.unread])))
}

/** A signal that aborts at the first SIGINT or SIGTERM, for commands that go on until then. */
export async function untilStopped<T>(host: Host, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const onSignal = (_: StopSignal) => stop.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) host.signals.on(signal, onSignal)
  try {
    return await work(stop.signal)
  } finally {
    // Parts of the work that another part's error has left behind.
    stop.abort()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) host.signals.off(signal, onSignal)
  }
}
