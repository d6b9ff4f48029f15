import { entryOfJobId, readDefinition, slotJob } from '../core/cron-definition.ts'
import { fromRef } from '../core/record.ts'
import type { RedisCronStore } from '../redis/cron-store.ts'
import { cronBase } from '../redis/keys.ts'
import type { RedisStore } from '../redis/store.ts'
import type { TakeTurn } from '../redis/turns.ts'
import { CronFiring } from './cron-firing.ts'
import type { Logger } from './logger.ts'

export interface CronCounts {
  /** Slots that got a job. */
  readonly fired: number
  /** Slots that got none, by the entry's policy. */
  readonly skipped: number
  /** Slots that another worker had claimed and left without a job. */
  readonly healed: number
}

const LOOK_EVERY_MS = 5_000
/** So that not all workers ask for a slot in the same instant. */
const SPREAD_MS = 4

/** Fires cron entries: every worker does, whichever queues they are for. Who claims a slot enqueues its job. */
export class CronTicker {
  readonly #store: RedisStore
  readonly #cron: RedisCronStore
  readonly #log: Logger
  readonly #takeTurn: TakeTurn
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #again = false
  #stopped = true
  #listening = false
  #forgetConnection: () => void = () => {}
  /** When the next slot is due, by performance.now(). */
  #due = Number.POSITIVE_INFINITY

  constructor(store: RedisStore, cron: RedisCronStore, log: Logger, takeTurn: TakeTurn) {
    this.#store = store
    this.#cron = cron
    this.#log = log
    this.#takeTurn = takeTurn
  }

  start(): void {
    if (!this.#stopped) return
    this.#stopped = false
    this.#forgetConnection = this.#store.connection.onReady(this.#wake)
    this.#wake()
  }

  /** Looks now: an entry was set, or Redis is there again. A look that is under way may be too old to see it. */
  readonly #wake = (): void => {
    this.#again = true
    this.#begin()
  }

  readonly #begin = (): void => {
    if (this.#stopped || this.#running) return
    clearTimeout(this.#timer)
    this.#running = this.#tick().finally(() => {
      this.#running = undefined
    })
  }

  async #tick(): Promise<void> {
    // Nothing that it knows of: a net below what is heard, for which one of all workers is enough.
    const base = cronBase(this.#store.prefix)
    const looks = this.#again || (await this.#takeTurn(base, LOOK_EVERY_MS).catch(() => true))
    this.#again ||= looks
    while (this.#again && !this.#stopped) {
      this.#again = false
      // What goes wrong here is tried again the next time; the fetcher tells of a Redis that is away.
      await this.#listen().catch(() => {})
      await this.runOnce().catch((error: Error) => this.#log.debug(`cron: ${error.message}`))
    }
    if (!this.#stopped) this.#sleep(looks ? LOOK_EVERY_MS : 2 * LOOK_EVERY_MS)
  }

  #sleep(ms: number): void {
    const jitter = 0.8 + Math.random() * 0.4
    const untilTurn = ms * jitter
    const untilDue = Math.max(0, this.#due - performance.now()) + Math.random() * SPREAD_MS
    if (untilDue < untilTurn) this.#timer = setTimeout(this.#wake, untilDue)
    else this.#timer = setTimeout(this.#begin, untilTurn)
  }

  /** An entry that is set while this worker sleeps is fired in time. Without it, at the next look. */
  async #listen(): Promise<void> {
    if (this.#listening) return
    await this.#cron.subscribe(this.#wake)
    this.#listening = true
  }

  /** Fires what is due, and mends what another worker left behind. */
  async runOnce(): Promise<CronCounts> {
    this.#due = Number.POSITIVE_INFINITY
    const look = await this.#cron.look()
    const at = performance.now()
    const firing = new CronFiring(this.#store, this.#cron, this.#log, look.now)
    const outcomes = await Promise.all(look.due.map((entry) => firing.fire(entry)))
    const slots = [look.next, ...outcomes.map(({ next }) => next)].filter((slot) => slot !== undefined)
    this.#due = at + Math.min(...slots) - look.now
    let healed = 0
    for (const ref of look.left) {
      const isHealed = await this.#heal(ref).catch((error: Error) => {
        this.#log.warn(`cron: ${ref} cannot be enqueued yet: ${error.message}`)
      })
      if (isHealed) healed++
    }
    return {
      fired: outcomes.reduce((sum, { fired }) => sum + fired, 0),
      skipped: outcomes.reduce((sum, { skipped }) => sum + skipped, 0),
      healed,
    }
  }

  /** The worker that claimed the slot has died, or never heard that it had it. By its id the job is there once at most. */
  async #heal(ref: string): Promise<boolean> {
    const { id, queue } = fromRef(ref)
    const name = entryOfJobId(id)
    const text = await this.#cron.definition(name)
    // Removed meanwhile: nobody wants the job any more.
    const [answer] = text
      ? await this.#store.enqueue(queue, [slotJob(readDefinition(name, text), id, this.#store.signer)])
      : []
    await this.#cron.done(ref)
    if (answer?.ok) this.#log.warn(`${queue}: enqueued ${id}, which the worker that claimed its slot had not`)
    return answer?.ok ?? false
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#forgetConnection()
    clearTimeout(this.#timer)
    await this.#running
  }
}
