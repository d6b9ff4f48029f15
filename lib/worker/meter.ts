import { randomUUID } from 'node:crypto'
import { getOrMake } from '../core/get-or-make.ts'
import { type JobHeaders, traceIdOf } from '../core/headers.ts'
import { count, type OpenCell, openCell, type RunOutcome } from '../core/metric-cell.ts'
import { addMetrics, FUNCTIONS_KEPT } from '../redis/metrics.ts'
import type { RedisStore } from '../redis/store.ts'
import type { Logger } from './logger.ts'
import { isOfOneQueue } from './queue-trouble.ts'

type Cells = Map<string, OpenCell>

/** Of all functions of a queue together. No function's name is empty. */
const ALL = ''
const LONGEST_NAME = 500

/**
 * Counts what becomes of runs, here, and adds it to the history of their queues every few seconds: it costs a job nothing in Redis. What a
 * worker has counted since is lost when it is killed.
 */
export class Meter {
  readonly #worker: string
  readonly #store: RedisStore
  readonly #log: Logger
  readonly #everyMs: number
  #byQueue = new Map<string, Cells>()
  /** Counts under way, and the id that they are sent by: the same until they are known to be there. */
  #sending: { readonly queue: string; readonly id: string; readonly cells: Cells } | undefined
  #timer: NodeJS.Timeout | undefined
  #flushing: Promise<void> | undefined

  constructor(worker: string, store: RedisStore, log: Logger, everyMs: number) {
    this.#worker = worker
    this.#store = store
    this.#log = log
    this.#everyMs = everyMs
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.flush(), this.#everyMs)
  }

  /** @param waitedMs undefined of a job that never began @param headers in which its trace may be */
  count(
    queue: string,
    func: string,
    outcome: RunOutcome,
    ranMs: number,
    waitedMs: number | undefined,
    headers: JobHeaders | undefined,
  ): void {
    const cells = getOrMake(this.#byQueue, queue, newCells)
    count(getOrMake(cells, ALL, openCell), outcome, ranMs, waitedMs)
    // One more than are kept apart: the script knows which of them are.
    const isApart = cells.has(func) || (cells.size <= FUNCTIONS_KEPT && func.length <= LONGEST_NAME)
    const name = isApart ? func : 'other'
    const cell = getOrMake(cells, name, openCell)
    count(cell, outcome, ranMs, waitedMs)
    const trace = traceIdOf(headers)
    if (trace !== undefined) cell.traced = { trace, ranMs, at: Date.now() }
  }

  /** Sends what has been counted. What cannot be sent is kept for the next time. */
  async runOnce(): Promise<void> {
    for (;;) {
      this.#sending ??= this.#next()
      if (!this.#sending) return
      const { queue, id, cells } = this.#sending
      try {
        await addMetrics(this.#store, queue, this.#worker, id, cells)
      } catch (error) {
        // Something else wrote to the keys of this queue: the others are not to wait for it.
        if (!isOfOneQueue(error)) throw error
      }
      this.#sending = undefined
    }
  }

  #next() {
    const [first] = this.#byQueue
    if (!first) return undefined
    const [queue, cells] = first
    this.#byQueue.delete(queue)
    return { queue, cells, id: randomUUID() }
  }

  /** The same, at the end of a stop too: where it fails there is nothing more to do than to tell. */
  flush(): Promise<void> {
    this.#flushing ??= this.runOnce()
      .catch((error: Error) => this.#log.debug(`metrics: ${error.message}`))
      .finally(() => {
        this.#flushing = undefined
      })
    return this.#flushing
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

function newCells(): Cells {
  return new Map()
}
