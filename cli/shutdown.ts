import type { Duration } from '../lib/core/duration.ts'
import { LONGEST_TIMER_MS } from '../lib/core/longest-timer.ts'
import type { Logger } from '../lib/worker/logger.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Host, StopSignal } from './host.ts'

/** Ctrl-C, a process manager and a shell often send the same wish twice: within this time two signals are one. */
const SAME_WISH_MS = 1_000
/** A warm stop ends by its own shutdown timeout, unless it hangs: that much later it turns cold. */
const WARM_LEEWAY_MS = 10_000
/** A cold stop only gives jobs back and kills; one that takes longer than this will not end by itself. */
const COLD_LIMIT_MS = 10_000

const FORCED = { SIGINT: EXIT.secondSigint, SIGTERM: EXIT.secondSigterm } as const
const HEARD = ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const

export interface Stoppable {
  stop(options?: { readonly timeout?: Duration }): Promise<void>
  stopNow(): Promise<void>
}

/**
 * Turns signals into the two ways to stop a worker: the first SIGINT or SIGTERM is warm (what runs may finish), a second
 * one cold (what runs is given back and killed), and a third one ends the wait for that. SIGQUIT waits for what runs without a limit.
 */
export class Shutdown {
  /** Resolves when the command must end, whatever the worker still does. */
  readonly forced: Promise<void>
  readonly #worker: Stoppable
  readonly #log: Logger
  readonly #host: Pick<Host, 'signals' | 'now'>
  readonly #warmLimitMs: number
  readonly #onSignal = (signal: StopSignal) => this.#receive(signal)
  #force: () => void = () => {}
  #exitCode: ExitCode = EXIT.done
  readonly #isResque: boolean
  #phase: 'running' | 'patient' | 'warm' | 'cold' = 'running'
  #heardAt = Number.NEGATIVE_INFINITY
  #limit: NodeJS.Timeout | undefined

  /**
   * @param shutdownMs the worker's own shutdown timeout
   * @param isResque with Resque's meaning of SIGINT and SIGTERM: the first one is cold
   */
  constructor(
    worker: Stoppable,
    log: Logger,
    host: Pick<Host, 'signals' | 'now'>,
    shutdownMs: number,
    isResque = false,
  ) {
    this.#isResque = isResque
    this.#worker = worker
    this.#log = log
    this.#host = host
    this.#warmLimitMs = shutdownMs + WARM_LEEWAY_MS
    this.forced = new Promise((resolve) => {
      this.#force = resolve
    })
  }

  /** 0 after a warm stop; 130 or 143 once a second SIGINT or SIGTERM has forced a cold one; 1 if a warm one went wrong. */
  get exitCode(): ExitCode {
    return this.#exitCode
  }

  start(): void {
    for (const signal of HEARD) this.#host.signals.on(signal, this.#onSignal)
  }

  stop(): void {
    for (const signal of HEARD) this.#host.signals.off(signal, this.#onSignal)
    clearTimeout(this.#limit)
  }

  #receive(signal: StopSignal): void {
    if (signal === 'SIGQUIT') {
      if (this.#phase === 'running') this.#stopPatiently()
      return
    }
    const now = this.#host.now()
    if (now - this.#heardAt < SAME_WISH_MS) return
    this.#heardAt = now
    const isFirst = this.#phase === 'running' || this.#phase === 'patient'
    if (isFirst && this.#isResque) this.#stopCold(EXIT.done)
    else if (isFirst) this.#stopWarm()
    else if (this.#phase === 'warm') this.#stopCold(FORCED[signal])
    else this.#force()
  }

  #stopPatiently(): void {
    this.#phase = 'patient'
    this.#log.info('Warm shut down requested: what runs may finish, however long it takes')
    // What goes wrong is met again by the next signal, or by whoever awaits the worker.
    this.#worker.stop({ timeout: -1 }).catch((error: unknown) => this.#log.error(String(error)))
  }

  #stopWarm(): void {
    this.#phase = 'warm'
    this.#log.info('Warm shut down requested: what runs may finish; another signal stops it at once')
    this.#limit = setTimeout(
      () => this.#giveUpWarm(`not done after ${this.#warmLimitMs / 1000} s`),
      Math.min(this.#warmLimitMs, LONGEST_TIMER_MS),
    )
    this.#worker.stop().catch((error: unknown) => this.#giveUpWarm(String(error)))
  }

  #giveUpWarm(why: string): void {
    if (this.#phase !== 'warm') return
    this.#log.error(`Warm shut down failed: ${why}`)
    this.#stopCold(EXIT.failed)
  }

  #stopCold(exitCode: ExitCode): void {
    this.#phase = 'cold'
    this.#exitCode = exitCode
    clearTimeout(this.#limit)
    this.#limit = setTimeout(this.#force, COLD_LIMIT_MS)
    this.#log.warn('Cold shut down: what runs is given back to its queue')
    this.#worker
      .stopNow()
      .catch((error: unknown) => this.#log.error(`Cold shut down failed: ${String(error)}`))
      .finally(this.#force)
  }
}
