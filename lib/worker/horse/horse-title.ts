import { processing, waiting } from '../title.ts'

/** What a horse's title begins with, and what it waits for. */
export interface TitleSettings {
  readonly prefix: string
  readonly queues: readonly string[]
}

/** A job that runs. */
export interface TitledRun {
  readonly job: { readonly queue: string; readonly func: string }
  /** By performance.now(). */
  readonly began: number
}

/** Setting a title costs microseconds: among short jobs it is set so often at most. */
const EVERY_MS = 250

/**
 * Shows in the list of processes what a work-horse does. A job is shown as it begins, for one that blocks lets nothing happen later; one
 * that begins sooner after the last is shown if it still runs when the time has come.
 */
export class HorseTitle {
  readonly #settings: TitleSettings
  readonly #running: Pick<ReadonlyMap<unknown, TitledRun>, 'size' | 'values'>
  #shownAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(settings: TitleSettings, running: Pick<ReadonlyMap<unknown, TitledRun>, 'size' | 'values'>) {
    this.#settings = settings
    this.#running = running
    this.#show(Number.NEGATIVE_INFINITY)
  }

  /** @param now performance.now() */
  began(now: number): void {
    if (now - this.#shownAt >= EVERY_MS) this.#show(now)
    else this.ended()
  }

  ended(): void {
    this.#timer ??= setTimeout(() => this.#show(performance.now()), EVERY_MS)
  }

  #show(now: number): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#shownAt = now
    const { prefix, queues } = this.#settings
    const [first] = this.#running.values()
    if (first === undefined) {
      process.title = `${prefix}: ${waiting(queues)}`
      return
    }
    const { job, began } = first
    const since = new Date(Date.now() - (now - began))
    const rest = this.#running.size === 1 ? '' : `, and ${this.#running.size - 1} more`
    process.title = `${prefix}: ${processing(job.queue, job.func, since)}${rest}`
  }
}
