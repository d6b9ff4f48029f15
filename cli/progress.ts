import type { GlobalFlags } from './globals.ts'
import type { Host } from './host.ts'
import { number } from './words.ts'

const LINE_EVERY_MS = 5_000
const DRAW_EVERY_MS = 100

/** Tells on stderr how far long work is: on a terminal in one line, else in a line each 5 s. */
export class Progress {
  readonly #host: Host
  readonly #what: string
  readonly #draws: boolean
  readonly #silent: boolean
  #last: number
  #drawn = false

  /** @param what as in `jobs deleted` */
  constructor(host: Host, flags: GlobalFlags, what: string) {
    this.#host = host
    this.#what = what
    this.#draws = host.output.stderr.isTTY === true && !flags.json
    this.#silent = flags.quiet === true
    this.#last = host.now()
  }

  readonly at = (done: number, of?: number): void => {
    const now = this.#host.now()
    if (this.#silent || now - this.#last < (this.#draws ? DRAW_EVERY_MS : LINE_EVERY_MS)) return
    this.#last = now
    const text = `${number(done)}${of === undefined ? '' : ` of ${number(of)}`} ${this.#what}`
    this.#host.output.err(this.#draws ? `\r${text}\x1b[K` : `${text}\n`)
    this.#drawn = this.#draws
  }

  stop(): void {
    if (this.#drawn) this.#host.output.err('\r\x1b[K')
    this.#drawn = false
  }
}
