import { TransientMap } from '../core/transient-map.ts'
import type { Answer, Ask, Assignment, Outcome, Update } from '../run/assignment.ts'
import type { Bootstrap } from '../run/bootstrap.ts'
import { CAPACITY } from './horse/gate.ts'
import { begunJobs, type Horse, type HorseExit, type Isolation } from './horse/horse.ts'
import type { TitleSettings } from './horse/horse-title.ts'
import { startHorse } from './horse/start.ts'
import { isBegun, load, newStall, type Sent, type Stall, slotsOfNext } from './stall.ts'

export interface PoolOptions {
  readonly worker: string
  readonly isolation: Isolation
  readonly concurrency: number
  readonly horses: number
  readonly roots: readonly string[]
  readonly codec: string | undefined
  readonly maxMemoryMb: number | undefined
  /** Called before each horse that is a process or a thread. */
  readonly onFork: (isFirst: boolean) => void
  /** Called where a horse is replaced, for it has grown by so many MiB. */
  readonly onGrown: (mb: number) => void
  /** What is loaded before the first job. */
  readonly bootstrap: Bootstrap | undefined
  readonly place: string | undefined
  /** What the list of processes shows of the horses. */
  readonly title: TitleSettings | undefined
  readonly captureOutput: boolean
}

export interface PoolEvents {
  /** A job begins to run. */
  began(id: string): void
  outcome(id: string, outcome: Outcome): void
  update(id: string, update: Update): void
  ask(id: string, ask: Ask): Promise<Answer>
  /** A horse ended: the jobs that had begun in it, and how it ended. What had not begun is sent to another. */
  died(begun: readonly string[], exit: HorseExit): void
  /** Its horse ended before it began: whether another is to run it. One whose time was over meanwhile has ended by that. */
  again(id: string): boolean
  /** Horses end before they can run anything: one after the other, or for a reason that will stand. */
  unusable(exit: HorseExit): void
}

const STARTS_BEFORE_GIVING_UP = 3
/** A horse that cannot load a module is replaced no sooner: one for each job would cost more than it mends. */
const LEAST_LIFE_MS = 5_000

/** The worker's horses: started when there is work for them, replaced when they die. */
export class HorsePool {
  readonly #options: PoolOptions
  readonly #events: PoolEvents
  readonly #startHorse: typeof startHorse
  readonly #stalls: Stall[] = []
  /** Those that end when what they run has ended. */
  readonly #retired = new Set<Stall>()
  #waiting: Assignment[] = []
  /** By id; the same one may come from two queues, and then waits. */
  readonly #sent = new TransientMap<string, Sent>()
  #failedStarts = 0
  #started = 0
  /** Whether a horse has been ready, and so has loaded what jobs need. */
  isPrepared = false
  #closed = false

  constructor(options: PoolOptions, events: PoolEvents, start = startHorse) {
    this.#options = options
    this.#events = events
    this.#startHorse = start
  }

