import type { AbortCause, Assignment } from '../../run/assignment.ts'
import { Gate } from './gate.ts'
import type { Horse, HorseEvents, HorseOptions } from './horse.ts'
import { Ledger } from './ledger.ts'
import { HorseLoop } from './loop.ts'
import { prepared } from './prepared.ts'
import type { HorseOrder, Report } from './protocol.ts'

/**
 * Jobs in the worker's own process: the quickest, for jobs that are trusted. A job that blocks the event loop blocks
 * the worker, one that calls `process.exit()` or throws outside any await ends it, and none can be killed.
 */
export class InlineHorse implements Horse {
  readonly pid = null
  readonly #ledger: Ledger
  readonly #gate = new Gate()
  readonly #loop: HorseLoop
  readonly #run: (order: HorseOrder) => void

  constructor(options: HorseOptions, events: HorseEvents) {
    this.#ledger = new Ledger(options.slots, events, (order) => {
      if (order.kind !== 'stop') this.#run(order)
    })
    const report = (message: Report) => this.#ledger.receive(message)
    const { title: _, ...settings } = options
    this.#loop = new HorseLoop(settings, this.#gate, report)
    this.#run = prepared(this.#loop, options, report, () => this.#close(undefined))
    // Where an application has a worker in its own process, that is no word on where its queues are.
    this.#run({ kind: 'prepare' })
  }

  send(batch: readonly Assignment[]): void {
    const jobs = this.#ledger.enter(batch)
    // Not within the call, nor within this turn: the worker's next word with Redis goes out first, and is answered while the jobs run.
    setImmediate(() => this.#run({ kind: 'run', jobs }))
  }

  withdraw(ids: readonly string[]): Promise<string[]> {
    if (!this.#ledger.open) return Promise.resolve([])
    const settled = this.#ledger.ticketsOf(ids).filter((ticket) => this.#gate.settle(ticket))
    return Promise.resolve(this.#ledger.strike(settled))
  }

  abort(id: string, cause: AbortCause): void {
    this.#run({ kind: 'abort', id, cause })
  }

  letGo(id: string): void {
    for (const ticket of this.#ledger.ticketsOf([id])) {
      this.#ledger.strike([ticket])
      this.#loop.letGo(ticket)
    }
  }

  /** Lets go of what runs: it goes on, for nothing can stop it, but its outcome is no longer heard. */
  kill(): void {
    this.#close('it runs in the worker itself and cannot be killed: its jobs go on unheard')
  }

  async stop(): Promise<void> {
    this.#close(undefined)
    await this.#ledger.closed
  }

  #close(hint: string | undefined): void {
    this.#ledger.dismiss()
    this.#loop.release()
    for (const ticket of this.#ledger.ticketsOf()) this.#gate.settle(ticket)
    queueMicrotask(() => this.#ledger.close({ code: null, signal: null, hint }))
  }
}
