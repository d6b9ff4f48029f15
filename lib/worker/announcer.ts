import { EventEmitter } from 'node:events'
import { CHANNELS, EVENT_OF, type JobBegun, type JobEvents, toBegun, toEnded } from '../core/job-events.ts'
import type { Verdict } from '../run/verdict.ts'
import type { Held } from './held.ts'
import type { Log } from './logger.ts'
import { Narrator } from './narrator.ts'

/** What a worker tells of itself: its name. Listeners are called in its own process, and not waited for. */
interface WorkerNews {
  readonly worker: string
}

/** What a worker tells of its own life, by the names that `worker.on` takes. */
export interface WorkerLife {
  /** Before the first work-horse is started. */
  readonly beforeFirstFork: WorkerNews
  /** Before each work-horse is started; what is to happen inside of it is the module of `setup`. */
  readonly beforeFork: WorkerNews
  /** It claims no more, for all workers were suspended, or it was paused itself, as by SIGUSR2. */
  readonly beforePause: WorkerNews
  /** Neither holds any more. */
  readonly afterPause: WorkerNews
  /** Nothing is left to do, for now. */
  readonly queueEmpty: WorkerNews
  /** It was told to stop. */
  readonly shutdown: WorkerNews
  /** It has ended: no job of it runs any more. */
  readonly workerExit: WorkerNews
}

/** What Worker.on tells of. */
export type WorkerEvents = Omit<JobEvents, 'enqueue'> & WorkerLife

type JobEvent = Exclude<keyof JobEvents, 'enqueue'>

/** What `worker.on` calls; what it throws is logged. */
export type WorkerListener<E extends keyof WorkerEvents> = (event: WorkerEvents[E]) => unknown

type Listener = (...args: never[]) => unknown

type Rest = 'suspended' | 'paused'

/** Tells what becomes of each job: to the log, to the worker's listeners, and on the channels of diagnostics_channel. */
export class Announcer {
  readonly #worker: string
  readonly #log: Log
  readonly #narrator: Narrator
  readonly #emitter = new EventEmitter()
  #doneAtEmpty = -1
  /** Why it claims nothing. */
  readonly #rests = new Set<Rest>()

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

  /**
   * An empty queue is told of once, until there was something to do again.
   * @param done how many runs have ended: a short job begins and ends between two turns
   */
  turn(isIdle: boolean, done: number): void {
    if (isIdle && done !== this.#doneAtEmpty) {
      this.#doneAtEmpty = done
      this.live('queueEmpty')
    }
  }

  forks(isFirst: boolean): void {
    if (isFirst) this.live('beforeFirstFork')
    this.live('beforeFork')
  }

  /** One pause within another is told of once. */
  rests(why: Rest, is: boolean): void {
    const before = this.#rests.size
    if (is) this.#rests.add(why)
    else this.#rests.delete(why)
    if (before === 0 && this.#rests.size > 0) this.live('beforePause')
    if (before > 0 && this.#rests.size === 0) this.live('afterPause')
  }

  /** Something of the worker's own life. */
  live(event: keyof WorkerLife): void {
    for (const listener of this.#emitter.listeners(event))
      this.#call(event, listener as Listener, { worker: this.#worker })
  }

  /** For short jobs even what is told of costs: nothing is made that nobody hears. */
  #isHeard(event: JobEvent): boolean {
    return CHANNELS[event].hasSubscribers || this.#emitter.listenerCount(event) > 0
  }

  #tell(event: JobEvent, what: JobBegun): void {
    if (CHANNELS[event].hasSubscribers) CHANNELS[event].publish(what)
    for (const listener of this.#emitter.listeners(event)) this.#call(event, listener as Listener, what)
  }

  /** What a listener throws must neither change what becomes of the job nor keep it from the next one. */
  #call(event: string, listener: Listener, what: JobBegun | WorkerNews): void {
    const complain = (error: unknown) =>
      this.#log.error(`a listener of '${event}' threw: ${error instanceof Error ? error.stack : error}`)
    try {
      const answer: unknown = listener(what as never)
      if (answer instanceof Promise) answer.catch(complain)
    } catch (error) {
      complain(error)
    }
  }
}
