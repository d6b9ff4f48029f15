import type { Connection } from '../redis/connection.ts'
import { broadcastChannel, controlChannel } from '../redis/keys.ts'

/** Whoever sends a command twice within this time means it once. */
const SAME_WISH_MS = 1_000

export interface ControlEvents {
  /** Whether the worker's name, by which its channel goes, is its own. */
  isNamed(): boolean
  /** As a signal does: the first is a warm stop, a later one a cold one. */
  shutdown(): void
  killHorse(): void
  /** Claims no more; what it runs goes on, and it goes on living. */
  quiet(): void
  stopJob(id: string): void
  /** A queue hands out nothing from now on. */
  paused(queue: string): void
  /** Something was resumed, or everything was suspended. */
  changed(): void
}

/** What a worker is told over its own channel and over that of all workers. Both survive a lost connection. */
export class Control {
  readonly #events: ControlEvents
  readonly #now: () => number
  readonly #heardAt = new Map<string, number>()

  /** @param now milliseconds of a clock that only goes forward */
  constructor(events: ControlEvents, now: () => number = () => performance.now()) {
    this.#events = events
    this.#now = now
  }

  async listen(connection: Connection, prefix: string, worker: string): Promise<void> {
    const hear = (message: string) => this.receive(message)
    await connection.subscribe(controlChannel(prefix, worker), hear)
    await connection.subscribe(broadcastChannel(prefix), hear)
  }

  receive(message: string): void {
    if (!this.#events.isNamed()) return
    const [word, what = ''] = message.split(' ', 2) as [string, string?]
    switch (word) {
      case 'stop':
        // `stop <id>@<queue>`, from job.stop().
        this.#events.stopJob(what.slice(0, what.indexOf('@')))
        break
      case 'shutdown':
        if (this.#isNew(word)) this.#events.shutdown()
        break
      case 'quiet':
        this.#events.quiet()
        break
      case 'kill-horse':
        if (this.#isNew(word)) this.#events.killHorse()
        break
      case 'pause':
        this.#events.paused(what)
        break
      case 'suspend':
      case 'resume':
        this.#events.changed()
    }
  }

  #isNew(command: string): boolean {
    const now = this.#now()
    const before = this.#heardAt.get(command)
    if (before !== undefined && now - before < SAME_WISH_MS) return false
    this.#heardAt.set(command, now)
    return true
  }
}
