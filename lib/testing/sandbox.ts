import { TestingError } from '../core/errors.ts'
import { checkQueueName } from '../core/names.ts'
import { type Ref, toRef } from '../core/record.ts'
import type { JobStatus } from '../core/states.ts'
import type { NewJob } from '../core/store.ts'
import { MemoryCronStore } from '../memory/cron-store.ts'
import type { MemoryJob } from '../memory/job.ts'
import { MemoryStore } from '../memory/store.ts'
import { Queue } from '../queue/queue.ts'
import type { Backing, StandIn } from '../queue/stand-in.ts'
import { SyncRunner } from '../queue/sync.ts'
import { Clock } from './clock.ts'
import { LoggedJob } from './logged-job.ts'

/** `fake` keeps jobs until the test runs them, `inline` runs each as it is enqueued. */
export type Mode = 'fake' | 'inline'

/** What stands for one prefix in Redis. */
export interface Space {
  readonly store: MemoryStore
  readonly sync: SyncRunner
  readonly cron: MemoryCronStore
  /** What a job has thrown last, itself and not as it is recorded. */
  thrown?: { readonly id: string; readonly error: unknown }
}

/** The jobs and the time of one test, or of all that share the mode. */
export class Sandbox implements StandIn {
  mode: Mode
  readonly clock = new Clock()
  readonly #spaces = new Map<string, Space>()
  readonly #log = new Map<MemoryJob, LoggedJob>()
  readonly #byRef = new Map<Ref, LoggedJob>()
  readonly #listeners = new Set<(job: LoggedJob) => void>()
  /** How many jobs were canceled so far. */
  canceled = 0

  constructor(mode: Mode) {
    this.mode = mode
  }

  get spaces(): readonly Space[] {
    return [...this.#spaces.values()]
  }

  /** Every job that was enqueued, in that order. */
  get log(): readonly LoggedJob[] {
    return [...this.#log.values()]
  }

  readonly jobOf = (ref: Ref): LoggedJob | undefined => this.#byRef.get(ref)

  backing(prefix: string, runsHere: boolean): Backing {
    const { store, sync } = this.space(prefix)
    const { now } = this.clock
    return { store, now, sync: runsHere || this.mode === 'inline' ? sync : undefined }
  }

  cron(prefix: string): { store: MemoryCronStore; now: () => number } {
    return { store: this.space(prefix).cron, now: this.clock.now }
  }

  space(prefix: string): Space {
    const known = this.#spaces.get(prefix)
    if (known) return known
    const { now } = this.clock
    const store: MemoryStore = new MemoryStore({
      now,
      watcher: {
        onStored: (queue, job, given) => this.#onStored(space, queue, job, given),
        onStatus: (job, status) => this.#onStatus(job, status),
      },
    })
    const sync = new SyncRunner(store, (id, error) => {
      space.thrown = { id, error }
    })
    const space: Space = { store, sync, cron: new MemoryCronStore(now) }
    this.#spaces.set(prefix, space)
    return space
  }

  #onStored({ store, sync }: Space, queue: string, job: MemoryJob, given: NewJob): void {
    const host = () => (this.mode === 'inline' ? sync.host : undefined)
    const logged = new LoggedJob(store, host, queue, job, given)
    this.#log.set(job, logged)
    this.#byRef.set(toRef(job.id, queue), logged)
    this.#tell(logged)
  }

  #onStatus(job: MemoryJob, status: JobStatus): void {
    if (status === 'canceled') this.canceled++
    const logged = this.#log.get(job)
    if (!logged) return
    logged.seen.add(status)
    this.#tell(logged)
  }

  #tell(job: LoggedJob): void {
    for (const listener of this.#listeners) listener(job)
  }

  /** Hears of each job as it is enqueued and as its state changes. Answers how to end that. */
  onJob(listener: (job: LoggedJob) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Forgets everything. Who waits for a job hears that it is over. */
  clear(): void {
    for (const { store } of this.#spaces.values()) void store.close()
    this.#spaces.clear()
    this.#log.clear()
    this.#byRef.clear()
    this.#listeners.clear()
    this.clock.reset()
    this.canceled = 0
  }
}

export function queueNameOf(queue: string | Queue): string {
  return queue instanceof Queue ? queue.name : checkQueueName(queue)
}

/** Those of the spaces' queues that are meant, all of them by default; by their names. */
export async function queuesIn(
  sandbox: Sandbox,
  queue: string | readonly string[] | undefined,
): Promise<{ readonly space: Space; readonly name: string }[]> {
  const wanted = queue === undefined ? undefined : [queue].flat()
  const found: { space: Space; name: string }[] = []
  for (const space of sandbox.spaces) {
    const names = await space.store.queues()
    found.push(...(wanted ?? names).filter((name) => names.includes(name)).map((name) => ({ space, name })))
  }
  return found
}

/** @param what the helper that was called, as messages say it */
export function expectSandbox(sandbox: Sandbox | undefined, what: string): Sandbox {
  if (sandbox) return sandbox
  throw new TestingError(
    `${what}: expected the mode fake or inline, got off; call testing.fake() first, or use withTesting('fake', fn)`,
  )
}
