import { setImmediate } from 'node:timers/promises'
import type { Codec } from '../../core/codec.ts'
import { TransientMap } from '../../core/transient-map.ts'
import type { Answer, Ask, Assignment, Outcome } from '../../run/assignment.ts'
import { captureOutput } from '../../run/capture-output.ts'
import { currentJob } from '../../run/current-job.ts'
import { tellHandlers } from '../../run/exception-handlers.ts'
import { loadCodec } from '../../run/load-codec.ts'
import { failed, Runner } from '../../run/runner.ts'
import type { Gate } from './gate.ts'
import { HorseTitle } from './horse-title.ts'
import type { HorseSettings, LoopOrder, Report, TicketedJob } from './protocol.ts'

/** Longest stretch of jobs that is run without a look at the event loop, in milliseconds. */
const STRETCH_MS = 10

interface Run {
  readonly job: Assignment
  readonly began: number
}

/** The horse's own side: takes jobs in order, runs `slots` at once, and reports each before the next begins. */
export class HorseLoop {
  readonly #gate: Gate
  readonly #report: (report: Report) => void
  readonly #title: HorseTitle | undefined
  readonly #settings: HorseSettings
  #runner: Runner
  #codec: Codec | undefined
  readonly #waiting: TicketedJob[] = []
  readonly #running = new TransientMap<number, Run>()
  readonly #asked = new Map<number, (answer: Answer) => void>()
  #asks = 0
  #freeSlots: number
  #release: () => void = () => {}

  constructor(settings: HorseSettings, gate: Gate, report: (report: Report) => void) {
    this.#gate = gate
    this.#report = report
    this.#freeSlots = settings.slots
    this.#settings = settings
    this.#title = settings.title && new HorseTitle(settings.title, this.#running)
    this.#runner = this.#newRunner()
    if (settings.captureOutput) this.#release = captureOutput()
  }

  #newRunner(): Runner {
    const { roots, captureOutput } = this.#settings
    return new Runner({
      roots,
      codec: this.#codec,
      onUpdate: (id, update) => this.#report({ kind: 'update', id, update }),
      onAsk: (id, ask) => this.#ask(id, ask),
      captureOutput,
    })
  }

  /** Before the first job: what must be loaded for all of them. @throws InvalidJobError */
  async prepare(): Promise<void> {
    const { codec, roots } = this.#settings
    if (codec === undefined) return
    this.#codec = await loadCodec(codec, { roots })
    this.#runner = this.#newRunner()
  }

  obey(order: LoopOrder): void {
    switch (order.kind) {
      case 'run':
        this.#push(order.jobs)
        break
      case 'abort':
        this.#runner.abort(order.id, order.cause)
        break
      case 'answer':
        this.#asked.get(order.number)?.(order.answer)
        this.#asked.delete(order.number)
    }
  }

  #ask(id: string, ask: Ask): Promise<Answer> {
    const number = ++this.#asks
    return new Promise((resolve) => {
      this.#asked.set(number, resolve)
      this.#report({ kind: 'ask', number, id, ask })
    })
  }

  /**
   * The running jobs that the calling code may belong to: the job that started it; none if that one has ended; all,
   * where it cannot be told because the code was started by no job, such as a timer set while a module loaded.
   */
  suspects(): string[] {
    return this.#suspected().map(([, { job }]) => job.id)
  }

  /** Ends the suspects' jobs with an error that none of them could catch; answers their ids. */
  failSuspects(error: unknown): string[] {
    return this.#suspected().map(([ticket, { job, began }]) => {
      this.#running.delete(ticket)
      this.#report({ kind: 'outcome', ticket, outcome: failed(error, false, began) })
      return job.id
    })
  }

  #suspected(): [number, Run][] {
    const caller = currentJob()
    const all = [...this.#running]
    return caller === undefined ? all : all.filter(([, { job }]) => job.id === caller.id)
  }

  #push(jobs: readonly TicketedJob[]): void {
    this.#waiting.push(...jobs)
    for (let starts = Math.min(this.#freeSlots, jobs.length); starts > 0; starts -= 1) void this.#serveSlot()
  }

  async #serveSlot(): Promise<void> {
    this.#freeSlots -= 1
    let stretchMs = 0
    for (let job = this.#take(); job !== undefined; job = this.#take()) {
      const [ticket, assignment] = job
      // Here and not in a function of its own: one more promise would cost as much as a short job.
      const outcome = await this.#begin(ticket, assignment)
      if (!this.#end(ticket, outcome)) return
      stretchMs += outcome.ms
      // Jobs that never wait would otherwise keep aborts, and the other slots' timers and sockets, from being seen.
      if (stretchMs > STRETCH_MS) {
        stretchMs = 0
        await setImmediate()
      }
    }
    this.#freeSlots += 1
  }

  #take(): TicketedJob | undefined {
    let job = this.#waiting.shift()
    while (job !== undefined && !this.#gate.settle(job[0])) job = this.#waiting.shift()
    return job
  }

  /** What is printed is this process's own again. */
  release(): void {
    this.#release()
  }

  /** A job that cannot be killed goes on unheard, and another one may have its slot. */
  letGo(ticket: number): void {
    const run = this.#running.get(ticket)
    if (!run) return
    this.#running.delete(ticket)
    this.#runner.letGo(run.job.id)
    this.#freeSlots += 1
    if (this.#waiting.length > 0) void this.#serveSlot()
  }

  #begin(ticket: number, assignment: Assignment): Promise<Outcome> {
    const began = performance.now()
    this.#running.set(ticket, { job: assignment, began })
    this.#title?.began(began)
    return assignment.failure
      ? tellHandlers(assignment, this.#settings.roots, this.#codec)
      : this.#runner.run(assignment)
  }

  /** False for a job that was let go: nobody is to hear of it, and its slot is another's. */
  #end(ticket: number, outcome: Outcome): boolean {
    const isHeard = this.#running.delete(ticket)
    this.#title?.ended()
    if (isHeard) this.#report({ kind: 'outcome', ticket, outcome })
    return isHeard
  }
}
