import { RedisAuthError } from '../core/errors.ts'
import { DEFAULTS } from '../core/options.ts'
import type { StepReply } from '../core/store.ts'
import type { Doorbell } from '../redis/doorbell.ts'
import type { RedisStore } from '../redis/store.ts'
import { toEnding } from './endings.ts'
import type { Executor } from './executor.ts'
import type { Heartbeat } from './heartbeat.ts'
import type { Logger } from './logger.ts'

const MOST_A_STEP = 350
const RETRY_MS = 1_000

export interface FetcherOptions {
  readonly worker: string
  readonly queues: readonly string[]
  readonly store: RedisStore
  readonly executor: Executor
  readonly doorbell: Doorbell
  readonly heartbeat: Heartbeat
  readonly burst: boolean
  readonly log: Logger
}

/**
 * The worker's loop: sends endings, claims jobs queue by queue in their order, and sleeps on the bell when there is nothing
 * to do. While jobs are short a second pass goes out before the first is answered, so that neither Redis nor the worker waits
 * for the other. No pass is under way during a heartbeat, which therefore sees exactly what the worker holds.
 */
export class Fetcher {
  readonly #options: FetcherOptions
  #claiming = true
  #draining = false
  #finishing = false
  #giveUpAt = Number.POSITIVE_INFINITY
  #changed = false
  /** Whoever sleeps here: the loop, and a bell that cannot be heard for now. */
  readonly #sleepers = new Set<() => void>()
  #ringing: Promise<void> | undefined
  /** Whether the loop waits for Redis. */
  #passing = false
  /** The pass beside the loop's, and whether one is about to start. */
  #second: Promise<void> | undefined
  #secondPlanned = false
  /** Whether the last look at the queues left work there. */
  #left = false
  /** Jobs asked for and not yet answered. */
  #asked = 0
  /** When the next scheduled job is due, by performance.now(). */
  #due = Number.POSITIVE_INFINITY

  constructor(options: FetcherOptions) {
    this.#options = options
  }

  /** There are endings to send, or room for more. */
  readonly onChange = (): void => {
    this.#changed = true
    for (const wake of this.#sleepers) wake()
    if (this.#passing && !this.#secondPlanned && !this.#second && !this.#options.executor.beginsAtOnce)
      this.#planSecond()
  }

  /** After this turn, in which many short jobs may end. */
  #planSecond(): void {
    this.#secondPlanned = true
    setImmediate(() => {
      this.#secondPlanned = false
      const { executor } = this.#options
      if (
        !this.#passing ||
        this.#second ||
        executor.endings.isEmpty ||
        executor.beginsAtOnce ||
        this.#finishing
      )
        return
      this.#second = this.#pass()
        // What it could not send is put back for the loop, which meets the same trouble and tells of it.
        .catch(() => 0)
        .then(() => {
          this.#second = undefined
          this.onChange()
        })
    })
  }

  get #room(): number {
    return this.#options.executor.room - this.#asked
  }

  /** Claims no more; the loop goes on for what is held. */
  stopClaiming(): void {
    this.#claiming = false
    this.onChange()
  }

  /** The loop ends as soon as everything that ended is sent. */
  finish(): void {
    this.#claiming = false
    this.#finishing = true
    this.#giveUpAt = performance.now() + DEFAULTS.commandTimeoutMs
    this.onChange()
  }

