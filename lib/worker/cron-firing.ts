import {
  type CronDefinition,
  type CronHistory,
  readDefinition,
  readHistory,
  slotJob,
  slotJobId,
} from '../core/cron-definition.ts'
import { isLastRun, planSlot } from '../core/cron-plan.ts'
import type { ClaimAnswer, CronStore, DueEntry } from '../core/cron-store.ts'
import { fromRef, toRef } from '../core/record.ts'
import { isEnded } from '../core/states.ts'
import type { Store } from '../core/store.ts'
import type { Logger } from './logger.ts'

/** What firing asks of the store of jobs. */
export type JobsOfSlots = Pick<Store, 'enqueue' | 'fetch' | 'signer'>

export interface Fired {
  readonly fired: number
  readonly skipped: number
  /** The entry's next slot, as far as it is known. */
  readonly next: number | undefined
}

type LastRun = Omit<CronHistory, 'earlier'>

/** Slots of one entry a look, so that a long absence of all workers does not end in a flood. */
const SLOTS_A_LOOK = 100
const LOOK_AGAIN_MS = 50

/** Fires what one look has found due. What is decided here is decided by what is stored, and the claim checks that it still is. */
export class CronFiring {
  readonly #store: JobsOfSlots
  readonly #cron: CronStore
  readonly #log: Logger
  readonly #now: number

  /** @param now Redis's time at the look */
  constructor(store: JobsOfSlots, cron: CronStore, log: Logger, now: number) {
    this.#store = store
    this.#cron = cron
    this.#log = log
    this.#now = now
  }

  /** One that cannot be fired does not keep the others from it: it is told of, and tried again at the next look. */
  async fire(entry: DueEntry): Promise<Fired> {
    const done = { fired: 0, skipped: 0, next: undefined as number | undefined }
    try {
      await this.#fire(entry, done)
    } catch (error) {
      done.next = undefined
      this.#log.warn(`cron ${entry.name}: ${(error as Error).message}`)
    }
    return done
  }

  async #fire(
    { name, slot, definition: text, last, pending }: DueEntry,
    done: { fired: number; skipped: number; next: number | undefined },
  ): Promise<void> {
    const definition = readDefinition(name, text)
    let history: LastRun | undefined = readHistory(last)
    let isRunning = pending
    done.next = slot
    for (let n = 0; n < SLOTS_A_LOOK && done.next !== undefined && done.next <= this.#now; n++) {
      const due: number = done.next
      const { fire, next } = planSlot(definition, due, this.#now)
      const skips = fire === undefined || (await this.#overlaps(definition, history, isRunning))
      const runs = history?.runs ?? 0
      done.next = skips || !isLastRun(definition, runs) ? next : undefined
      const job = skips ? undefined : { id: slotJobId(name, fire), slot: fire }
      const answer = await this.#claim(definition, due, done.next, job)
      // Changed since the look, and still due for all that is known here.
      if (answer === 'changed') done.next = this.#now + LOOK_AGAIN_MS
      if (answer !== 'claimed') return
      if (!job) {
        done.skipped++
        continue
      }
      history = { slot: job.slot, ref: toRef(job.id, definition.queue), runs: runs + 1 }
      isRunning = true
      done.fired++
    }
  }

  async #claim(
    definition: CronDefinition,
    slot: number,
    next: number | undefined,
    job: { readonly id: string; readonly slot: number } | undefined,
  ): Promise<ClaimAnswer> {
    const { name, queue } = definition
    const ref = job && toRef(job.id, queue)
    const answer = await this.#cron.claim({
      definition,
      slot,
      next,
      job: job && { ref: ref!, slot: job.slot },
    })
    if (answer !== 'claimed') return answer
    if (!job) {
      this.#log.debug(`${queue}: cron ${name} has no job for ${new Date(slot).toISOString()}`)
      return answer
    }
    // Should the worker die here, the slot is pending, and another one enqueues the same id. A duplicate is that very job.
    await this.#store.enqueue(queue, [slotJob(definition, job.id, this.#store.signer)])
    await this.#cron.done(ref!)
    this.#log.info(`${queue}: cron ${name} enqueued (${job.id})`)
    return answer
  }

  async #overlaps(
    { overlap }: CronDefinition,
    history: LastRun | undefined,
    isRunning: boolean,
  ): Promise<boolean> {
    if (overlap === 'allow' || !history) return false
    if (isRunning) return true
    const { id, queue } = fromRef(history.ref)
    const [record] = await this.#store.fetch(queue, [id])
    return record !== undefined && !isEnded(record.status)
  }
}
