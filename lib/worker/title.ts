import { displayName } from '../core/function-name.ts'
import type { LiveRun } from './running.ts'

const EVERY_MS = 500

export interface TitleFacts {
  readonly queues: readonly string[]
  readonly isStarting: boolean
  readonly isSuspended: boolean
  readonly isPaused: boolean
  readonly isStopping: boolean
  readonly running: readonly LiveRun[]
}

/** Shows in the list of processes what a worker does, in Resque's words. It looks twice a second, however many jobs there are. */
export class Title {
  readonly #prefix: string
  readonly #facts: () => TitleFacts
  readonly #before = process.title
  #timer: NodeJS.Timeout | undefined
  #shown = ''

  constructor(prefix: string, facts: () => TitleFacts) {
    this.#prefix = prefix
    this.#facts = facts
  }

  start(): void {
    this.#show()
    this.#timer ??= setInterval(() => this.#show(), EVERY_MS)
  }

  stop(): void {
    if (!this.#timer) return
    clearInterval(this.#timer)
    this.#timer = undefined
    process.title = this.#before
  }

  #show(): void {
    const title = `${this.#prefix}: ${describe(this.#facts())}`
    if (title === this.#shown) return
    this.#shown = title
    process.title = title
  }
}

function describe({ queues, running, isStarting, isSuspended, isPaused, isStopping }: TitleFacts): string {
  if (isStopping) return running.length === 0 ? 'Stopping' : `Stopping, after ${count(running)}`
  const [first] = running
  if (first) {
    const rest = running.length === 1 ? '' : `, and ${running.length - 1} more`
    return first.pid === null
      ? `${processing(first.queue, first.func, first.startedAt)}${rest}`
      : `Forked ${first.pid} at ${seconds(first.startedAt)}${rest}`
  }
  if (isStarting) return 'Starting'
  return isPaused || isSuspended ? 'Paused' : waiting(queues)
}

export function waiting(queues: readonly string[]): string {
  return `Waiting for ${queues.join(',') || 'queues'}`
}

export function processing(queue: string, func: string, since: Date): string {
  return `Processing ${queue} since ${seconds(since)} [${displayName(func)}]`
}

function count(running: readonly LiveRun[]): string {
  return running.length === 1 ? '1 job' : `${running.length} jobs`
}

function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}
