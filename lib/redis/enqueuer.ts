import { DEFAULTS } from '../core/options.ts'
import type { Enqueued, NewJob } from '../core/store.ts'
import type { Connection } from './connection.ts'
import { enqueueArgs, type Holder, type RawEnqueued, readEnqueued } from './scripts.ts'

/** One call of `add`, until all of its jobs are answered. */
interface Pending {
  readonly jobs: readonly NewJob[]
  /** More of them are being made. */
  isGrowing?: boolean
  /** Where to push their outcomes. */
  readonly channel: string | undefined
  /** Called when that was not, or may not have been, noted. */
  readonly onNotNoted: (() => void) | undefined
  /** How many of them are on their way, and how many answered. */
  sent: number
  answered?: number
  readonly answers: Enqueued[]
  readonly resolve: (answers: Enqueued[]) => void
  readonly reject: (error: unknown) => void
}

/** Jobs `first` to `last` of an entry, in one call to Redis. */
interface Share {
  readonly entry: Pending
  readonly first: number
  readonly last: number
}

const JOBS_A_CALL = 250
const WORTH_HALVING = 20
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
  readonly #workers: string
  readonly #onOwed: (effects: readonly string[]) => void
  readonly #onForgotten: (forgotten: number) => Promise<void>
  #pending: Pending[] = []
  #waiting = 0
  #calls = 0
  /**
   * One until a first call is answered: the servers of a Cluster learn of a script, and the client of their slots, each by a call that
   * is refused and sent again, and the one behind it would be done before it.
   */
  #mostCalls = 1
  #scheduled = false

  /**
   * @param workers what the channels of workers begin with
   * @param onOwed told of what follows where the new jobs canceled others, or were canceled
   * @param onForgotten told where the queue had been deleted not long ago; the jobs are answered after it
   */
  constructor(
    connection: Connection,
    queue: string,
    base: string,
    workers: string,
    onOwed: (effects: readonly string[]) => void,
    onForgotten: (forgotten: number) => Promise<void>,
  ) {
    this.#onForgotten = onForgotten
    this.#onOwed = onOwed
    this.#connection = connection
    this.#queue = queue
    this.#base = base
    this.#workers = workers
  }

  /** Resolves when all of them are stored or refused. Calls that name a channel for outcomes share it only with their like. */
  add(jobs: readonly NewJob[], channel?: string, onNotNoted?: () => void): Promise<Enqueued[]> {
    if (jobs.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      this.#pending.push({ jobs, channel, onNotNoted, sent: 0, answers: [], resolve, reject })
      this.#waiting += jobs.length
      this.#schedule()
    })
  }

  /** The same for jobs that are made here: a call's worth goes out as soon as it is there, and Redis has it while the next are made. */
  addEach(source: Iterable<NewJob>): Promise<Enqueued[]> {
    return new Promise((resolve, reject) => {
      const jobs: NewJob[] = []
      const entry: Pending = {
        jobs,
        isGrowing: true,
        channel: undefined,
        onNotNoted: undefined,
        sent: 0,
        answers: [],
        resolve,
        reject,
      }
      this.#pending.push(entry)
      try {
        for (const job of source) {
          jobs.push(job)
          this.#waiting++
          if (this.#waiting >= JOBS_A_CALL && this.#calls < this.#mostCalls)
            void this.#send(this.#take(JOBS_A_CALL))
        }
      } catch (error) {
        this.#giveUp(entry, error)
        return
      }
      entry.isGrowing = false
      if (entry.sent === jobs.length) this.#pending.splice(this.#pending.indexOf(entry), 1)
      if (jobs.length === 0) resolve([])
      if (this.#pending.length > 0) this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#scheduled || this.#calls >= this.#mostCalls) return
    this.#scheduled = true
    // With a call under way a whole turn of the loop may gather; an idle wire is used at once.
    if (this.#calls === 0) queueMicrotask(() => this.#flush())
    else setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#scheduled = false
    // What fits into one call goes as two halves: while Redis does the one, we read and make what belongs to the other.
    const most = Math.min(
      JOBS_A_CALL,
      Math.max(WORTH_HALVING, Math.ceil(this.#waiting / (this.#mostCalls - this.#calls))),
    )
    while (this.#pending.length > 0 && this.#calls < this.#mostCalls) void this.#send(this.#take(most))
  }

  #take(most: number): Share[] {
    const shares: Share[] = []
    let bytes = 0
    let count = 0
    while (this.#pending.length > 0 && count < most && bytes < BYTES_A_CALL) {
      const entry = this.#pending[0]!
      const first = entry.sent
      while (entry.sent < entry.jobs.length && count < most && bytes < BYTES_A_CALL) {
        bytes += entry.jobs[entry.sent++]!.args.length
        count++
      }
      if (entry.sent > first) shares.push({ entry, first, last: entry.sent })
      if (entry.sent < entry.jobs.length || entry.isGrowing) break
      this.#pending.shift()
    }
    this.#waiting -= count
    return shares
  }

  async #send(shares: readonly Share[]): Promise<void> {
    this.#calls++
    try {
      const jobs =
        shares.length === 1
          ? shares[0]!.entry.jobs.slice(shares[0]!.first, shares[0]!.last)
          : shares.flatMap(({ entry, first, last }) => entry.jobs.slice(first, last))
      const channel = shares.every(({ entry }) => entry.channel) ? shares[0]!.entry.channel : undefined
      const doubt = () => {
        for (const { entry } of shares) entry.onNotNoted?.()
      }
      if (channel === undefined) doubt()
      const answers = await this.sendNow(jobs, undefined, channel, doubt)
      this.#mostCalls = CALLS_ON_THE_WIRE
      let next = 0
      for (const { entry, first, last } of shares) {
        for (let i = first; i < last; i++) entry.answers[i] = answers[next++]!
        entry.answered = (entry.answered ?? 0) + last - first
        if (entry.answered === entry.jobs.length) entry.resolve(entry.answers)
      }
    } catch (error) {
      for (const { entry } of shares) this.#giveUp(entry, error)
    } finally {
      this.#calls--
      if (this.#pending.length > 0) this.#schedule()
    }
  }

  /** What was not sent yet of a call that failed stays here: its caller is told that it failed. */
  #giveUp(entry: Pending, error: unknown): void {
    const index = this.#pending.indexOf(entry)
    if (index >= 0) {
      this.#pending.splice(index, 1)
      this.#waiting -= entry.jobs.length - entry.sent
    }
    entry.reject(error)
  }

  /** One call. Ids are made by the producer, so after a lost reply the same call may be sent again. */
  async sendNow(
    jobs: readonly NewJob[],
    holder?: Holder,
    channel?: string,
    onAgain?: () => void,
  ): Promise<Enqueued[]> {
    const args = enqueueArgs(this.#queue, jobs, holder, DEFAULTS.failureTtlMs, false, channel, this.#workers)
    const again = () => {
      args[3] = 1
      onAgain?.()
    }
    // An idle worker may be handed it, and somebody waits for what it answers.
    const answerLast = jobs.length === 1 && channel !== undefined
    const run = this.#connection.run<RawEnqueued>('enqueue', this.#base, args, { again, answerLast })
    const [refusals, tokens, owed, forgotten] = await run
    if (owed) this.#onOwed(owed)
    if (forgotten !== undefined) await this.#onForgotten(forgotten)
    return readEnqueued(jobs, refusals, tokens)
  }
}
