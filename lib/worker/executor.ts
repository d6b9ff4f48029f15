import { DEFAULTS } from '../core/options.ts'
import type { Claimed } from '../core/store.ts'
import { TransientMap } from '../core/transient-map.ts'
import type { RedisStore } from '../redis/store.ts'
import { optionsOf, toAssignment } from '../run/assign.ts'
import type { AbortCause, Assignment, Outcome } from '../run/assignment.ts'
import type { Verdict } from '../run/verdict.ts'
import type { Announcer } from './announcer.ts'
import { Endings } from './endings.ts'
import { complaints, HANDLERS_MS, type Handling, handlersDied, toHandling } from './handling.ts'
import { type Held, ranFor, timeLeft, toHeld, withResultTtl } from './held.ts'
import type { HorseExit } from './horse/horse.ts'
import { HorsePool, type PoolOptions } from './horse-pool.ts'
import type { CheckedWorkerOptions } from './options.ts'
import { Pace } from './pace.ts'
import { Reports } from './reports.ts'
import { idsIn, killHorses, type LiveRun, runningJobs } from './running.ts'
import { Tally } from './tally.ts'
import { aborted, died, giveBack, judged, refused, unusable } from './verdicts.ts'
import { Watch } from './watch.ts'

export interface ExecutorOptions extends PoolOptions {
  readonly worker: string
  readonly store: RedisStore
  readonly announcer: Announcer
  /** Paths of the functions that hear of every run that fails. */
  readonly handlers: () => readonly string[]
  readonly rules: Pick<CheckedWorkerOptions, 'resultTtlMs' | 'keepFailed' | 'unknownFunction'>
  /** There is something to send, or room for more jobs. */
  readonly onChange: () => void
  readonly onFatal: (error: Error) => void
}

/** Runs claimed jobs: begins them, bounds their time, and turns what becomes of them into endings for the store. */
export class Executor {
  readonly #options: ExecutorOptions
  readonly #pool: HorsePool
  readonly #pace: Pace
  readonly #held = new TransientMap<string, Held>()
  readonly endings = new Endings()
  readonly tally = new Tally()
  /** Two queues may each have a job of one custom id: the second waits until the first has ended. */
  #parked: Claimed[] = []
  readonly watch: Watch
  /** Set by a cold stop: what a claim still under way brings goes back at once. */
  #refusing = false
  #idle: (() => void) | undefined

