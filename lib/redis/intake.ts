import { getOrMake } from '../core/get-or-make.ts'
import { CHANNELS, tellEnqueued } from '../core/job-events.ts'
import { fromRef, type Ref, toRef } from '../core/record.ts'
import type { Signer } from '../core/signature.ts'
import type { Enqueued, NewJob } from '../core/store.ts'
import type { Connection } from './connection.ts'
import { Enqueuer } from './enqueuer.ts'
import { controlChannel, queueBase } from './keys.ts'
import type { KnownQueues } from './known-queues.ts'
import type { Outbox } from './outbox.ts'
import { isPlain } from './scripts.ts'
import { appendEnqueue, checkTransaction, isPromised, onExec, type Transaction } from './transaction.ts'
import type { Waiting } from './waiting.ts'

/** How new jobs come in: by calls of our own, or in a transaction of the caller's. */
export class Intake {
  readonly #connection: Connection
  readonly #prefix: string
  readonly #leaseMs: number
  readonly #signer: Signer | undefined
  readonly #known: KnownQueues
  readonly #outbox: Outbox
  readonly #waiting: Waiting
  readonly #onOwed: (queue: string, effects: readonly string[]) => void
  readonly #enqueuers = new Map<string, Enqueuer>()

  constructor(
    connection: Connection,
    prefix: string,
    leaseMs: number,
    signer: Signer | undefined,
    known: KnownQueues,
    outbox: Outbox,
    waiting: Waiting,
    onOwed: (queue: string, effects: readonly string[]) => void,
  ) {
    this.#onOwed = onOwed
    this.#connection = connection
    this.#prefix = prefix
    this.#leaseMs = leaseMs
    this.#signer = signer
    this.#known = known
    this.#outbox = outbox
    this.#waiting = waiting
  }

  enqueue(queue: string, jobs: readonly NewJob[], holder?: string): Promise<Enqueued[]> {
    const answers = this.#enqueue(queue, jobs, holder)
    return CHANNELS.enqueue.hasSubscribers ? tellEnqueued(queue, jobs, answers) : answers
  }

  /** As Store says. Where more is to be done with them than to send them, all are made first. */
  async enqueueEach(queue: string, jobs: Iterable<NewJob>): Promise<Enqueued[]> {
    if (this.#signer || CHANNELS.enqueue.hasSubscribers || !this.#known.has(queue))
      return this.enqueue(queue, [...jobs])
    return this.#enqueuerOf(queue).addEach(jobs)
  }

  async #enqueue(queue: string, unsigned: readonly NewJob[], holder?: string): Promise<Enqueued[]> {
    const jobs = this.#sign(queue, unsigned)
    const enqueuer = this.#enqueuerOf(queue)
    // Nearly always, and then without a promise more than the call itself.
    const direct = holder === undefined && !jobs.some((job) => job.parents)
    if (direct && this.#known.has(queue)) return this.#enqueuePlain(enqueuer, queue, jobs)
    const missing = await this.#missingParents(queue, jobs)
    const accepted = missing ? jobs.filter((job) => !missing.has(job)) : jobs
    // Sent first: a job in a queue that nobody knows of would be run by nobody who works on globs.
    const known = this.#known.add(queue)
    const sent =
      holder === undefined
        ? enqueuer.add(accepted)
        : enqueuer.sendNow(accepted, { worker: holder, leaseMs: this.#leaseMs })
    const [answers] = await Promise.all([sent, known])
    for (const [i, job] of accepted.entries()) {
      if (answers[i]!.ok && hasParentsElsewhere(queue, job)) {
        // It is stored. Should its parents' queues be away now, the reminder in the outbox stands for the next tick.
        await this.#outbox.register(queue, job.id).catch(() => {})
      }
    }
    if (!missing) return answers
    let next = 0
    return jobs.map((job) => {
      const parent = missing.get(job)
      return parent ? { ok: false, code: 'parent', parent } : answers[next++]!
    })
  }

  #enqueuerOf(queue: string): Enqueuer {
    return getOrMake(
      this.#enqueuers,
      queue,
      () =>
        new Enqueuer(
          this.#connection,
          queue,
          queueBase(this.#prefix, queue),
          controlChannel(this.#prefix, ''),
          (effects) => this.#onOwed(queue, effects),
          (forgotten) => this.#known.addAgain(queue, forgotten),
        ),
    )
  }

  #sign(queue: string, jobs: readonly NewJob[]): readonly NewJob[] {
    const signer = this.#signer
    return signer ? jobs.map((job) => signer.signed(queue, job)) : jobs
  }

  #enqueuePlain(enqueuer: Enqueuer, queue: string, jobs: readonly NewJob[]): Promise<Enqueued[]> {
    const [job] = jobs
    if (jobs.length !== 1 || !job || !isPlain(job)) return enqueuer.add(jobs)
    const ref = toRef(job.id, queue)
    const channel = this.#waiting.channelFor(ref)
    return channel === undefined
      ? enqueuer.add(jobs)
      : enqueuer.add(jobs, channel, () => this.#waiting.notNoted(ref))
  }

  /**
   * Appends the enqueue of jobs to a transaction of the caller's, who commits it. Answers at once only for parents in other
   * queues that are not there; everything else is refused by an error reply in the answer of `exec()`.
   */
  async enqueueInto(given: Transaction, queue: string, jobs: readonly NewJob[]): Promise<Ref | undefined> {
    const transaction = checkTransaction(given, this.#connection.client)
    const missing = await this.#missingParents(queue, jobs, (ref) => isPromised(transaction, ref))
    if (missing) return [...missing.values()][0]
    // In a Cluster a transaction stays in one slot, and this key is in another.
    if (this.#connection.isCluster) {
      await this.#known.add(queue)
      // Deleted until then, it has jobs that nobody else tells of.
      onExec(transaction, () => void this.#known.addAgain(queue).catch(() => {}))
    } else transaction.sadd(this.#known.key, queue)
    appendEnqueue(transaction, queueBase(this.#prefix, queue), queue, this.#sign(queue, jobs))
    const toRegister = jobs.filter((job) => hasParentsElsewhere(queue, job))
    if (toRegister.length === 0) return undefined
    onExec(transaction, () => {
      for (const { id } of toRegister) this.#outbox.register(queue, id).catch(() => {})
    })
    return undefined
  }

  /** Parents in this queue are judged by the script; those elsewhere are looked up first, so that a mistake is told at once. */
  async #missingParents(
    queue: string,
    jobs: readonly NewJob[],
    isPromised = (_: Ref) => false,
  ): Promise<Map<NewJob, Ref> | undefined> {
    let missing: Map<NewJob, Ref> | undefined
    for (const job of jobs) {
      for (const { ref } of job.parents ?? []) {
        const { id, queue: where } = fromRef(ref)
        if (where === queue || isPromised(ref) || (await this.#exists(where, id))) continue
        missing ??= new Map()
        missing.set(job, ref)
        break
      }
    }
    return missing
  }

  async #exists(queue: string, id: string): Promise<boolean> {
    return (
      (await this.#connection.attempt((client) =>
        client.exists(`${queueBase(this.#prefix, queue)}job:${id}`),
      )) === 1
    )
  }
}

function hasParentsElsewhere(queue: string, { parents }: NewJob): boolean {
  return parents?.some(({ ref }) => fromRef(ref).queue !== queue) ?? false
}
