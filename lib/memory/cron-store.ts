import { type CronDefinition, EARLIER_SLOTS, readHistory } from '../core/cron-definition.ts'
import {
  type ClaimAnswer,
  type CronLook,
  type CronStore,
  ENTRIES_A_LOOK,
  LEFT_BEHIND_MS,
  type Registration,
  type SlotClaim,
  type StoredEntry,
} from '../core/cron-store.ts'
import { SortedSet } from './sorted-set.ts'

interface Entry {
  readonly rev: string
  readonly definition: string
}

/** The arrows of redis/lua/cron-*.lua over Maps; each field is a key of CRON_KEYS in redis/keys.ts. */
export class MemoryCronStore implements CronStore {
  readonly #now: () => number
  readonly #entries = new Map<string, Entry>()
  readonly #last = new Map<string, string>()
  readonly #due = new SortedSet()
  readonly #paused = new Set<string>()
  readonly #pending = new SortedSet()

  constructor(now: () => number) {
    this.#now = now
  }

  async now(): Promise<number> {
    return this.#now()
  }

  async set(definition: CronDefinition, first: number | undefined): Promise<Registration> {
    const { name, rev } = definition
    const old = this.#entries.get(name)
    if (old?.rev === rev) return 'kept'
    this.#entries.set(name, { rev, definition: JSON.stringify(definition) })
    if (!old || scheduleOf(old.rev) !== scheduleOf(rev)) {
      const last = this.#last.get(name)
      if (last !== undefined) this.#last.set(name, last.replace(/ \d+ /, ' 0 '))
      if (!this.#paused.has(name)) this.#putDue(name, first)
    }
    return old ? 'changed' : 'created'
  }

  async remove(name: string): Promise<boolean> {
    this.#due.delete(name)
    this.#paused.delete(name)
    this.#last.delete(name)
    return this.#entries.delete(name)
  }

  async pause(name: string): Promise<boolean> {
    if (!this.#entries.has(name)) return false
    this.#paused.add(name)
    this.#due.delete(name)
    return true
  }

  async resume(name: string, rev: string, next: number | undefined): Promise<'resumed' | 'gone' | 'stale'> {
    const entry = this.#entries.get(name)
    if (!entry) return 'gone'
    if (entry.rev !== rev) return 'stale'
    if (this.#paused.delete(name)) this.#putDue(name, next)
    return 'resumed'
  }

  async look(): Promise<CronLook> {
    const now = this.#now()
    const due = this.#due.upTo(now).slice(0, ENTRIES_A_LOOK)
    return {
      now,
      due: due.map((name) => {
        const last = this.#last.get(name) ?? ''
        const ref = last.split(' ')[2]
        return {
          name,
          slot: this.#due.scoreOf(name)!,
          definition: this.#entries.get(name)?.definition ?? '',
          last,
          pending: ref !== undefined && this.#pending.has(ref),
        }
      }),
      next: this.#due.lowestFrom(now + 1),
      left: this.#pending.upTo(now - LEFT_BEHIND_MS).slice(0, 100),
    }
  }

  /** The next slot of all, past or to come. */
  get nextSlot(): number | undefined {
    return this.#due.first?.score
  }

  async claim({ definition: { name, rev }, slot, next, job }: SlotClaim): Promise<ClaimAnswer> {
    const now = this.#now()
    if (this.#due.scoreOf(name) !== slot || now < slot) return 'taken'
    if (this.#entries.get(name)?.rev !== rev) return 'changed'
    if (job) {
      this.#pending.add(job.ref, now)
      const history = readHistory(this.#last.get(name))
      const earlier = history ? [history.slot, ...history.earlier].slice(0, EARLIER_SLOTS) : []
      this.#last.set(name, [job.slot, (history?.runs ?? 0) + 1, job.ref, ...earlier].join(' '))
    }
    this.#putDue(name, next)
    return 'claimed'
  }

  async done(ref: string): Promise<void> {
    this.#pending.delete(ref)
  }

  async definition(name: string): Promise<string | null> {
    return this.#entries.get(name)?.definition ?? null
  }

  async names(): Promise<string[]> {
    return [...this.#entries.keys()]
  }

  async fetch(names: readonly string[]): Promise<StoredEntry[]> {
    return names.flatMap((name) => {
      const entry = this.#entries.get(name)
      if (!entry) return []
      const [last, nextAt] = [this.#last.get(name) ?? null, this.#due.scoreOf(name)]
      return [{ name, definition: entry.definition, last, nextAt, paused: this.#paused.has(name) }]
    })
  }

  #putDue(name: string, slot: number | undefined): void {
    if (slot === undefined) this.#due.delete(name)
    else this.#due.add(name, slot)
  }
}

/** The part of a revision that speaks for the schedule alone. */
function scheduleOf(rev: string): string {
  return rev.split('.')[0]!
}
