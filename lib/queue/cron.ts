import type { CronDefinition } from '../core/cron-definition.ts'
import { firstSlot } from '../core/cron-schedule.ts'
import type { CronStore, Registration } from '../core/cron-store.ts'
import { checkKnown } from '../core/did-you-mean.ts'
import { ClosedError, InvalidArgumentError } from '../core/errors.ts'
import type { Store } from '../core/store.ts'
import { RedisCronStore } from '../redis/cron-store.ts'
import { pauseEntry, resumeEntry, runEntry, storedEntry } from './cron-acts.ts'
import { CronEntry } from './cron-entry.ts'
import { type CronOptions, checkCronName, toDefinition } from './cron-options.ts'
import type { Job } from './job.ts'
import { openStore, type StoreOptions } from './open-store.ts'
import { type Backing, backing, seam } from './stand-in.ts'
import type { Runnable } from './task-types.ts'

/** What `sync` has done: names of entries. */
export interface CronSynced {
  readonly created: readonly string[]
  readonly changed: readonly string[]
  readonly kept: readonly string[]
  readonly removed: readonly string[]
}

const OPTIONS = [
  'connection',
  'prefix',
  'commandTimeout',
  'secret',
  'codec',
] as const satisfies (keyof StoreOptions)[]

/**
 * Jobs at given times. Entries live in Redis, and every worker fires them, whichever queues it works on: each slot gets one job, and
 * there is no scheduler to run or to elect. Entries need a Redis; there are none in the synchronous mode without a connection.
 */
export class Cron {
  readonly #prefix: string
  readonly #backing: () => Backing
  readonly #own: CronStore
  readonly #release: () => Promise<void>
  readonly #registered = new Map<string, Registration>()
  #closed = false

  /** Redis is first asked by the first call. @throws InvalidArgumentError for an option that cannot be used */
  constructor(options: StoreOptions = {}) {
    checkKnown(options, OPTIONS)
    const { store, release } = openStore(options)
    this.#prefix = store.prefix
    this.#backing = backing({ store, sync: undefined }, this.#prefix, false)
    this.#own = new RedisCronStore(store.connection, store.prefix)
    this.#release = release
  }

  get #jobs(): Store {
    return this.#backing().store
  }

  get #store(): CronStore {
    return seam.standIn?.()?.cron(this.#prefix).store ?? this.#own
  }

  /** What was registered by this object, and what became of it. */
  get registered(): ReadonlyMap<string, Registration> {
    return this.#registered
  }

  /**
   * Registers an entry, or changes the one of that name; any process may do so at each of its starts. An entry whose schedule is the
   * same goes on as it was, and one that is paused stays so. A changed schedule begins anew.
   * @throws InvalidArgumentError, UnnamableFunctionError, SerializationError, PayloadTooLargeError, RedisUnavailableError
   */
  async register<F extends Runnable>(options: CronOptions<F>): Promise<CronEntry> {
    this.#checkOpen()
    const definition = await toDefinition(options as CronOptions, this.#jobs.codec)
    await this.#set(definition)
    return this.#entry(definition.name)
  }

  /**
   * Registers a whole list. All are checked before the first is written.
   * @param prune removes every entry that the list does not name, whoever registered it
   */
  async sync(
    entries: readonly CronOptions<any>[],
    { prune = false }: { readonly prune?: boolean } = {},
  ): Promise<CronSynced> {
    this.#checkOpen()
    if (!Array.isArray(entries))
      throw new InvalidArgumentError(`expected a list of cron entries, got ${typeof entries}`)
    const definitions = await Promise.all(entries.map((entry) => toDefinition(entry, this.#jobs.codec)))
    const names = definitions.map(({ name }) => name)
    const twice = names.find((name, i) => names.indexOf(name) !== i)
    if (twice !== undefined)
      throw new InvalidArgumentError(`expected each name once, got two cron entries named ${twice}`)
    const done = { created: [] as string[], changed: [] as string[], kept: [] as string[] }
    for (const definition of definitions) done[await this.#set(definition)].push(definition.name)
    return { ...done, removed: prune ? await this.prune(names) : [] }
  }

  /** Removes every entry but those named. Answers which. */
  async prune(names: Iterable<string>): Promise<string[]> {
    this.#checkOpen()
    const kept = new Set(names)
    const removed = (await this.#store.names()).filter((name) => !kept.has(name)).sort()
    for (const name of removed) await this.#store.remove(name)
    return removed
  }

  async #set(definition: CronDefinition): Promise<Registration> {
    const first = firstSlot(definition.schedule, await this.#store.now())
    const signed = this.#jobs.signer?.signedCron(definition) ?? definition
    const answer = await this.#store.set(signed, first)
    if (answer !== 'kept' || !this.#registered.has(definition.name))
      this.#registered.set(definition.name, answer)
    return answer
  }

  /** Every entry, by name. */
  async all(): Promise<CronEntry[]> {
    this.#checkOpen()
    const stored = await this.#store.fetch((await this.#store.names()).sort())
    return stored.map((entry) => new CronEntry(entry, this.#now, this.#jobs.codec))
  }

  /** @throws CronNotFoundError */
  async fetch(name: string): Promise<CronEntry> {
    this.#checkOpen()
    return this.#entry(checkCronName(name))
  }

  /** Removes an entry; jobs that it has enqueued stay. Answers whether there was one. */
  async remove(name: string): Promise<boolean> {
    this.#checkOpen()
    return this.#store.remove(checkCronName(name))
  }

  /** Keeps an entry from firing. What would have fired meanwhile is not made up for. @throws CronNotFoundError */
  async pause(name: string): Promise<void> {
    this.#checkOpen()
    await pauseEntry(this.#store, checkCronName(name))
  }

  /** Lets a paused entry fire again, at its next time; another is left as it is. @throws CronNotFoundError */
  async resume(name: string): Promise<void> {
    this.#checkOpen()
    await resumeEntry(this.#store, checkCronName(name))
  }

  /** Enqueues the entry's job now, beside its schedule: it counts neither as a slot nor for `overlap`. @throws CronNotFoundError, DuplicateJobError */
  async run(name: string): Promise<Job> {
    this.#checkOpen()
    return runEntry(this.#backing(), this.#store, checkCronName(name))
  }

  async #entry(name: string): Promise<CronEntry> {
    return new CronEntry(await storedEntry(this.#store, name), this.#now, this.#jobs.codec)
  }

  get #now(): (() => number) | undefined {
    return this.#backing().now
  }

  #checkOpen(): void {
    if (this.#closed) throw new ClosedError('this Cron is closed; make a new one to go on')
  }

  /** Lets go of the connection. Entries stay. Calling it twice is harmless. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#release()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
