import { EventEmitter } from 'node:events'
import { CHANNELS, EVENT_OF, type JobBegun, type JobEvents, toBegun, toEnded } from '../core/job-events.ts'
import type { Verdict } from '../run/verdict.ts'
import type { Held } from './held.ts'
import type { Log } from './logger.ts'
import { Narrator } from './narrator.ts'

/** What Worker.on tells of. */
export type WorkerEvents = Omit<JobEvents, 'enqueue'>

export type WorkerListener<E extends keyof WorkerEvents> = (event: WorkerEvents[E]) => unknown

/** Tells what becomes of each job: to the log, to the worker's listeners, and on the channels of diagnostics_channel. */
export class Announcer {
  readonly #worker: string
  readonly #log: Log
  readonly #narrator: Narrator
  readonly #emitter = new EventEmitter()

  constructor(worker: string, log: Log, descriptions: boolean) {
    this.#worker = worker
    this.#log = log
    this.#narrator = new Narrator(log, descriptions)
  }

  on<E extends keyof WorkerEvents>(event: E, listener: WorkerListener<E>): void {
    this.#emitter.on(event, listener)
  }

  off<E extends keyof WorkerEvents>(event: E, listener: WorkerListener<E>): void {
    this.#emitter.off(event, listener)
  }

  began(held: Held): void {
    this.#narrator.began(held)
    if (this.#isHeard('begin')) this.#tell('begin', toBegun(held.job, this.#worker))
  }

  ended(held: Held, verdict: Verdict, ms: number): void {
    this.#narrator.ended(held, verdict, ms)
    const event = EVENT_OF[verdict.kind]
    if (this.#isHeard(event)) this.#tell(event, toEnded(toBegun(held.job, this.#worker), verdict, ms))
  }

  /** Trouble around a job that does not change what becomes of it. */
  complain(held: Held, line: string): void {
    this.#narrator.complain(held, line)
  }

  /** For short jobs even what is told of costs: nothing is made that nobody hears. */
  #isHeard(event: keyof WorkerEvents): boolean {
    return CHANNELS[event].hasSubscribers || this.#emitter.listenerCount(event) > 0
  }

  #tell(event: keyof WorkerEvents, what: JobBegun): void {
    if (CHANNELS[event].hasSubscribers) CHANNELS[event].publish(what)
    for (const listener of this.#emitter.listeners(event))
      this.#call(event, listener as (told: JobBegun) => unknown, what)
  }

  /** What a listener throws must neither change what becomes of the job nor keep it from the next one. */
  #call(event: string, listener: (told: JobBegun) => unknown, what: JobBegun): void {
    const complain = (error: unknown) =>
      this.#log.error(`a listener of '${event}' threw: ${error instanceof Error ? error.stack : error}`)
    try {
      const answer: unknown = listener(what)
      if (answer instanceof Promise) answer.catch(complain)
    } catch (error) {
      complain(error)
    }
  }
}
