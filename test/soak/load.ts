import { setTimeout as pause } from 'node:timers/promises'
import { quantile } from '../../bench/stats.ts'
import { JobFailedError, type Queue, RedisUnavailableError } from '../../lib/index.ts'
import * as tasks from './tasks.ts'

const TICK_MS = 50
const TEXT = 'x'.repeat(2_000)

/** So many jobs a second, of all kinds in turn, until told to end. */
export class Load {
  readonly #queue: Queue
  readonly #perSecond: number
  #latencies: number[] = []
  #n = 0
  #open = new Set<Promise<void>>()
  enqueued = 0
  ended = 0
  /** Enqueues that were rejected because Redis did not answer in time: none, where it and this process get to run. */
  rejected = 0

  constructor(queue: Queue, perSecond: number) {
    this.#queue = queue
    this.#perSecond = perSecond
  }

  async run(ending: AbortSignal): Promise<void> {
    const since = performance.now()
    while (!ending.aborted) {
      const due = ((performance.now() - since) / 1000) * this.#perSecond
      while (this.enqueued < due) this.#one()
      await pause(TICK_MS)
    }
    await Promise.all(this.#open)
  }

  #one(): void {
    this.enqueued++
    const going = this.#send(this.#n++ % 20)
      .catch((error: unknown) => {
        if (!(error instanceof RedisUnavailableError)) throw error
        this.rejected++
      })
      .finally(() => this.#open.delete(going))
    this.#open.add(going)
  }

  async #send(turn: number): Promise<void> {
    const began = performance.now()
    const job = await this.#enqueue(turn)
    await job.result.catch((error: unknown) => {
      if (!(error instanceof JobFailedError)) throw error
    })
    this.ended++
    this.#latencies.push(performance.now() - began)
  }

  #enqueue(turn: number) {
    const q = this.#queue
    if (turn === 0) return q.with({ retry: 1 }).enqueue(tasks.fails)
    if (turn === 1) return q.with({ onSuccess: tasks.told }).enqueue(tasks.add, 1, 2)
    if (turn === 2) return this.#family()
    if (turn === 3) return q.with({ unique: { key: 'soak', onDuplicate: 'existing' } }).enqueue(tasks.nap, 5)
    if (turn === 4) return q.with({ limit: { key: 'soak', concurrency: 2 } }).enqueue(tasks.nap, 2)
    if (turn < 10) return q.enqueue(tasks.echo, TEXT)
    return q.enqueue(tasks.add, turn, 1)
  }

  async #family() {
    const parent = await this.#queue.enqueue(tasks.add, 1, 2)
    return this.#queue.enqueue(tasks.add, parent, 3)
  }

  /** From the enqueue to the result, in ms, since the last time this was asked. */
  latencies(): { p50: number; p99: number } {
    const taken = this.#latencies
    this.#latencies = []
    return taken.length === 0 ? { p50: 0, p99: 0 } : { p50: quantile(taken, 0.5), p99: quantile(taken, 0.99) }
  }
}
