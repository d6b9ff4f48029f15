import { decode } from '../core/payload.ts'
import { fromRef, type Ref } from '../core/record.ts'
import type { JobStatus } from '../core/states.ts'
import type { NewJob, Store } from '../core/store.ts'
import { type MemoryJob, toRecord } from '../memory/job.ts'
import { Job, type JobHost } from '../queue/job.ts'

/** A job that was enqueued in a test, as it was then and as it is now; also when its record is gone. */
export class LoggedJob {
  readonly queue: string
  readonly func: string
  readonly createdAt: number
  /** Not before this time, as its enqueue said. */
  readonly dueAt: number | undefined
  /** Every state that it has been in. */
  readonly seen = new Set<JobStatus>()
  readonly #store: Store
  readonly #host: () => JobHost | undefined
  readonly #job: MemoryJob
  readonly #given: NewJob

  /** @param host what it would be run by if it were requeued now */
  constructor(store: Store, host: () => JobHost | undefined, queue: string, job: MemoryJob, given: NewJob) {
    this.queue = queue
    this.func = job.func
    this.createdAt = job.createdAt
    const { dueMs, inMs } = given
    this.dueAt = dueMs ?? (inMs === undefined ? undefined : job.createdAt + inMs)
    this.seen.add(job.status)
    this.#store = store
    this.#host = host
    this.#job = job
    this.#given = given
  }

  get id(): string {
    return this.#job.id
  }

  get status(): JobStatus {
    return this.#job.status
  }

  get tags(): readonly string[] {
    return this.#given.options.tags ?? []
  }

  /** As it was enqueued; a Job stands where one was given in place of an argument. @param jobOf by its `id@queue` */
  args(jobOf: (ref: Ref) => LoggedJob | undefined): unknown[] {
    const args = decode(this.#given.args) as unknown[]
    for (const [index, ref] of Object.entries(this.#given.options.futures ?? {}))
      args[Number(index)] = jobOf(ref)?.toJob() ?? `the result of job ${fromRef(ref).id}`
    return args
  }

  /** The options it was enqueued with, as checkOptions() gives them. */
  get options(): object {
    const { id, priority, atFront, meta, ttlMs, unique, limit, options } = this.#given
    return { ...options, id, priority, atFront, ttlMs, unique, limit, meta: meta && decode(meta) }
  }

  toJob(): Job {
    return new Job(this.#store, toRecord(this.#job, this.queue), this.#host())
  }
}
