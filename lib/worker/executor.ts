import { DEFAULTS } from '../core/options.ts'
import type { Beginning, Claimed } from '../core/store.ts'
import type { RedisStore } from '../redis/store.ts'
import { optionsOf, toAssignment } from '../run/assign.ts'
import type { AbortCause, Assignment, Outcome, Update } from '../run/assignment.ts'
import { timeoutOf, type Verdict, verdict } from '../run/verdict.ts'
import { Endings } from './endings.ts'
import { type Held, toHeld } from './held.ts'
import type { HorseExit } from './horse/horse.ts'
import { HorsePool, type PoolOptions } from './horse-pool.ts'
import type { Narrator } from './narrator.ts'
import { Pace } from './pace.ts'
import { aborted, giveBack, giveBackAlone, horseDied, unusable } from './verdicts.ts'

/** A job still running after this long is told to the store, in case it was not when it was claimed. */
const BEGUN_AFTER_MS = 10
/** A job still running after this long runs long: what waits behind it goes back. */
const LONG_AFTER_MS = 25
const TICK_MS = 10

export interface ExecutorOptions extends PoolOptions {
  readonly worker: string
  readonly store: RedisStore
  readonly narrator: Narrator
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
  readonly totals = { finished: 0, failed: 0, retried: 0, stopped: 0 }
  /** Two queues may each have a job of one custom id: the second waits until the first has ended. */
  #parked: Claimed[] = []
  #beginnings: Held[] = []
  #tick: NodeJS.Timeout | undefined
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
  }

  start(): void {
    this.#pool.warmUp()
  }

  get held(): number {
    return this.#held.size
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
    return !this.endings.isEmpty || this.#beginnings.length > 0
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
      const options = optionsOf(job)
      const held = toHeld(job, options, begun || job.alone)
      this.#held.set(job.id, held)
      const assignment = toAssignment(job, options, this.#options.worker, this.#options.store)
      if (assignment instanceof Promise) this.#runLater(held, assignment)
      else assignments.push(assignment)
    }
    this.#pool.run(assignments, this.#pace.ahead)
    this.#watch()
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
    held.began = performance.now()
    this.#options.narrator.began(held)
    if (held.begunInStore) this.#limit(held)
  }

  /** Arms the timeout of a job that is known to run. Jobs that are over within a tick never need a timer. */
  #limit(held: Held): void {
    const limit = timeoutOf(held.options)
    if (limit === null || held.timer) return
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
    const back = await this.#pool.takeBack()
    for (const id of back) {
      const other = this.#held.get(id)
      if (other) this.#end(other, other === held ? aborted(held) : giveBack())
    }
  }

  /** What cannot be killed, in this process, is left to itself: its job ends now, its slot stays taken. */
  #overdue(held: Held): void {
    if (this.#options.isolation === 'none') this.#end(held, aborted(held))
    else this.#pool.kill(held.job.id)
  }

  #onOutcome(id: string, outcome: Outcome): void {
    const held = this.#held.get(id)
    if (!held) return
    this.#pace.record(outcome.ms)
    // Whatever a job makes of its abort, over its time it has failed and stopped it is stopped. One that ends while the worker shuts down has ended.
    const told = held.aborted === 'timeout' || held.aborted === 'stopped'
    const mine = told ? aborted(held) : verdict(held.options, held.job, outcome)
    const cut = held.aborted === 'shutdown' && outcome.kind === 'failed'
    this.#end(held, cut ? giveBack() : mine, outcome.ms)
  }

  #onUpdate(id: string, { kind, value }: Update): void {
    const held = this.#held.get(id)
    if (!held) return
    if (kind === 'log') held.aux = true
    const { queue, token } = held.job
    const { store, worker } = this.#options
    // On the wire before the job's ending, which would make it too late.
    store.update(queue, worker, id, token, kind, value).catch(() => {})
  }

  /** Blame falls on the job that is known to have ended the horse; among several that may have, on none until each has run alone. */
  #onDied(begun: readonly string[], exit: HorseExit): void {
    const suspects = begun.map((id) => this.#held.get(id)).filter((held) => held !== undefined)
    const condemned = suspects.some((held) => held.aborted !== undefined)
    const culprit = exit.culprit ?? (suspects.length === 1 ? suspects[0]!.job.id : null)
    for (const held of suspects) {
      if (held.aborted) this.#end(held, aborted(held))
      else if (held.job.id === culprit) this.#end(held, horseDied(held, exit))
      else this.#end(held, condemned || culprit !== null ? giveBack() : giveBackAlone())
    }
    this.#options.onChange()
  }

  #end(held: Held, verdict: Verdict, ms?: number): void {
    const { job } = held
    clearTimeout(held.timer)
    this.#held.delete(job.id)
    const endedAt = performance.now()
    const ran = ms ?? (held.began === undefined ? 0 : endedAt - held.began)
    // The lease is gone: whatever became of the job here, the store would refuse it.
    if (held.aborted !== 'lease lost') this.endings.add({ held, verdict, endedAt, ms: ran })
    const counter = COUNTERS[verdict.kind]
    if (counter) this.totals[counter]++
    if (counter || held.began !== undefined) this.#options.narrator.ended(held, verdict, ran)
    if (this.#parked.length > 0) this.accept(this.#parked.splice(0), 0, false)
    if (this.#held.size === 0) this.#idle?.()
    this.#options.onChange()
  }

  hasBeginnings(queue: string): boolean {
    return this.#beginnings.some(({ job }) => job.queue === queue)
  }

  takeBeginnings(queue: string): Beginning[] {
    const now = performance.now()
    const mine = this.#beginnings.filter(({ job }) => job.queue === queue)
    if (mine.length > 0) this.#beginnings = this.#beginnings.filter(({ job }) => job.queue !== queue)
    return mine
      .filter((held) => this.#held.get(held.job.id) === held)
      .map(({ job, began }) => ({
        id: job.id,
        token: job.token,
        beganAgo: now - (began ?? now),
        attempt: job.attempt,
      }))
  }

  /** While jobs run that the store has not heard of, or others wait behind them, their age is watched. */
  #watch(): void {
    if (this.#tick || this.#held.size === 0) return
    this.#tick = setInterval(() => this.#look(), TICK_MS)
  }

  #look(): void {
    const now = performance.now()
    let waiting = 0
    let unheard = 0
    let long = false
    for (const held of this.#held.values()) {
      if (held.began === undefined) {
        waiting++
        continue
      }
      const ran = now - held.began
      long ||= ran >= LONG_AFTER_MS
      if (held.begunInStore) continue
      if (ran < BEGUN_AFTER_MS) {
        unheard++
        continue
      }
      held.begunInStore = true
      this.#beginnings.push(held)
      this.#limit(held)
    }
    if (this.#beginnings.length > 0) this.#options.onChange()
    if (long) {
      this.#pace.slow()
      if (waiting > 0) void this.giveBackWaiting()
    }
    if (waiting === 0 && unheard === 0) {
      clearInterval(this.#tick)
      this.#tick = undefined
    }
  }

  /** What has not begun goes back to where it stood, for any worker. */
  async giveBackWaiting(): Promise<void> {
    for (const id of await this.#pool.takeBack()) {
      const held = this.#held.get(id)
      if (held) this.#end(held, giveBack())
    }
  }

  /** Aborts everything that runs. */
  abortAll(cause: AbortCause): void {
    for (const id of [...this.#held.keys()]) this.abort(id, cause)
  }

  /** Gives back whatever is still held, begun or not; what it is doing will be killed. */
  giveBackAll(): void {
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
    clearInterval(this.#tick)
    await this.#pool.stop()
  }

  killAll(): void {
    clearInterval(this.#tick)
    this.#pool.killAll()
  }
}

const COUNTERS = {
  finished: 'finished',
  failed: 'failed',
  retry: 'retried',
  retryAsked: 'retried',
  repeat: 'finished',
  stopped: 'stopped',
  giveBack: undefined,
  giveBackAlone: undefined,
} as const