  /** Has a horse ready before the first job. */
  warmUp(): void {
    if (this.#stalls.length === 0) this.#start()
  }

  /** Jobs that wait here for a horse. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Runs jobs in their order; of what exceeds the free slots, up to `ahead` jobs are sent ahead to the horses. */
  run(assignments: readonly Assignment[], ahead: number): void {
    if (assignments.length > 0)
      this.#waiting = this.#waiting.length === 0 ? [...assignments] : [...this.#waiting, ...assignments]
    this.#dispatch(ahead)
  }

  #dispatch(ahead: number): void {
    if (this.#waiting.length === 0 || this.#closed) return
    const batches = new Map<Stall, Assignment[]>()
    const perHorse = Math.ceil(ahead / Math.max(1, this.#stalls.length))
    let taken = 0
    let skipped: Assignment[] | undefined
    for (const assignment of this.#waiting) {
      const stall = this.#pick(perHorse)
      if (!stall) break
      taken++
      if (this.#sent.has(assignment.id)) {
        skipped ??= []
        skipped.push(assignment)
        continue
      }
      const sent: Sent = { assignment, stall, state: 'ahead' }
      this.#sent.set(assignment.id, sent)
      stall.ahead += 1
      if (stall.running < stall.slots) this.#begin(sent)
      else stall.queue.push(sent)
      const batch = batches.get(stall)
      if (batch) batch.push(assignment)
      else batches.set(stall, [assignment])
    }
    if (taken > 0) this.#waiting = [...(skipped ?? []), ...this.#waiting.slice(taken)]
    for (const [stall, batch] of batches) stall.horse.send(batch)
  }

  /** The least busy horse that has a free slot; else a new one; else one that may take more ahead. */
  #pick(perHorse: number): Stall | undefined {
    let best: Stall | undefined
    for (const stall of this.#stalls) {
      if (!best || load(stall) < load(best)) best = stall
    }
    if (best && best.running < best.slots) return best
    if (this.#stalls.length < this.#options.horses) return this.#start()
    return best && best.ahead < Math.min(perHorse, CAPACITY - best.slots) ? best : undefined
  }

  #start(): Stall {
    const {
      worker,
      isolation,
      concurrency,
      horses,
      roots,
      codec,
      maxMemoryMb,
      captureOutput,
      bootstrap,
      place,
      title,
    } = this.#options
    if (isolation !== 'none') this.#options.onFork(this.#started++ === 0)
    const slots = slotsOfNext(this.#stalls, concurrency, horses)
    const horse = this.#startHorse(
      isolation,
      {
        slots,
        roots,
        worker,
        captureOutput,
        place,
        ...(codec !== undefined && { codec }),
        ...(maxMemoryMb !== undefined && { maxMemoryMb }),
        ...(bootstrap && { bootstrap }),
        ...(title && { title }),
      },
      {
        ready: () => this.#onReady(stall),
        outcome: (id, outcome) => this.#onOutcome(stall, id, outcome),
        update: (id, update) => this.#events.update(id, update),
        ask: (id, ask) => this.#events.ask(id, ask),
        grown: (mb) => this.#onGrown(stall, mb),
        exit: (exit) => this.#onExit(stall, exit),
      },
    )
    const stall = newStall(horse, slots)
    this.#stalls.push(stall)
    return stall
  }

  #onReady(stall: Stall): void {
    stall.ready = true
    this.isPrepared = true
    for (const sent of this.#sentTo(stall)) if (isBegun(sent)) this.#events.began(sent.assignment.id)
  }

  #onOutcome(stall: Stall, id: string, outcome: Outcome): void {
    this.#failedStarts = 0
    this.#forget(stall, id)
    if (outcome.kind === 'failed' && outcome.stuck) this.#outgrow(stall)
    this.#events.outcome(id, outcome)
  }

  /** Whether what it failed to load can be loaded by now only another horse finds out. */
  #outgrow(stall: Stall): void {
    if (this.#options.isolation === 'none') return
    const left = stall.startedAt + LEAST_LIFE_MS - performance.now()
    if (left <= 0) void this.#replace([stall])
    else stall.leaving ??= setTimeout(() => void this.#replace([stall]), left)
  }

  #forget(stall: Stall, id: string): void {
    this.#strike(stall, id)
    this.#moveUp(stall)
    if (this.#retired.size > 0) this.#stopRetired()
  }

  /** It may have ended before it was seen to begin: a horse that skips what was taken back is ahead of what is known of it here. */
  #strike(stall: Stall, id: string): void {
    const sent = this.#sent.get(id)
    if (sent?.stall !== stall) return
    if (isBegun(sent)) stall.running -= 1
    else stall.ahead -= 1
    sent.state = 'gone'
    this.#sent.delete(id)
  }

  /** With jobs gone from a full horse, the next ones in its order begin. */
  #moveUp(stall: Stall): void {
    while (stall.running < stall.slots) {
      const next = stall.queue.shift()
      if (!next) return
      if (next.state === 'ahead') this.#begin(next)
    }
  }

