import type { Codec } from '../core/codec.ts'
import {
  type CronDefinition,
  type Missed,
  type Overlap,
  readDefinition,
  readHistory,
} from '../core/cron-definition.ts'
import { latestSlot, slotAfter, slotAfterPause } from '../core/cron-schedule.ts'
import type { StoredEntry } from '../core/cron-store.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { decode } from '../core/payload.ts'
import { fromRef } from '../core/record.ts'

/** A cron entry, as it was when it was read. */
export class CronEntry {
  readonly name: string
  /** The queue that its jobs go to. */
  readonly queue: string
  /** `path#export` */
  readonly func: string
  /** The pattern, or undefined for an interval. */
  readonly cron: string | undefined
  readonly timezone: string | undefined
  /** The interval in milliseconds, or undefined for a pattern. */
  readonly everyMs: number | undefined
  readonly missed: Missed
  readonly overlap: Overlap
  readonly startAt: Date | undefined
  readonly endAt: Date | undefined
  readonly times: number | undefined
  readonly paused: boolean
  /** When it fires next, by Redis's clock; undefined while it is paused, and when its last slot is over. */
  readonly nextAt: Date | undefined
  /** The last slot that fired. */
  readonly lastAt: Date | undefined
  /** The job of that slot; it may be gone by now, and never was there where another job had its unique key. */
  readonly lastJobId: string | undefined
  /** How many slots have fired since its schedule was set. */
  readonly runs: number
  readonly #definition: CronDefinition
  readonly #now: () => number
  readonly #codec: Codec | undefined

  /** Made by `Cron`. @throws InvalidJobError for a damaged definition */
  constructor(
    { name, definition, last, nextAt, paused }: StoredEntry,
    now: () => number = Date.now,
    codec?: Codec,
  ) {
    this.#codec = codec
    const read = readDefinition(name, definition)
    const { schedule, job } = read
    const history = readHistory(last)
    this.#definition = read
    this.#now = now
    this.name = name
    this.queue = read.queue
    this.func = job.func
    this.cron = 'cron' in schedule ? schedule.cron : undefined
    this.timezone = 'cron' in schedule ? schedule.timezone : undefined
    this.everyMs = 'cron' in schedule ? undefined : schedule.everyMs
    this.missed = read.missed
    this.overlap = read.overlap
    this.startAt = toDate(schedule.startAt)
    this.endAt = toDate(schedule.endAt)
    this.times = schedule.times
    this.paused = paused
    this.nextAt = toDate(nextAt)
    this.lastAt = toDate(history?.slot)
    this.lastJobId = history && fromRef(history.ref).id
    this.runs = history?.runs ?? 0
  }

  get args(): readonly unknown[] {
    return decode(this.#definition.job.args, this.#codec, 'args') as unknown[]
  }

  /** The next `n` times at which it fires, or would fire if it were not paused; fewer where it ends before. Redis is not asked. */
  next(n = 1): Date[] {
    if (!Number.isSafeInteger(n)) {
      throw new InvalidArgumentError(`n: expected a whole number of times, got ${String(n)}`)
    }
    const { schedule } = this.#definition
    const left = Math.min(n, (this.times ?? Number.POSITIVE_INFINITY) - this.runs)
    const now = this.#now()
    let slot = this.paused ? slotAfterPause(schedule, this.lastAt?.getTime(), now) : this.nextAt?.getTime()
    // Overdue: as far as this computer's clock tells, its workers are away.
    if (slot !== undefined && slot < now) slot = slotAfter(schedule, latestSlot(schedule, slot, now))
    const slots: Date[] = []
    for (; slot !== undefined && slots.length < left; slot = slotAfter(schedule, slot))
      slots.push(new Date(slot))
    return slots
  }

  /** What `console.log` and JSON show of it. */
  toJSON(): object {
    return { ...this, args: this.#readableArgs() }
  }

  /** Arguments that cannot be decoded here must not hide the rest of the entry. */
  #readableArgs(): unknown {
    try {
      return this.args
    } catch (error) {
      return { unreadable: (error as Error).message }
    }
  }
}

function toDate(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms)
}
