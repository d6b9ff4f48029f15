import { processing, waiting } from '../title.ts'

/** What a horse's title begins with, and what it waits for. */
export interface TitleSettings {
  readonly prefix: string
  readonly queues: readonly string[]
}

/** Setting a title costs microseconds: among short jobs it is set so often at most. */
const EVERY_MS = 250

/**
 * Shows in the list of processes what a work-horse does. A job is shown as it begins, for one that blocks lets nothing happen later; one
 * that begins sooner after the last is shown if it still runs when the time has come.
 */
export class HorseTitle {
  readonly #settings: TitleSettings
  readonly #jobs = new Map<number, { queue: string; func: string; at: number }>()
  #shownAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(settings: TitleSettings) {
    this.#settings = settings
    this.#show()
  }

  /** @param now performance.now() */
  began(ticket: number, { queue, func }: { queue: string; func: string }, now: number): void {
    this.#jobs.set(ticket, { queue, func, at: Date.now() })
    if (now - this.#shownAt >= EVERY_MS) this.#show(now)
    else this.#later()
  }

  ended(ticket: number): void {
    this.#jobs.delete(ticket)
    this.#later()
  }

  #later(): void {
    this.#timer ??= setTimeout(() => this.#show(), EVERY_MS)
  }

  #show(now: number = performance.now()): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#shownAt = now
    const { prefix, queues } = this.#settings
    const [first] = this.#jobs.values()
    if (first === undefined) {
      process.title = `${prefix}: ${waiting(queues)}`
      return
    }
    const rest = this.#jobs.size === 1 ? '' : `, and ${this.#jobs.size - 1} more`
    process.title = `${prefix}: ${processing(first.queue, first.func, new Date(first.at))}${rest}`
  }
}