  #begin(sent: Sent): void {
    const { stall, assignment } = sent
    sent.state = 'begun'
    stall.ahead -= 1
    stall.running += 1
    if (stall.ready) this.#events.began(assignment.id)
  }

  /** What a horse was sent and has not answered: what has begun, then the rest, in its order. */
  #sentTo(stall: Stall): Sent[] {
    const all = [...this.#sent.values()].filter((sent) => sent.stall === stall)
    return [...all.filter(isBegun), ...all.filter((sent) => !isBegun(sent))]
  }

  #onExit(stall: Stall, exit: HorseExit): void {
    clearTimeout(stall.leaving)
    if (!this.#retired.delete(stall)) this.#stalls.splice(this.#stalls.indexOf(stall), 1)
    const begun = new Set(begunJobs(exit, stall.slots))
    const sent = this.#sentTo(stall).map(({ assignment }) => assignment)
    for (const { id } of sent) this.#strike(stall, id)
    const rest = sent.filter(({ id }) => !begun.has(id) && this.#events.again(id))
    this.#waiting = [...rest, ...this.#waiting]
    if (exit.ready) this.#events.died([...begun], exit)
    else if (
      !this.#closed &&
      !stall.killed &&
      (exit.unprepared || ++this.#failedStarts >= STARTS_BEFORE_GIVING_UP)
    )
      this.#events.unusable(exit)
    this.#dispatch(0)
  }

  get #all(): readonly Stall[] {
    return [...this.#stalls, ...this.#retired]
  }

  /** Whether no job is at a horse. */
  get isIdle(): boolean {
    return this.#sent.size === 0
  }

  abort(id: string, cause: Parameters<Horse['abort']>[1]): void {
    this.#sent.get(id)?.stall.horse.abort(id, cause)
  }

  /** Kills the horse that runs a job, and with it whatever else runs there. False where no horse has it. */
  kill(id: string): boolean {
    const stall = this.#sent.get(id)?.stall
    if (!stall) return false
    stall.killed = true
    stall.horse.kill()
    return true
  }

  /** The process that a job was sent to, or null where that is the worker's own. */
  pidOf(id: string): number | null {
    return this.#sent.get(id)?.stall.horse.pid ?? null
  }

  /** Replaces every horse by a fresh one, between its jobs: what runs may end, what has not begun runs in the new ones. */
  renew(): Promise<void> {
    return this.#replace([...this.#stalls])
  }

  #onGrown(stall: Stall, mb: number): void {
    // What a horse says while it is replaced replaces no other.
    if (!this.#stalls.includes(stall)) return
    this.#options.onGrown(mb)
    void this.#replace([stall])
  }

  async #replace(stalls: readonly Stall[]): Promise<void> {
    for (const stall of stalls) {
      clearTimeout(stall.leaving)
      const place = this.#stalls.indexOf(stall)
      if (place < 0) continue
      this.#stalls.splice(place, 1)
      this.#retired.add(stall)
    }
    for (const stall of this.#retired) {
      if (stall.ahead === 0) continue
      const sent = new Map(this.#sentTo(stall).map(({ assignment }) => [assignment.id, assignment]))
      const back = await this.#withdraw(stall)
      this.#waiting = [...back.map((id) => sent.get(id)!), ...this.#waiting]
    }
    this.#stopRetired()
    if (!this.#closed) this.warmUp()
    this.#dispatch(0)
  }

  #stopRetired(): void {
    for (const { horse, running, ahead } of this.#retired) if (running + ahead === 0) void horse.stop()
  }

  /** Leaves a job that cannot be killed to itself: it goes on unheard, and its slot is another's. */
  letGo(id: string): void {
    const stall = this.#sent.get(id)?.stall
    if (!stall) return
    stall.horse.letGo?.(id)
    this.#forget(stall, id)
    this.#dispatch(0)
  }

  /** Takes back every job that has not begun: those waiting here, and those sent ahead. */
  async takeBack(): Promise<string[]> {
    const ids = this.#waiting.map(({ id }) => id)
    this.#waiting = []
    const withdrawn = await Promise.all(
      this.#all.map((stall) => (stall.ahead === 0 ? [] : this.#withdraw(stall))),
    )
    return [...ids, ...withdrawn.flat()]
  }

  /** Takes back what was sent ahead to a horse. */
  async #withdraw(stall: Stall): Promise<string[]> {
    const ahead = stall.queue.filter(({ state }) => state === 'ahead')
    const back = await stall.horse.withdraw(ahead.map(({ assignment }) => assignment.id))
    for (const id of back) this.#strike(stall, id)
    // In the place of one that had moved up meanwhile the horse has begun another.
    this.#moveUp(stall)
    return back
  }

  async stop(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#all.map(({ horse }) => horse.stop()))
  }

  killAll(): void {
    this.#closed = true
    for (const { horse } of this.#all) horse.kill()
  }
}
