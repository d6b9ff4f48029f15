import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { coded } from '../core/codec.ts'
import { InvalidStateError, LeaseLostError } from '../core/errors.ts'
import { type JobHeaders, NO_HEADERS } from '../core/headers.ts'
import { DEFAULTS } from '../core/options.ts'
import { checkSize, encode } from '../core/payload.ts'
import type { StoredOptions } from '../core/record.ts'
import { isEnded } from '../core/states.ts'
import type { Claimed, Ending, Store } from '../core/store.ts'
import { optionsOf, toAssignment } from '../run/assign.ts'
import type { Outcome } from '../run/assignment.ts'
import { refusal } from '../run/refusal.ts'
import { failed, readArguments } from '../run/runner.ts'
import { type Verdict, verdict } from '../run/verdict.ts'

/**
 * A job that this process took by `q.reserve()`, to be done by hand. Its lease is renewed until `ack`, `fail` or `release` ends it; where the
 * process dies first, the job returns to its queue. Its timeout, the worker's middleware and its function's hooks are the caller's affair.
 */
export class ReservedJob {
  readonly id: string
  readonly queue: string
  /** `path#export`. */
  readonly func: string
  /** @see CurrentJob.args */
  readonly args: readonly unknown[]
  /** 1 for the first run. */
  readonly attempt: number
  readonly headers: JobHeaders
  readonly #store: Store
  readonly #claim: Claimed
  readonly #options: StoredOptions
  readonly #worker: string
  readonly #renewal: NodeJS.Timeout
  readonly #began = performance.now()
  #isOver = false
  /** An earlier call failed: it may have settled the job all the same. */
  #isDoubtful = false

  private constructor(store: Store, claim: Claimed, worker: string, args: readonly unknown[]) {
    this.#store = store
    this.#claim = claim
    this.#worker = worker
    this.#options = optionsOf(claim)
    this.id = claim.id
    this.queue = claim.queue
    this.func = claim.func ?? ''
    this.args = args
    this.attempt = claim.attempt
    this.headers = this.#options.headers ?? NO_HEADERS
    // A renewal that fails is tried again at the next; the lease outlives several of them.
    this.#renewal = setInterval(() => {
      store.heartbeat(claim.queue, worker).catch(() => {})
    }, DEFAULTS.heartbeatMs)
    this.#renewal.unref()
  }

  /** The job that is next in the queue, or null. What cannot run at all, being damaged or not signed, fails on the way. */
  static async take(store: Store, queue: string): Promise<ReservedJob | null> {
    // One of its own for each: a lease belongs to whoever holds the job.
    const worker = `reserve.${process.pid}.${randomBytes(4).toString('hex')}`
    for (;;) {
      const { jobs, left } = await store.step(queue, worker, { ...NOTHING, want: 1, begin: true })
      const [claim] = jobs
      // Claimed by this call, whose first reply was lost: nobody has it, and the lease would keep it from all others.
      const forgotten = (await store.heartbeat(queue, worker)).filter((id) => id !== claim?.id)
      if (forgotten.length > 0) await store.giveBackForgotten(queue, worker, forgotten)
      if (claim === undefined) {
        // The first one was over its time to wait, or is over its limit.
        if (left || forgotten.length > 0) continue
        await store.leave(queue, worker)
        return null
      }
      const options = optionsOf(claim)
      const args = await argumentsOf(store, claim, options, worker)
      if (Array.isArray(args)) return new ReservedJob(store, claim, worker, args)
      await conclude(store, worker, claim, verdict({}, claim, args as Outcome), 0)
    }
  }

  /**
   * The job has finished, with this result. After a RedisUnavailableError it can be called again, and the lease is renewed until then.
   * @throws LeaseLostError, SerializationError, PayloadTooLargeError; InvalidStateError once it was settled
   */
  async ack(result?: unknown): Promise<void> {
    const text = encode(result, 'result')
    const { codec } = this.#store
    const payload = codec ? coded(codec, text, 'result', this.id) : text
    checkSize(payload, this.#options.resultLimit ?? DEFAULTS.payloadLimit, 'result')
    await this.#end({ kind: 'finished', result: payload, ms: this.#ms })
  }

  /** The job has failed; it runs again where its retries say so. @throws as `ack` */
  async fail(error: unknown): Promise<void> {
    await this.#end(failed(error, false, this.#began))
  }

  /** Gives the job back to the head of its queue, its attempt uncounted. @throws as `ack` */
  async release(): Promise<void> {
    await this.#settle({ kind: 'giveBack', payload: '', ttl: 0 })
  }

  get #ms(): number {
    return performance.now() - this.#began
  }

  async #end(outcome: Outcome): Promise<void> {
    await this.#settle(verdict(this.#options, this.#claim, outcome))
  }

  async #settle(verdict: Verdict): Promise<void> {
    if (this.#isOver) {
      throw new InvalidStateError(
        `job ${this.id} was settled already: ack, fail or release it once`,
        this.id,
        'settled',
      )
    }
    // Already now, so that two calls at once do not settle it twice.
    this.#isOver = true
    let isStale: boolean
    try {
      isStale = await conclude(this.#store, this.#worker, this.#claim, verdict, this.#ms)
      if (isStale && this.#isDoubtful) isStale = !(await this.#hasEnded())
    } catch (error) {
      this.#isOver = false
      this.#isDoubtful = true
      throw error
    }
    clearInterval(this.#renewal)
    // Where that fails, the lease runs out by itself.
    await this.#store.leave(this.queue, this.#worker).catch(() => {})
    if (isStale) {
      throw new LeaseLostError(
        `job ${this.id}: its lease was lost before it was settled; another worker may have it, and this outcome is not recorded`,
      )
    }
  }

  /** Nobody else has this name of a worker. */
  async #hasEnded(): Promise<boolean> {
    const [record] = await this.#store.fetch(this.queue, [this.id])
    return record !== undefined && isEnded(record.status) && record.worker === this.#worker
  }

  /** Released, if it was not settled. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) await this.release()
  }

  [inspect.custom](): string {
    return `ReservedJob('${this.id}', ${this.func})`
  }
}

const NOTHING = { endings: [], beginnings: [], want: 0, begin: false, held: 0 }

/** The failure instead, where they cannot be had. */
async function argumentsOf(
  store: Store,
  claim: Claimed,
  options: StoredOptions,
  worker: string,
): Promise<readonly unknown[] | Outcome> {
  const refused = refusal(claim, store.signer)
  if (refused) return refused
  try {
    return readArguments(await toAssignment(claim, options, worker, store), store.codec)
  } catch (error) {
    return failed(error, true, performance.now())
  }
}

/** Whether it came too late. */
async function conclude(
  store: Store,
  worker: string,
  { queue, id, token, attempt }: Claimed,
  verdict: Verdict,
  ranMs: number,
): Promise<boolean> {
  const ending: Ending = { id, token, ...verdict, endedAgo: 0, ranMs, attempt, aux: true }
  const { stale } = await store.step(queue, worker, { ...NOTHING, endings: [ending] })
  await store.idle()
  return stale.includes(id)
}
