import { InvalidArgumentError, InvalidStateError } from '../core/errors.ts'
import type { JobRecord } from '../core/record.ts'
import { isEnded, type JobStatus } from '../core/states.ts'
import type { Page, Store } from '../core/store.ts'
import { idOf, type Job } from './job.ts'
import { checkPage } from './page.ts'
import { notFound } from './refusal.ts'

/** What a registry asks of its queue. */
export interface RegistryHost {
  readonly name: string
  readonly store: Store
  toJob(record: JobRecord): Job
  requeue(ids: readonly string[], atFront: boolean): Promise<(JobStatus | 'gone')[]>
}

/** A job's place in a registry. */
export interface RegistryEntry {
  readonly id: string
  /**
   * Of finished, failed, stopped and canceled jobs when they expire, null for never; of scheduled ones when they are due; of deferred
   * ones since when they wait; of started ones when the lease of their worker ends; of queued ones null.
   */
  readonly at: Date | null
}

const REQUEUABLE: readonly JobStatus[] = ['failed', 'stopped', 'canceled']
const IDS_A_CALL = 1_000
const JOBS_A_CALL = 100

/**
 * The jobs of one queue in one state: what `q.registry(state)` gives, and `q.failedJobRegistry` and its like. Reading it changes nothing:
 * what has expired is listed until a worker's upkeep, or `cleanup()`, takes it out.
 */
export class Registry {
  readonly queue: string
  readonly state: JobStatus
  readonly #host: RegistryHost

  constructor(host: RegistryHost, state: JobStatus) {
    this.queue = host.name
    this.state = state
    this.#host = host
  }

  async count(): Promise<number> {
    return (await this.#host.store.counts(this.queue))[this.state]
  }

  /** One page of ids, a hundred by default, in the order of their times; queued ones in the order they will run. */
  async ids(page: Page = {}): Promise<string[]> {
    return this.#host.store.list(this.queue, this.state, checkPage(page))
  }

  /** One page of jobs; of what has expired nothing is there to show. */
  async jobs(page: Page = {}): Promise<Job[]> {
    return this.#fetch(await this.ids(page))
  }

  /** One page of ids with the time that goes with each. */
  async entries(page: Page = {}): Promise<RegistryEntry[]> {
    const entries = await this.#host.store.entries(this.queue, this.state, checkPage(page))
    return entries.map(({ id, time }) => ({ id, at: toDate(time) }))
  }

  async has(job: Job | string): Promise<boolean> {
    return (await this.#host.store.entry(this.queue, this.state, idOf(job))) !== undefined
  }

  /** When a job of this registry will be gone; null for never. @throws JobNotFoundError if it is not in it */
  async expiresAt(job: Job | string): Promise<Date | null> {
    if (isEnded(this.state)) return this.#timeOf(job)
    throw new InvalidArgumentError(`expiresAt: jobs that are ${this.state} do not expire`)
  }

  /** When a job of the scheduled registry is due. @throws JobNotFoundError if it is not in it */
  async scheduledFor(job: Job | string): Promise<Date> {
    if (this.state === 'scheduled') return (await this.#timeOf(job))!
    throw new InvalidArgumentError(
      `scheduledFor: jobs that are ${this.state} have no time at which they are due`,
    )
  }

  async #timeOf(job: Job | string): Promise<Date | null> {
    const id = idOf(job)
    const entry = await this.#host.store.entry(this.queue, this.state, id)
    if (!entry) throw notFound(id)
    return toDate(entry.time)
  }

  /**
   * Runs jobs of this registry again, each with all its attempts. Answers how many wait now; of a list those are passed over
   * that are not in it (any more).
   * @throws InvalidStateError, JobNotFoundError for a single job that is not in it; InvalidArgumentError if its jobs cannot be requeued
   */
  async requeue(
    jobs: Job | string | readonly (Job | string)[],
    { atFront = false }: { readonly atFront?: boolean } = {},
  ): Promise<number> {
    if (!REQUEUABLE.includes(this.state)) {
      throw new InvalidArgumentError(
        `requeue: expected the registry of ${REQUEUABLE.join(', ')} jobs, got that of ${this.state} ones`,
      )
    }
    const isList = Array.isArray(jobs)
    const ids = ([jobs].flat() as (Job | string)[]).map(idOf)
    const records = await this.#host.store.fetch(this.queue, ids)
    const mine = ids.filter((_, i) => records[i]?.status === this.state)
    if (!isList && mine.length === 0) throw this.#refuse(ids[0]!, records[0]?.status)
    const answers = await this.#host.requeue(mine, atFront)
    const moved = answers.filter((answer) => answer === 'queued' || answer === 'deferred').length
    if (!isList && moved === 0) throw this.#refuse(ids[0]!, answers[0])
    return moved
  }

  /**
   * Takes a job out. A job is always in one registry, so one that waits is canceled, and `deleteJob` deletes it; one that has ended can only
   * be deleted. Answers whether it was there.
   * @throws InvalidStateError while it runs; InvalidArgumentError without `deleteJob` where it has ended
   */
  async remove(
    job: Job | string,
    { deleteJob = false }: { readonly deleteJob?: boolean } = {},
  ): Promise<boolean> {
    const { store } = this.#host
    const id = idOf(job)
    if (this.state === 'started') {
      if (await this.has(id)) throw this.#refuse(id, 'started', 'stop() it first')
      return false
    }
    if (deleteJob) return (await store.purge(this.queue, this.state, [id]))[0] === 'deleted'
    if (isEnded(this.state)) {
      throw new InvalidArgumentError(
        `remove: job ${id} would be in no registry; expected { deleteJob: true }, or requeue()`,
      )
    }
    if (!(await this.has(id))) return false
    return (await store.cancel(this.queue, id, `removed from the ${this.state} registry`)) === 'canceled'
  }

  /**
   * Takes out what is in it in vain: jobs whose time to live is over, ids whose record was lost, started jobs whose worker died. Workers
   * do so by themselves. Answers how many.
   */
  cleanup(): Promise<number> {
    return this.#host.store.cleanup(this.queue, this.state)
  }

  /** Every job that is in it when the iteration begins, fetched a hundred at a time; what is gone by its turn is left out. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Job, void, undefined> {
    const ids: string[] = []
    for (let page = ['']; page.length > 0; ids.push(...page))
      page = await this.ids({ offset: ids.length, limit: IDS_A_CALL })
    for (let first = 0; first < ids.length; first += JOBS_A_CALL)
      yield* await this.#fetch(ids.slice(first, first + JOBS_A_CALL))
  }

  async #fetch(ids: readonly string[]): Promise<Job[]> {
    const records = await this.#host.store.fetch(this.queue, ids)
    return records.flatMap((record) => (record ? [this.#host.toJob(record)] : []))
  }

  #refuse(id: string, status: string | undefined, hint = `expected ${this.state}`): Error {
    if (status === undefined || status === 'gone') return notFound(id)
    return new InvalidStateError(`job ${id} in queue ${this.queue} is ${status}; ${hint}`, id, status)
  }

  toString(): string {
    return `Registry('${this.queue}', ${this.state})`
  }
}

function toDate(time: number | null): Date | null {
  return time === null || time === Number.POSITIVE_INFINITY ? null : new Date(time)
}
