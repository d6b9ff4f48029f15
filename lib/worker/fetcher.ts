import { setImmediate as nextTurn } from 'node:timers/promises'
import { RedisAuthError, WorkerNameTakenError } from '../core/errors.ts'
import { DEFAULTS } from '../core/options.ts'
import type { Claimed, StepReply } from '../core/store.ts'
import { claimLines } from './claim-lines.ts'
import { Complaints } from './complaints.ts'
import { Drain } from './drain.ts'
import { Ear } from './ear.ts'
import { toEnding } from './endings.ts'
import type { FetcherOptions } from './fetcher-options.ts'
import { IdleNotes } from './idle-notes.ts'
import { type Look, newLook, note } from './look.ts'
import { isOfOneQueue } from './queue-trouble.ts'
import { Sleepers } from './sleepers.ts'

const MOST_A_STEP = 200
const RETRY_MS = 1_000

/**
 * The worker's loop: sends endings, claims jobs queue by queue in their order, and sleeps on the bell when there is nothing
 * to do. While jobs are short a second pass goes out before the first is answered, so that neither Redis nor the worker waits
 * for the other. No pass is under way during a heartbeat, which therefore sees exactly what the worker holds.
 */
export class Fetcher {
  readonly #options: FetcherOptions
  readonly #tellClaims: ReturnType<typeof claimLines>
  readonly #notes: IdleNotes
  readonly #complaints: Complaints
  #claiming = true
  #resting = false
  readonly #drain = new Drain()
  #finishing = false
  #giveUpAt = Number.POSITIVE_INFINITY
  /** Why the loop ends, where nobody told it to. */
  #reason: string | undefined
  #changed = false
  /** Whoever sleeps here: the loop, and a bell that cannot be heard for now. */
  readonly #sleepers = new Sleepers()
  readonly #ear: Ear
  /** Whether the loop waits for Redis. */
  #passing = false
  /** The pass beside the loop's, and whether one is about to start. */
  #second: Promise<void> | undefined
  #secondPlanned = false
  /** Whether the last look at the queues left work there. */
  #left = false
  /** Jobs asked for and not yet answered. */
  #asked = 0
  /** Whether any of the queues looked at last, or all of them, hand out nothing for now. */
  #pausedAny = false
  #pausedAll = false
  /** Whether jobs wait that this worker does not take. */
  #others = false
  /** When the next scheduled job is due, or a pause is over, by performance.now(). */
  #due = Number.POSITIVE_INFINITY
  /** When the queues were last looked at, by performance.now(). */
  #looked = 0

  constructor(options: FetcherOptions) {
    this.#options = options
    this.#tellClaims = claimLines(options.log, options.leaseMs)
    this.#complaints = new Complaints(options.log, RETRY_MS / 2)
    this.#notes = new IdleNotes(options)
    this.#ear = new Ear(options, this.#sleepers, () => this.#wants, this.onChange)
  }

  /** There are endings to send, or room for more. */
  readonly onChange = (): void => {
    this.#changed = true
    this.#sleepers.wake()
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
    return this.#limit - this.#asked
  }

