import { appendFileSync } from 'node:fs'

/** What happened when, for whoever must find out why. */
export class Timeline {
  readonly #file: string
  readonly #say: (line: string) => void
  readonly #since = performance.now()

  constructor(file: string, say: (line: string) => void) {
    this.#file = file
    this.#say = say
  }

  note(what: string): void {
    const line = `${new Date().toISOString()} +${((performance.now() - this.#since) / 1000).toFixed(2)}s ${what}`
    appendFileSync(this.#file, `${line}\n`)
    this.#say(line)
  }
}