  constructor(options: ExecutorOptions) {
    this.#options = options
    this.#pace = new Pace(options.concurrency)
    const reports = new Reports(this.#held, options.store, options.worker)
    this.#pool = new HorsePool(options, {
      began: (id) => this.#onBegan(id),
      outcome: (id, outcome) => this.#onOutcome(id, outcome),
      update: (id, update) => reports.update(id, update),
      ask: (id, ask) => reports.ask(id, ask),
      died: (begun, exit) => this.#onDied(begun, exit),
      again: (id) => {
        const held = this.#held.get(id)
        if (!held?.aborted || held.handling) return true
        this.#end(held, aborted(held))
        return false
      },
      unusable: (exit) => options.onFatal(unusable(exit)),
    })
    this.watch = new Watch(this.#held, {
      begun: (begun) => {
        for (const held of begun) this.#limit(held)
        options.onChange()
      },
      long: (waiting) => {
        this.#pace.slow()
        if (waiting > 0) void this.giveBackWaiting()
      },
    })
  }

  start(): void {
    this.#pool.warmUp()
  }

  get isPrepared(): boolean {
    return this.#pool.isPrepared
  }

  get held(): number {
    return this.#held.size
  }

  /** Those that wait for another job of their id included. */
  get claimed(): number {
    return this.#held.size + this.#parked.length
  }

  get free(): number {
    return Math.max(0, this.#options.concurrency - this.#held.size)
  }

  /** How many more jobs to claim now. */
  get room(): number {
    return Math.max(0, this.#options.concurrency + this.#pace.ahead - this.#held.size)
  }

  /** Whether jobs claimed now begin at once, as all do while none are claimed ahead. */
  get beginsAtOnce(): boolean {
    return this.#pace.ahead === 0
  }

  get hasNews(): boolean {
    return !this.endings.isEmpty || this.watch.hasBeginnings
  }

  /** Ids held of one queue, those whose ending is not sent included. */
  idsOf(queue: string): Set<string> {
    const ending = this.endings.of(queue).map(({ held }) => held)
    const claimed = [...this.#held.values(), ...ending].map(({ job }) => job)
    return idsIn(queue, claimed, this.#parked)
  }

  /**
   * @param begun whether the claim told the store that they begin
   * @param refuse whether they go back at once
   */
  accept(jobs: readonly Claimed[], wanted: number, begun: boolean, refuse = this.#refusing): void {
    if (wanted > 0 && jobs.length === wanted) this.#pace.filled()
    const assignments: Assignment[] = []
    for (const job of jobs) {
      if (this.#held.has(job.id)) {
        if (refuse) this.endings.giveBack(job)
        else this.#parked.push(job)
        continue
      }
      const options = withResultTtl(optionsOf(job), this.#options.rules.resultTtlMs)
      const held = toHeld(job, options, begun || job.alone)
      this.#held.set(job.id, held)
      const turnedAway = refuse ? giveBack() : refused(held, this.#options.store.signer)
      if (turnedAway) {
        this.#close(held, { verdict: turnedAway, ms: 0, endedAt: performance.now() })
        continue
      }
      const assignment = toAssignment(job, options, this.#options.worker, this.#options.store)
      if (assignment instanceof Promise) this.#runLater(held, assignment)
      else assignments.push(assignment)
    }
    this.#pool.run(assignments, this.#pace.ahead)
    this.watch.start()
  }

  #runLater(held: Held, assignment: Promise<Assignment>): void {
    assignment.then(
      (ready) => {
        if (this.#held.get(held.job.id) === held) this.#pool.run([ready], this.#pace.ahead)
      },
      // Its parents' results could not be read: Redis is away, and the job waits for it in its queue.
      () => this.#end(held, giveBack()),
    )
  }

  #onBegan(id: string): void {
    const held = this.#held.get(id)
    if (!held) return
    if (held.handling) {
      held.timer = setTimeout(() => this.#handlersOverdue(held), HANDLERS_MS)
      return
    }
    held.began = performance.now()
    this.#options.announcer.began(held)
    // Told to end while its horse still loaded what jobs need.
    if (held.aborted) this.#tellAbort(held, held.aborted)
    else if (held.begunInStore) this.#limit(held)
  }

  /** Arms the timeout of a job that is known to run. Jobs that are over within a tick never need a timer. */
  #limit(held: Held): void {
    const left = timeLeft(held)
    if (left === null || held.timer || held.handling) return
    held.timer = setTimeout(() => this.abort(held.job.id, 'timeout'), left)
  }

  /** Aborts a job's signal; if it goes on regardless, its horse is killed after the grace. */
  abort(id: string, cause: AbortCause): void {
    const held = this.#held.get(id)
    if (!held || held.aborted) return
    if (held.handling) {
      // Its run is over: only whether the store will accept that can change.
      if (cause !== 'lease lost') return
      held.aborted = cause
      this.#close(held, held.handling)
      return
    }
    held.aborted = cause
    clearTimeout(held.timer)
    if (held.began === undefined) void this.#dropWaiting(held)
    else this.#tellAbort(held, cause)
  }

  #tellAbort(held: Held, cause: AbortCause): void {
    this.#pool.abort(held.job.id, cause)
    // In a stop it is the worker that decides how long it waits.
    if (cause !== 'shutdown') held.timer = setTimeout(() => this.#overdue(held), DEFAULTS.graceMs)
  }

  async #dropWaiting(held: Held): Promise<void> {
    for (const other of await this.#takeBack()) this.#end(other, other === held ? aborted(held) : giveBack())
  }

  /** The jobs that had not begun, taken from the horses. Exception handlers that wait for one go on waiting. */
  async #takeBack(): Promise<Held[]> {
    const back = (await this.#pool.takeBack()).flatMap((id) => this.#held.get(id) ?? [])
    const handled = back.flatMap((held) => held.handling?.assignment ?? [])
    if (handled.length > 0) this.#pool.run(handled, 0)
    return back.filter((held) => !held.handling)
  }

  /** What cannot be killed, in this process, is left to itself: its job ends now, and the next one has its slot. */
  #overdue(held: Held): void {
    if (this.#options.isolation === 'none') {
      this.#pool.letGo(held.job.id)
      this.#close(held, { verdict: aborted(held), ms: ranFor(held), endedAt: performance.now() })
    } else this.#pool.kill(held.job.id)
  }

  #onOutcome(id: string, outcome: Outcome): void {
    const held = this.#held.get(id)
    if (!held) return
    if (held.handling) {
      for (const line of complaints(outcome)) this.#options.announcer.complain(held, line)
      this.#close(held, held.handling)
      return
    }
    this.#pace.record(outcome.ms)
    // Whatever a job makes of its abort, over its time it has failed and stopped it is stopped. One that ends while the worker shuts down has ended.
    const told = held.aborted === 'timeout' || held.aborted === 'stopped'
    const mine = told ? aborted(held) : judged(held, outcome, this.#options.rules)
    const cut = held.aborted === 'shutdown' && outcome.kind === 'failed'
    this.#end(held, cut ? giveBack() : mine, outcome.ms)
  }

  #onDied(begun: readonly string[], exit: HorseExit): void {
    const suspects = begun.map((id) => this.#held.get(id)).filter((held) => held !== undefined)
    for (const held of suspects)
      if (held.handling) this.#onHandlersDied(held)
      else this.#end(held, died(held, suspects, exit))
    this.#options.onChange()
  }

  #onHandlersDied(held: Held): void {
    this.#options.announcer.complain(held, handlersDied(held))
    this.#close(held, held.handling!)
  }

  #handlersOverdue(held: Held): void {
    held.condemned = true
    if (this.#options.isolation === 'none') {
      this.#pool.letGo(held.job.id)
      this.#onHandlersDied(held)
    } else this.#pool.kill(held.job.id)
  }

  /** A run is over. One that failed is told to the exception handlers before it is recorded. */
  #end(held: Held, verdict: Verdict, ms?: number): void {
    if (held.handling) {
      this.#close(held, held.handling)
      return
    }
    const endedAt = performance.now()
    const ran = ms ?? ranFor(held)
    const handlers = this.#options.handlers()
    const failed = verdict.kind === 'failed' || verdict.kind === 'retry'
    if (failed && handlers.length > 0 && held.aborted !== 'lease lost') {
      clearTimeout(held.timer)
      held.handling = toHandling(held, verdict, ran, handlers, this.#options.worker)
      this.#pool.run([held.handling.assignment], 0)
      return
    }
    this.#close(held, { verdict, endedAt, ms: ran })
  }

  #close(held: Held, { verdict: given, endedAt, ms }: Pick<Handling, 'verdict' | 'endedAt' | 'ms'>): void {
    const { job } = held
    clearTimeout(held.timer)
    this.#held.delete(job.id)
    const verdict = given.kind === 'failed' && !this.#options.rules.keepFailed ? { ...given, ttl: 0 } : given
    // The lease is gone: whatever became of the job here, the store would refuse it.
    if (held.aborted !== 'lease lost') this.endings.add({ held, verdict, endedAt, ms })
    const counts = this.tally.add(verdict.kind, ms, held)
    if (counts || held.began !== undefined) this.#options.announcer.ended(held, verdict, ms)
    if (this.#parked.length > 0) this.accept(this.#parked.splice(0), 0, false)
    if (this.#held.size === 0) this.#idle?.()
    this.#options.onChange()
  }

  get running(): LiveRun[] {
    return runningJobs(this.#held.values(), (id) => this.#pool.pidOf(id))
  }

  readonly renewHorses = () => this.#pool.renew()

  /** As `killHorses` says. */
  killRunning(): number {
    return killHorses(this.#held.values(), (id) => this.#pool.kill(id))
  }

  /** What has not begun goes back to where it stood, for any worker. */
  async giveBackWaiting(): Promise<void> {
    for (const job of this.#parked.splice(0)) this.endings.giveBack(job)
    if (this.hasNews) this.#options.onChange()
    for (const held of await this.#takeBack()) this.#end(held, giveBack())
  }

  abortAll(cause: AbortCause): void {
    for (const id of [...this.#held.keys()]) this.abort(id, cause)
  }

  /** Gives back whatever is still held, begun or not; what it is doing will be killed. */
  giveBackAll(): void {
    this.#refusing = true
    for (const held of [...this.#held.values()]) this.#end(held, giveBack())
  }

  /** The store does not hold these for this worker any more: another one may run them. */
  loseLease(ids: Iterable<string>): void {
    for (const id of ids) this.abort(id, 'lease lost')
  }

  /** Resolves when nothing is held any more. */
  whenIdle(): Promise<void> {
    if (this.#held.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle = resolve
    })
  }

  /** Whether no horse is still busy with a job that was given back, or would not end. */
  get isClean(): boolean {
    return this.#pool.isIdle
  }

  async stop(): Promise<void> {
    this.watch.stop()
    await this.#pool.stop()
  }

  killAll(): void {
    this.watch.stop()
    this.#pool.killAll()
  }
}
