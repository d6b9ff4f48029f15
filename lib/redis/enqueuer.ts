import { DEFAULTS } from '../core/options.ts'
import type { Enqueued, NewJob } from '../core/store.ts'
import type { Connection } from './connection.ts'
import { enqueueArgs, type Holder, readEnqueued } from './scripts.ts'

interface Pending {
  readonly job: NewJob
  readonly resolve: (answer: Enqueued) => void
  readonly reject: (error: unknown) => void
}

const JOBS_A_CALL = 500
const BYTES_A_CALL = 1_000_000
const CALLS_ON_THE_WIRE = 2

/**
 * Sends new jobs of one queue, many a call: all that one tick enqueues goes out together, and what is enqueued while calls are
 * under way waits for the next. A lone enqueue is not delayed. Order is kept.
 */
export class Enqueuer {
  readonly #connection: Connection
  readonly #queue: string
  readonly #base: string
  #pending: Pending[] = []
  #calls = 0
  #scheduled = false

  constructor(connection: Connection, queue: string, base: string) {
    this.#connection = connection
    this.#queue = queue
    this.#base = base
  }

  add(job: NewJob): Promise<Enqueued> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ job, resolve, reject })
      this.#schedule()
    })
  }

  addAll(jobs: readonly NewJob[]): Promise<Enqueued[]> {
    return Promise.all(jobs.map((job) => this.add(job)))
  }

  #schedule(): void {
    if (this.#scheduled || this.#calls >= CALLS_ON_THE_WIRE) return
    this.#scheduled = true
    const flush = () => {
      this.#scheduled = false
      while (this.#pending.length > 0 && this.#calls < CALLS_ON_THE_WIRE) void this.#send(this.#take())
    }
    // With a call under way a whole turn of the loop may gather; an idle wire is used at once.
    if (this.#calls === 0) queueMicrotask(flush)
    else setImmediate(flush)
  }

  #take(): Pending[] {
    let bytes = 0
    let count = 0
    while (count < this.#pending.length && count < JOBS_A_CALL && bytes < BYTES_A_CALL) {
      bytes += this.#pending[count++]!.job.args.length
    }
    return this.#pending.splice(0, count)
  }

  async #send(batch: readonly Pending[]): Promise<void> {
    this.#calls++
    try {
      const answers = await this.sendNow(batch.map(({ job }) => job))
      for (const [i, { resolve }] of batch.entries()) resolve(answers[i]!)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      this.#calls--
      if (this.#pending.length > 0) this.#schedule()
    }
  }

  /** One call. Ids are made by the producer, so after a lost reply the same call may be sent again. */
  async sendNow(jobs: readonly NewJob[], holder?: Holder): Promise<Enqueued[]> {
    const args = enqueueArgs(this.#queue, jobs, holder, DEFAULTS.failureTtlMs, false)
    const [refusals, tokens] = await this.#connection.run<[never[], string[]]>(
      'enqueue',
      this.#base,
      args,
      () => {
        args[3] = 1
      },
    )
    return readEnqueued(jobs, refusals, tokens)
  }
}
