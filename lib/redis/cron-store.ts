import { type CronDefinition, EARLIER_SLOTS } from '../core/cron-definition.ts'
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
import type { Connection } from './connection.ts'
import { cronBase, cronChannel } from './keys.ts'
import { redisNow } from './time.ts'

type RawLook = [
  now: number,
  due: [name: string, slot: number, definition: string, last: string, pending: string][],
  next: number,
  left: string[],
]

/** Cron entries on Redis: each arrow is one script of lua/cron-*.lua. */
export class RedisCronStore implements CronStore {
  readonly #connection: Connection
  readonly #base: string
  readonly #channel: string

  constructor(connection: Connection, prefix: string) {
    this.#connection = connection
    this.#base = cronBase(prefix)
    this.#channel = cronChannel(prefix)
  }

  /** Redis's time in ms. */
  now(): Promise<number> {
    return this.#connection.attempt(redisNow)
  }

  set(definition: CronDefinition, first: number | undefined): Promise<Registration> {
    const args = [definition.name, JSON.stringify(definition), first ?? '', this.#channel]
    return this.#connection.run('cron-set', this.#base, args)
  }

  async remove(name: string): Promise<boolean> {
    return (await this.#connection.run('cron-remove', this.#base, [name])) === 1
  }

  async pause(name: string): Promise<boolean> {
    return (await this.#connection.run('cron-pause', this.#base, [name])) === 1
  }

  async resume(name: string, rev: string, next: number | undefined): Promise<'resumed' | 'gone' | 'stale'> {
    const args = [name, rev, next ?? '', this.#channel]
    const answer = await this.#connection.run<number>('cron-resume', this.#base, args)
    return answer === 1 ? 'resumed' : answer === 0 ? 'gone' : 'stale'
  }

  async look(): Promise<CronLook> {
    const args = [ENTRIES_A_LOOK, LEFT_BEHIND_MS]
    const [now, due, next, left] = await this.#connection.run<RawLook>('cron-look', this.#base, args)
    return {
      now,
      due: due.map(([name, slot, definition, last, pending]) => {
        return { name, slot, definition, last, pending: pending === '1' }
      }),
      next: next < 0 ? undefined : next,
      left,
    }
  }

  async claim({ definition: { name, rev }, slot, next, job }: SlotClaim): Promise<ClaimAnswer> {
    const args = [name, slot, rev, next ?? '', job?.ref ?? '', job?.slot ?? '', EARLIER_SLOTS]
    const answer = await this.#connection.run<number>('cron-claim', this.#base, args)
    return answer === 1 ? 'claimed' : answer === 0 ? 'taken' : 'changed'
  }

  async done(ref: string): Promise<void> {
    await this.#connection.run('cron-done', this.#base, [ref])
  }

  /** Calls back when an entry may be due sooner than the last look said. */
  async subscribe(listener: () => void): Promise<void> {
    await this.#connection.subscribe(this.#channel, listener)
  }

  async definition(name: string): Promise<string | null> {
    return this.#connection.attempt((client) => client.hget(`${this.#base}entries`, name))
  }

  names(): Promise<string[]> {
    return this.#connection.attempt((client) => client.hkeys(`${this.#base}entries`))
  }

  /** Of all entries, by name. */
  definitions(): Promise<Record<string, string>> {
    return this.#connection.attempt((client) => client.hgetall(`${this.#base}entries`))
  }

  async fetch(names: readonly string[]): Promise<StoredEntry[]> {
    if (names.length === 0) return []
    return this.#connection.attempt(async (client) => {
      const [definitions, lasts, slots, paused] = await Promise.all([
        client.hmget(`${this.#base}entries`, ...names),
        client.hmget(`${this.#base}last`, ...names),
        client.zmscore(`${this.#base}due`, ...names),
        client.smismember(`${this.#base}paused`, ...names),
      ])
      return names.flatMap((name, i) => {
        const definition = definitions[i]
        if (definition == null) return []
        const slot = slots[i]
        const nextAt = slot == null ? undefined : Number(slot)
        return [{ name, definition, last: lasts[i] ?? null, nextAt, paused: Number(paused[i]) === 1 }]
      })
    })
  }
}
