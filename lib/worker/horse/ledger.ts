import { ClosedError, InvalidArgumentError } from '../../core/errors.ts'
import { TransientMap } from '../../core/transient-map.ts'
import type { Assignment } from '../../run/assignment.ts'
import { CAPACITY, Tickets } from './gate.ts'
import type { HorseEvents, HorseExit } from './horse.ts'
import type { Order, Report, TicketedJob } from './protocol.ts'

/** The worker's side of a horse: what it was sent and has not answered. */
export class Ledger {
  readonly #slots: number
  readonly #events: HorseEvents
  readonly #order: (order: Order) => void
  readonly #tickets = new Tickets()
  readonly #ids = new TransientMap<number, string>()
  readonly #byId = new TransientMap<string, number>()
  /** Resolves when `exit` was told. */
  readonly closed: Promise<void>
  #resolveClosed!: () => void
  #ready = false
  #open = true
  #dismissed = false
  #lastWord: Extract<Report, { kind: 'dying' }> | undefined

  /** @param order tells the horse */
  constructor(slots: number, events: HorseEvents, order: (order: Order) => void) {
    this.#slots = slots
    this.#events = events
    this.#order = order
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
  }

  /** False once `exit` was told. */
  get open(): boolean {
    return this.#open
  }

  /** True once `kill()` or `stop()` was called: what follows is nobody's fault. */
  get dismissed(): boolean {
    return this.#dismissed
  }

  dismiss(): void {
    this.#dismissed = true
  }

  enter(batch: readonly Assignment[]): TicketedJob[] {
    if (!this.#open)
      throw new ClosedError('expected a living work-horse, got one that has ended: start another')
    if (batch.length > this.#tickets.left) {
      throw new InvalidArgumentError(
        `expected at most ${CAPACITY} jobs in a work-horse, got ${this.#ids.size + batch.length}: send fewer ahead`,
      )
    }
    return batch.map((assignment) => {
      const ticket = this.#tickets.take()!
      this.#ids.set(ticket, assignment.id)
      this.#byId.set(assignment.id, ticket)
      return [ticket, assignment]
    })
  }

  /** The tickets of those ids that are not answered; of all that are not, if none are named. */
  ticketsOf(ids: readonly string[] = [...this.#byId.keys()]): number[] {
    return ids.flatMap((id) => this.#byId.get(id) ?? [])
  }

  /** Strikes off jobs that were withdrawn; answers their ids. */
  strike(tickets: readonly number[]): string[] {
    return tickets.flatMap((ticket) => this.#remove(ticket) ?? [])
  }

  receive(report: Report): void {
    if (!this.#open) return
    switch (report.kind) {
      case 'ready':
        this.#ready = true
        this.#events.ready?.()
        break
      case 'grown':
        this.#events.grown?.(report.mb)
        break
      case 'outcome': {
        const id = this.#remove(report.ticket)
        if (id !== undefined) this.#events.outcome(id, report.outcome)
        break
      }
      case 'update':
        if (this.#byId.has(report.id)) this.#events.update(report.id, report.update)
        break
      case 'ask':
        void this.#ask(report)
        break
      case 'dying':
        this.#lastWord = report
        break
    }
  }

  async #ask({ id, number, ask }: Extract<Report, { kind: 'ask' }>): Promise<void> {
    const answer = this.#byId.has(id) ? await this.#events.ask(id, ask) : { kind: 'lost' as const }
    if (this.#open) this.#order({ kind: 'answer', number, answer })
  }

  /** Tells of the horse's end, once. */
  close({ code, signal, hint }: Pick<HorseExit, 'code' | 'signal'> & { hint?: string | undefined }): void {
    if (!this.#open) return
    this.#open = false
    const jobs = [...this.#ids.values()]
    const why = this.#lastWord?.hint ?? hint
    this.#events.exit({
      code,
      signal,
      ...(why !== undefined && { hint: why }),
      culprit: this.#lastWord === undefined ? this.#onlyBegun(jobs) : this.#lastWord.culprit,
      jobs,
      ready: this.#ready,
      ...(this.#lastWord?.unprepared && { unprepared: true }),
    })
    this.#resolveClosed()
  }

  /** A horse that ended without a word was ended by what it ran; with several slots nobody can say by which. */
  #onlyBegun(jobs: readonly string[]): string | null {
    return this.#ready && !this.#dismissed && this.#slots === 1 ? (jobs[0] ?? null) : null
  }

  #remove(ticket: number): string | undefined {
    const id = this.#ids.get(ticket)
    if (id === undefined) return undefined
    this.#ids.delete(ticket)
    if (this.#byId.get(id) === ticket) this.#byId.delete(id)
    this.#tickets.giveBack(ticket)
    return id
  }
}