  /** Runs until `finish`, or in burst mode until the queues are empty. Rejects when Redis refuses this worker for good. */
  async run(): Promise<void> {
    const { executor, heartbeat, burst, log } = this.#options
    for (;;) {
      this.#changed = false
      let claimed = 0
      try {
        if (heartbeat.isDue) {
          await this.#second
          await heartbeat.beat()
        }
        this.#passing = true
        claimed = await this.#pass().finally(() => {
          this.#passing = false
        })
        if (executor.hasNews && claimed === 0) await nextTurn()
        if (executor.hasNews) continue
        if (this.#second && (this.#finishing || executor.held === 0)) {
          await this.#second
          continue
        }
        if (this.#finishing) return
        if (burst && claimed === 0 && executor.held === 0 && this.#claiming && (await this.#isDrained()))
          return
      } catch (error) {
        if (error instanceof RedisAuthError) throw error
        if (this.#finishing && !executor.hasNews) return
        // What jobs have done is worth some patience, but a stop must end.
        if (performance.now() >= this.#giveUpAt) throw error
        log.warn(`${(error as Error).message} Trying again in ${RETRY_MS / 1000} s.`)
        await this.#sleep(RETRY_MS)
        continue
      }
      // With new jobs here the next claim goes out before they run: Redis and the horses work at the same time.
      if (claimed > 0 && this.#left && this.#room > 0) continue
      // A job that was just claimed may have ended a turn later: its ending goes out before the bell is asked again.
      if (this.#changed || claimed > 0) await nextTurn()
      if (!this.#changed) await this.#idle()
    }
  }

  /** A dependent that the last job released may have arrived after the queues were looked at. */
  async #isDrained(): Promise<boolean> {
    const { store, executor } = this.#options
    await store.idle()
    return (await this.#pass()) === 0 && !executor.hasNews && executor.held === 0
  }

  /** One look at every queue. Answers how many jobs it claimed. */
  async #pass(): Promise<number> {
    const { executor, queues } = this.#options
    if (executor.held + this.#asked === 0) this.#draining = false
    const mayClaim = () => this.#claiming && !this.#draining && this.#room > 0
    // Endings do not wait for the claims of queues before their own.
    const [first] = queues
    const sent = executor.endings.queues.filter((queue) => queue !== first || !mayClaim())
    const sends = sent.map((queue) => this.#step(queue, 0))
    let claimed = 0
    let due = Number.POSITIVE_INFINITY
    let looked = false
    let left = false
    try {
      if (!mayClaim()) await this.#beginnings()
      for (const queue of queues) {
        if (!mayClaim()) break
        looked = true
        const reply = await this.#step(queue, Math.min(this.#room, MOST_A_STEP))
        claimed += reply.jobs.length
        left ||= reply.left
        if (reply.dueIn !== null) due = Math.min(due, performance.now() + reply.dueIn)
      }
    } finally {
      await Promise.all(sends)
    }
    if (looked) this.#due = due
    this.#left = left
    return claimed
  }

  async #beginnings(): Promise<void> {
    const { executor, queues } = this.#options
    for (const queue of queues) if (executor.hasBeginnings(queue)) await this.#step(queue, 0)
  }

  async #step(queue: string, want: number): Promise<StepReply> {
    const { executor, store, worker } = this.#options
    const unsent = executor.endings.take(queue, MOST_A_STEP)
    const beginnings = executor.takeBeginnings(queue)
    const begin = executor.beginsAtOnce
    const held = executor.held + this.#asked
    this.#asked += want
    try {
      const step = { endings: unsent.map(toEnding), beginnings, want, begin, held }
      const reply = await store.step(queue, worker, step).finally(() => {
        this.#asked -= want
      })
      this.#refused(queue, reply.stale)
      if (reply.alone || reply.jobs.some((job) => job.alone)) this.#draining = true
      executor.accept(reply.jobs, want, begin)
      return reply
    } catch (error) {
      executor.endings.putBack(queue, unsent)
      throw error
    }
  }

  #refused(queue: string, stale: readonly string[]): void {
    if (stale.length === 0) return
    this.#options.executor.loseLease(stale)
    for (const id of stale) {
      this.#options.log.warn(
        `${queue}: the outcome of job ${id} was refused: it was canceled, or another worker took it over`,
      )
    }
  }

  /** Whether more jobs are wanted now. */
  get #wants(): boolean {
    return this.#claiming && !this.#draining && this.#options.executor.room > 0
  }

  /** Has the bell wake the loop. */
  #listen(): void {
    if (this.#ringing || !this.#wants) return
    const { doorbell } = this.#options
    const started = performance.now()
    const ms = Math.min(DEFAULTS.blockMs, Math.max(1, this.#due - started))
    this.#ringing = doorbell.wait(ms).then(async (bell) => {
      this.#ringing = undefined
      // Taken while there was no room for what it announces: another worker may have.
      if (bell !== null && !this.#wants) await doorbell.passOn(bell).catch(() => {})
      // A connection that cannot be had answers at once.
      if (bell === null && performance.now() - started < ms / 2) await this.#sleep(Math.min(RETRY_MS, ms))
      this.onChange()
    })
  }

  /** Sleeps until a bell rings, a scheduled job is due, or something changes here. */
  async #idle(): Promise<void> {
    this.#listen()
    const now = performance.now()
    const untilBeat = Math.max(0, this.#options.heartbeat.dueAt - now)
    // A bell that is already waited for may sleep past a job that is due sooner.
    const untilDue = this.#wants ? Math.max(1, this.#due - now) : Number.POSITIVE_INFINITY
    await this.#sleep(Math.min(untilBeat, untilDue))
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.#sleepers.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, Math.min(ms, 60_000))
      this.#sleepers.add(wake)
    })
  }
}

/** What came meanwhile is heard before the next pass. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
