import { Worker } from 'node:worker_threads'
import type { AbortCause, Assignment } from '../../run/assignment.ts'
import { deathHint } from './death-hint.ts'
import { threadUrl } from './entry.ts'
import { Gate } from './gate.ts'
import type { Horse, HorseEvents, HorseOptions } from './horse.ts'
import { Ledger } from './ledger.ts'
import { threadFlags } from './node-flags.ts'
import type { Order, Report } from './protocol.ts'

/**
 * Jobs in a thread of the worker's process: quicker to start and lighter than a process, and as easily killed, but a
 * job that crashes the process (a signal, native code, on Node 24 a lack of memory) takes the worker with it.
 */
export class ThreadHorse implements Horse {
  readonly pid = null
  readonly #ledger: Ledger
  readonly #gate = new Gate()
  readonly #thread: Worker | undefined
  #fault: string | undefined

  constructor(options: HorseOptions, events: HorseEvents) {
    this.#ledger = new Ledger(options.slots, events, (order) => this.#order(order))
    try {
      this.#thread = startThread(options, this.#gate)
    } catch (error) {
      // Told as an event, and later, like any other end: whoever starts a horse looks in one place.
      const hint = `no thread could be started: ${(error as Error).message}`
      queueMicrotask(() => this.#ledger.close({ code: null, signal: null, hint }))
      return
    }
    this.#thread.on('message', (report: Report) => this.#ledger.receive(report))
    this.#thread.on('error', (error: NodeJS.ErrnoException) => {
      this.#fault = deathHint(error.code ?? null, null) ?? String(error)
    })
    this.#thread.on('exit', (code) => {
      this.#ledger.close({ code, signal: null, hint: this.#ledger.dismissed ? undefined : this.#fault })
    })
    this.#order({ kind: 'prepare', place: options.place })
  }

  send(batch: readonly Assignment[]): void {
    this.#order({ kind: 'run', jobs: this.#ledger.enter(batch) })
  }

  withdraw(ids: readonly string[]): Promise<string[]> {
    if (!this.#ledger.open) return Promise.resolve([])
    const settled = this.#ledger.ticketsOf(ids).filter((ticket) => this.#gate.settle(ticket))
    return Promise.resolve(this.#ledger.strike(settled))
  }

  abort(id: string, cause: AbortCause): void {
    this.#order({ kind: 'abort', id, cause })
  }

  kill(): void {
    this.#ledger.dismiss()
    void this.#thread?.terminate()
  }

  async stop(): Promise<void> {
    this.#ledger.dismiss()
    this.#order({ kind: 'stop' })
    await this.#ledger.closed
  }

  #order(order: Order): void {
    this.#thread?.postMessage(order)
  }
}

function startThread(options: HorseOptions, gate: Gate): Worker {
  const { slots, roots, codec, captureOutput, bootstrap, maxMemoryMb, worker } = options
  const { execArgv = threadFlags() } = options
  return new Worker(threadUrl('thread-entry'), {
    workerData: { slots, roots, codec, captureOutput, bootstrap, gate: gate.memory },
    // Left out, a thread takes its process's flags; given, it refuses those that only a process can have.
    ...(execArgv !== undefined && { execArgv: [...execArgv] }),
    ...(worker !== undefined && { env: { ...process.env, RQ_WORKER_ID: worker } }),
    ...(maxMemoryMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb } }),
  })
}
