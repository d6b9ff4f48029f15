import type { Log } from './logger.ts'

/** What the worker's loop has to complain of. */
export class Complaints {
  readonly #log: Log
  readonly #pauseMs: number
  #toldAt = Number.NEGATIVE_INFINITY

  /** @param pauseMs how long after a line of trouble the next one is told */
  constructor(log: Log, pauseMs: number) {
    this.#log = log
    this.#pauseMs = pauseMs
  }

  /** Not at every turn: with a queue that cannot be asked, the jobs of the others end as before and wake the loop. */
  trouble(line: string): void {
    const now = performance.now()
    if (now - this.#toldAt < this.#pauseMs) return
    this.#toldAt = now
    this.#log.warn(line)
  }

  refused(queue: string, ids: readonly string[]): void {
    for (const id of ids) {
      this.#log.warn(
        `${queue}: the outcome of job ${id} was refused: it was canceled, or another worker took it over`,
      )
    }
  }
}