  /** Where each job changes the order of the queues none is claimed ahead: one that went back would not have had its turn. */
  get #limit(): number {
    const { executor, order, quota } = this.#options
    return Math.min(order.changes ? executor.free : executor.room, quota.room)
  }

  /** Whether it claims nothing until told otherwise. */
  rest(isResting: boolean): void {
    this.#resting = isResting
    if (isResting) this.#notes.withdraw()
    this.onChange()
  }

  /** Claims no more; the loop goes on for what is held. */
  stopClaiming(): void {
    this.#claiming = false
    this.#notes.withdraw()
    this.onChange()
  }

  /** The loop ends as soon as everything that ended is sent. */
  finish(): void {
    this.#claiming = false
    this.#finishing = true
    this.#giveUpAt = performance.now() + DEFAULTS.commandTimeoutMs
    this.onChange()
  }

  /**
   * Runs until `finish`, or until there is a reason to end, which it answers: the queues are empty in burst mode, or the quota is used up.
   * Rejects when Redis refuses this worker for good.
   */
  async run(): Promise<string | undefined> {
    const { executor, heartbeat, quota, burst, onTurn } = this.#options
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
        onTurn(claimed === 0 && executor.claimed === 0 && !executor.hasNews)
        if (executor.hasNews && claimed === 0) await nextTurn()
        if (executor.hasNews) continue
        if (this.#second && (this.#finishing || executor.held === 0)) {
          await this.#second
          continue
        }
        if (this.#finishing) {
          await this.#notes.withdrawn()
          if (executor.hasNews) continue
          return this.#reason
        }
        const isIdle = claimed === 0 && executor.claimed === 0 && this.#claims
        quota.look(isIdle && !this.#pausedAll)
        if (isIdle) {
          this.#reason = quota.reason
          if (this.#reason !== undefined) {
            this.finish()
            continue
          }
          // A beat that became due meanwhile may find jobs that a lost reply had claimed for this worker.
          if (burst && (await this.#isDrained()) && !heartbeat.isDue) return this.#endOfBurst()
        }
      } catch (error) {
        if (error instanceof RedisAuthError || error instanceof WorkerNameTakenError) throw error
        if (this.#finishing && !executor.hasNews) return this.#reason
        // What jobs have done is worth some patience, but a stop must end.
        if (performance.now() >= this.#giveUpAt) throw error
        this.#complaints.trouble(`${(error as Error).message} Trying again in ${RETRY_MS / 1000} s.`)
        // The others can still be heard. What failed as a whole may have claimed jobs that nobody here knows of.
        if (isOfOneQueue(error)) this.#listen()
        else heartbeat.hurry()
        await this.#sleepers.sleep(RETRY_MS)
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
    const { store, executor, findQueues } = this.#options
    await store.idle()
    await findQueues()
    return (await this.#pass()) === 0 && !executor.hasNews && executor.held === 0
  }

  #endOfBurst(): string {
    if (!this.#pausedAny) return 'done'
    this.#options.log.warn('Suspended in burst mode, exiting')
    this.#options.log.warn('Note: There could still be unfinished jobs on the queue')
    return 'done'
  }

  /** One look at every queue. Answers how many jobs it claimed. */
  async #pass(): Promise<number> {
    const { executor, order } = this.#options
    if (executor.held + this.#asked === 0) this.#drain.end()
    const mayClaim = () => this.#claims && !this.#drain.isOn && this.#room > 0
    // Endings do not wait for the claims of queues before their own.
    const [first] = order.queues
    const sent = executor.endings.queues.filter((queue) => queue !== first || !mayClaim())
    const sends = sent.map((queue) => this.#step(queue, 0))
    const look = newLook()
    try {
      if (!mayClaim()) await this.#beginnings()
      for (let round = await this.#round(look, mayClaim); round && order.changes && mayClaim(); ) {
        round = await this.#round(look, mayClaim)
      }
      if (look.left) await this.#beginnings()
    } finally {
      await Promise.all(sends)
    }
    if (look.looked > 0) {
      this.#looked = performance.now()
      this.#due = look.due
      this.#others = look.others
      this.#pausedAny = look.paused > 0
      this.#pausedAll = look.paused === look.looked
    }
    this.#left = look.left
    if (look.trouble) throw look.trouble
    return look.claimed
  }

  /** Asks each queue in its turn. Where every job may change the order, the first that is given ends the round, and it answers true. */
  async #round(look: Look, mayClaim: () => boolean): Promise<boolean> {
    const { order } = this.#options
    for (const queue of order.queues) {
      if (!mayClaim()) return false
      const want = order.changes ? 1 : Math.min(this.#room, MOST_A_STEP)
      const reply = await this.#step(queue, want).catch((error) => {
        if (!isOfOneQueue(error)) throw error
        look.trouble ??= error
      })
      if (!reply) continue
      note(look, reply)
      if (reply.jobs.length > 0) order.served(queue)
      if (order.changes && reply.jobs.length > 0) return true
      // What is claimed ahead of a later queue would run before what is left in this one.
      if (reply.left && !order.changes) return false
    }
    return false
  }

  async #beginnings(): Promise<void> {
    const { executor, order } = this.#options
    for (const queue of order.queues) if (executor.watch.hasBeginningsOf(queue)) await this.#step(queue, 0)
  }

  async #step(queue: string, want: number): Promise<StepReply> {
    const { executor, store, worker, priorities } = this.#options
    const unsent = executor.endings.take(queue, MOST_A_STEP)
    const beginnings = executor.watch.take(queue)
    const begin = executor.beginsAtOnce
    const held = executor.held + this.#asked
    this.#asked += want
    try {
      const idle = want > 0 ? this.#notes.of(queue) : 'no'
      const step = { endings: unsent.map(toEnding), beginnings, want, begin, held, idle, priorities } as const
      const reply = await store.step(queue, worker, step).finally(() => {
        this.#asked -= want
      })
      this.#refused(queue, reply.stale)
      this.#drain.note(reply)
      this.#notes.looked(queue, idle, reply)
      // Told to stop meanwhile: nothing begins any more, and a stop waits for nothing that has not.
      this.#accept(reply.jobs, want, begin, this.#claims ? undefined : true)
      this.#tellClaims?.(queue, reply.jobs)
      if (!this.#wants) this.#notes.withdraw()
      return reply
    } catch (error) {
      executor.endings.putBack(queue, unsent)
      throw error
    }
  }

  /**
   * A job that whoever enqueued it claimed for this worker. Without room it goes back to where it would have stood. It may come together with the
   * reply of the step that asked for one and found nothing, which has been heard by the next turn; `notIdle` waits for that turn, too.
   */
  onHanded(job: Claimed): void {
    if (this.#asked > 0) setImmediate(() => this.#take(job))
    else this.#take(job)
  }

  #take(job: Claimed): void {
    const { order } = this.#options
    this.#notes.used(job.queue)
    this.#accept([job], 0, false, !this.#wants || this.#room <= 0)
    order.served(job.queue)
    if (!this.#wants) this.#notes.withdraw()
  }

  #accept(...args: Parameters<FetcherOptions['executor']['accept']>): void {
    const { executor, heartbeat } = this.#options
    if (args[0].length > 0) heartbeat.busy()
    executor.accept(...args)
  }

  #refused(queue: string, stale: readonly string[]): void {
    if (stale.length === 0) return
    this.#options.executor.loseLease(stale)
    this.#complaints.refused(queue, stale)
  }

  /** Whether more jobs are wanted now. */
  get #wants(): boolean {
    return this.#claims && !this.#drain.isOn && this.#limit > 0
  }

  get #claims(): boolean {
    return this.#claiming && !this.#resting
  }

  #listen(): void {
    if (!this.#others) this.#ear.listen(this.#due)
  }

  /** Sleeps until a bell rings, a scheduled job is due, or something changes here. */
  async #idle(): Promise<void> {
    this.#listen()
    const { heartbeat, quota, blockMs } = this.#options
    const now = performance.now()
    const untilBeat = Math.max(0, heartbeat.dueAt - now)
    // A bell that is already waited for may sleep past a job that is due sooner.
    const nextLook = this.#wants ? Math.min(this.#due, this.#looked + blockMs) : this.#drain.endsAt
    await this.#sleepers.sleep(Math.min(untilBeat, Math.max(1, Math.min(nextLook, quota.idleUntil) - now)))
  }
}
