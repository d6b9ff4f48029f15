import { DEFAULTS } from '../core/options.ts'
import type { Claimed } from '../core/store.ts'
import type { RedisStore } from '../redis/store.ts'
import { optionsOf, toAssignment } from '../run/assign.ts'
import type { AbortCause, Assignment, Outcome, Update } from '../run/assignment.ts'
import { timeoutOf, type Verdict } from '../run/verdict.ts'
import { Endings } from './endings.ts'
import { complaints, HANDLERS_MS, type Handling, handlersDied, toHandling } from './handling.ts'
import { type Held, toHeld, withResultTtl } from './held.ts'
import type { HorseExit } from './horse/horse.ts'
import { HorsePool, type PoolOptions } from './horse-pool.ts'
import type { Narrator } from './narrator.ts'
import type { CheckedWorkerOptions } from './options.ts'
import { Pace } from './pace.ts'
import { Tally } from './tally.ts'
import { aborted, died, giveBack, judged, refused, unusable } from './verdicts.ts'
import { Watch } from './watch.ts'

export interface ExecutorOptions extends PoolOptions {
  readonly worker: string
  readonly store: RedisStore
  readonly narrator: Narrator
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
  readonly #held = new Map<string, Held>()
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
    this.#pool = new HorsePool(options, {
      began: (id) => this.#onBegan(id),
      outcome: (id, outcome) => this.#onOutcome(id, outcome),
      update: (id, update) => this.#onUpdate(id, update),
      died: (begun, exit) => this.#onDied(begun, exit),
      unusable: (exit) => options.onFatal(unusable(exit)),
    })
    this.watch = new Watch(this.#held, {
      begun: (begun) => this.#onBegunLong(begun),
      long: (waiting) => this.#onLong(waiting),
    })
  }

  start(): void {
    this.#pool.warmUp()
  }

  get held(): number {
    return this.#held.size
  }

  /** Those that wait for another job of their id included. */
  get claimed(): number {
    return this.#held.size + this.#parked.length
  }

  /** How many more could run at once. */
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
    const ids = new Set<string>()
    for (const { job } of this.#held.values()) if (job.queue === queue) ids.add(job.id)
    for (const { held } of this.endings.of(queue)) ids.add(held.job.id)
    for (const job of this.#parked) if (job.queue === queue) ids.add(job.id)
    return ids
  }

  /** @param begun whether the claim told the store that they begin */
  accept(jobs: readonly Claimed[], wanted: number, begun: boolean): void {
    if (wanted > 0 && jobs.length === wanted) this.#pace.filled()
    const assignments: Assignment[] = []
    for (const job of jobs) {
      if (this.#held.has(job.id)) {
        this.#parked.push(job)
        continue
      }
      const options = withResultTtl(optionsOf(job), this.#options.rules.resultTtlMs)
      const held = toHeld(job, options, begun || job.alone)
      this.#held.set(job.id, held)
      const turnedAway = this.#refusing ? giveBack() : refused(held, this.#options.store.signer)
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
    this.#options.narrator.began(held)
    if (held.begunInStore) this.#limit(held)
  }

  /** Arms the timeout of a job that is known to run. Jobs that are over within a tick never need a timer. */
  #limit(held: Held): void {
    const limit = timeoutOf(held.options)
    if (limit === null || held.timer || held.handling) return
    const ran = performance.now() - (held.began ?? performance.now())
    // A longer one than timers can count is as good as none.
    held.timer = setTimeout(
      () => this.abort(held.job.id, 'timeout'),
      Math.min(Math.max(0, limit - ran), 2 ** 31 - 1),
    )
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
    if (held.began === undefined) {
      void this.#dropWaiting(held)
      return
    }
    this.#pool.abort(id, cause)
    held.timer = setTimeout(() => this.#overdue(held), DEFAULTS.graceMs)
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
      const ms = performance.now() - (held.began ?? performance.now())
      this.#close(held, { verdict: aborted(held), ms, endedAt: performance.now() })
    } else this.#pool.kill(held.job.id)
  }

  #onOutcome(id: string, outcome: Outcome): void {
    const held = this.#held.get(id)
    if (!held) return
    if (held.handling) {
      for (const line of complaints(outcome)) this.#options.narrator.complain(held, line)
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

  #onUpdate(id: string, { kind, value }: Update): void {
    const held = this.#held.get(id)
    if (!held) return
    if (kind === 'log') held.aux = true
    const { store, worker } = this.#options
    // On the wire before the job's ending, which would make it too late.
    store.update(held.job.queue, worker, id, held.job.token, kind, value).catch(() => {})
  }

  #onDied(begun: readonly string[], exit: HorseExit): void {
    const suspects = begun.map((id) => this.#held.get(id)).filter((held) => held !== undefined)
    for (const held of suspects) {
      if (held.handling) this.#onHandlersDied(held)
      else this.#end(held, died(held, suspects, exit))
    }
    this.#options.onChange()
  }

  #onHandlersDied(held: Held): void {
    this.#options.narrator.complain(held, handlersDied(held))
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
    const ran = ms ?? (held.began === undefined ? 0 : endedAt - held.began)
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
    if (counts || held.began !== undefined) this.#options.narrator.ended(held, verdict, ms)
    if (this.#parked.length > 0) this.accept(this.#parked.splice(0), 0, false)
    if (this.#held.size === 0) this.#idle?.()
    this.#options.onChange()
  }

  #onBegunLong(begun: readonly Held[]): void {
    for (const held of begun) this.#limit(held)
    this.#options.onChange()
  }

  #onLong(waiting: number): void {
    this.#pace.slow()
    if (waiting > 0) void this.giveBackWaiting()
  }

  /** Kills every horse that runs a job: those jobs have ended their horse. Answers how many. */
  killRunning(): number {
    const running = [...this.#held.values()].filter(
      (held) => held.began !== undefined && !held.aborted && !held.handling,
    )
    for (const held of running) {
      held.condemned = true
      this.#pool.kill(held.job.id)
    }
    return running.length
  }

  /** What has not begun goes back to where it stood, for any worker. */
  async giveBackWaiting(): Promise<void> {
    for (const held of await this.#takeBack()) this.#end(held, giveBack())
  }

  /** Aborts everything that runs. */
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
