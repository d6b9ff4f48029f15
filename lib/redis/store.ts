import { setImmediate as nextTurn } from 'node:timers/promises'
import { ClosedError, RedisFullError } from '../core/errors.ts'
import { DEFAULTS } from '../core/options.ts'
import type { Ref } from '../core/record.ts'
import type { JobStatus } from '../core/states.ts'
import type {
  CancelHow,
  Claimed,
  Ended,
  Enqueued,
  MetaSaved,
  NewJob,
  PauseKind,
  PauseNote,
  Step,
  StepReply,
  Store,
  Upkeep,
  Waiter,
} from '../core/store.ts'
import { isHanded, readClaimed } from './claimed.ts'
import { cleanup } from './cleanup.ts'
import type { Connection, RunOptions } from './connection.ts'
import { followUp } from './follow-up.ts'
import { RedisGroups } from './groups.ts'
import { Intake } from './intake.ts'
import { broadcastChannel, controlChannel } from './keys.ts'
import { FORGOTTEN_FOR_MS } from './known-queues.ts'
import { letGo } from './let-go.ts'
import { tend } from './maintenance.ts'
import { Outbox } from './outbox.ts'
import { RedisReads } from './reads.ts'
import { requeue } from './requeue.ts'
import { forgotten, type RawStep, readStep, stepArgs } from './scripts.ts'
import { RedisSteps } from './steps.ts'
import type { Transaction } from './transaction.ts'
import { Waiting } from './waiting.ts'

type Keys = Pick<Store, 'signer' | 'codec'>

/** The store on Redis: each arrow is one script of lua/, each read one or two plain commands. */
export class RedisStore extends RedisReads implements Store {
  readonly signer: Keys['signer']
  readonly codec: Keys['codec']
  readonly groups: RedisGroups
  readonly steps: RedisSteps
  readonly #leaseMs: number
  readonly #waiting: Waiting
  readonly #outbox: Outbox
  readonly #intake: Intake
  readonly #deliveries = new Set<Promise<void>>()

  constructor(connection: Connection, prefix: string, leaseMs: number = DEFAULTS.leaseMs, keys: Keys = {}) {
    super(connection, prefix)
    const { signer } = keys
    this.signer = signer
    this.codec = keys.codec
    this.#leaseMs = leaseMs
    this.#waiting = new Waiting(connection, prefix)
    this.groups = new RedisGroups(connection, prefix, signer, (queue, job) => this.enqueue(queue, [job]))
    this.steps = new RedisSteps(connection, prefix)
    this.#outbox = new Outbox(connection, prefix, (queue, id) => followUp(this, queue, id))
    this.#intake = new Intake(
      connection,
      prefix,
      leaseMs,
      signer,
      this.known,
      this.#outbox,
      this.#waiting,
      (queue, effects) => this.#deliver(queue, effects),
    )
  }

  enqueue(queue: string, jobs: readonly NewJob[], holder?: string): Promise<Enqueued[]> {
    return this.#intake.enqueue(queue, jobs, holder)
  }

  enqueueEach(queue: string, jobs: Iterable<NewJob>): Promise<Enqueued[]> {
    return this.#intake.enqueueEach(queue, jobs)
  }

  /** Enqueues in a transaction of the caller's, see intake.ts. */
  enqueueInto(transaction: Transaction, queue: string, jobs: readonly NewJob[]): Promise<Ref | undefined> {
    return this.#intake.enqueueInto(transaction, queue, jobs)
  }

  async step(queue: string, worker: string, step: Step): Promise<StepReply> {
    let isAgain = false
    const again = () => {
      isAgain = true
    }
    const { endings } = step
    // Somebody may wait for it, and little else is going on.
    const answerLast = endings.length === 1 && isHanded(endings[0]!.token)
    const args = stepArgs(worker, this.#leaseMs, DEFAULTS.failureTtlMs, step)
    const raw = await this.connection.run<RawStep>('step', this.base(queue), args, { again, answerLast })
    this.#deliver(queue, raw[4])
    const reply = readStep(queue, raw)
    // Sent twice, what the lost reply had accepted looks stale. Jobs that it had claimed are found by the heartbeat.
    return isAgain ? { ...reply, stale: [] } : reply
  }

  /** At once, by whoever caused it; what fails here is in the outbox for the next tick. */
  #deliver(queue: string, owed: readonly string[] | 0): void {
    if (owed === 0 || owed.length === 0) return
    // Ends of parents go together. A callback's trouble is its own.
    const alone = owed.filter((effect) => effect.startsWith('fx:'))
    const together = owed.filter((effect) => !effect.startsWith('fx:'))
    for (const effects of [together, ...alone.map((effect) => [effect])]) {
      if (effects.length === 0) continue
      const delivery = this.#outbox.deliver(queue, effects).catch(() => {})
      this.#deliveries.add(delivery)
      void delivery.then(() => this.#deliveries.delete(delivery))
    }
  }

  async idle(): Promise<void> {
    await Promise.all(this.#deliveries)
  }

  /** As many as a step may end. */
  async giveBackForgotten(queue: string, worker: string, ids: readonly string[]): Promise<void> {
    const endings = ids.map(forgotten)
    await this.step(queue, worker, { endings, beginnings: [], want: 0, begin: false, held: 0 })
  }

  async take(queue: string, worker: string, id: string): Promise<Claimed | undefined> {
    const args = [worker, this.#leaseMs, id, DEFAULTS.failureTtlMs]
    const raw = await this.connection.run<[string, string[], number]>('take', this.base(queue), args)
    const [values, owed, now] = raw
    await this.#releaseAll(queue, owed)
    return readClaimed(queue, values, now)[0]
  }

  async update(
    queue: string,
    worker: string,
    id: string,
    token: string,
    kind: string,
    value: string,
  ): Promise<boolean> {
    const args = [worker, id, token, kind, value, DEFAULTS.keptLogLines, DEFAULTS.keptOutput]
    return (await this.connection.run('update', this.base(queue), args)) === 1
  }

  async heartbeat(queue: string, worker: string): Promise<string[]> {
    return this.connection.run('heartbeat', this.base(queue), [worker, this.#leaseMs])
  }

  async pause(queue: string, kind: PauseKind, forMs: number | null, note: PauseNote = {}): Promise<void> {
    const { by = '', reason = '' } = note
    const args = [kind, forMs ?? -1, broadcastChannel(this.prefix), queue, by, reason]
    // A Redis that is full pauses all the same; that it takes no new name then is no reason to say that it did not.
    const known = this.known.add(queue).catch((error) => {
      if (!(error instanceof RedisFullError)) throw error
    })
    await Promise.all([this.connection.run('pause', this.base(queue), args), known])
  }

  async resume(queue: string, kind: PauseKind): Promise<void> {
    await this.connection.run('resume', this.base(queue), [kind, broadcastChannel(this.prefix), queue])
  }

  async leave(queue: string, worker: string): Promise<void> {
    await this.connection.run('leave', this.base(queue), [worker, this.#leaseMs])
  }

  /**
   * A worker that was noted as idle has no more room. What was handed to it before is there once this resolves: its message came before the
   * answer, and a turn later it has also been taken where it waited for an answer in front of it.
   */
  async notIdle(queue: string, worker: string): Promise<void> {
    const key = `${this.base(queue)}idle`
    await this.connection.attempt((client) => client.zrem(key, `${this.#leaseMs}:${worker}`))
    await nextTurn()
  }

  async cancel(
    queue: string,
    id: string,
    reason: string,
    { releaseDependents, leaveParents }: CancelHow = {},
  ): Promise<JobStatus | 'gone'> {
    const channel = controlChannel(this.prefix, '')
    const how = [releaseDependents ? 1 : 0, leaveParents ? 1 : 0]
    const args = [id, reason, DEFAULTS.failureTtlMs, queue, channel, ...how]
    const [status, owed = [], elsewhere = []] = await this.connection.run<
      [JobStatus | 'gone', string[]?, Ref[]?]
    >('cancel', this.base(queue), args)
    if (elsewhere.length > 0) await this.#outbox.leave(queue, id, elsewhere)
    await this.#releaseAll(queue, owed)
    return status
  }

  async #releaseAll(queue: string, owed: readonly string[]): Promise<void> {
    await this.#outbox.deliver(queue, owed)
  }

  async requeue(queue: string, ids: readonly string[], atFront = false): Promise<(JobStatus | 'gone')[]> {
    return requeue(this.connection, this.base(queue), this.#outbox, queue, ids, atFront)
  }

  /** Releases deferred jobs from those of their parents that failed; see let-go.ts. */
  letGo(queue: string, ids: readonly string[]): ReturnType<typeof letGo> {
    return letGo(this, this.#outbox, queue, ids)
  }

  async delete(queue: string, id: string): Promise<Deleted> {
    let isSentAgain = false
    const again = () => {
      isSentAgain = true
    }
    const [answer] = await this.#delete(queue, ['', '', id], { again })
    // It was there when this was asked for, as far as anybody knows: the call whose reply was lost has deleted it.
    return answer === 'gone' && isSentAgain ? 'deleted' : answer!
  }

  async purge(
    queue: string,
    state: JobStatus,
    ids: readonly string[],
    endedAgoMs?: number,
  ): Promise<Deleted[]> {
    const answers: Deleted[] = []
    for (let i = 0; i < ids.length; i += 100)
      answers.push(...(await this.#delete(queue, [state, endedAgoMs ?? '', ...ids.slice(i, i + 100)])))
    return answers
  }

  async #delete(queue: string, args: (string | number)[], options?: RunOptions): Promise<Deleted[]> {
    const base = this.base(queue)
    const [answers, owed] = await this.connection.run<[Deleted[], string[]]>('delete', base, args, options)
    await this.#releaseAll(queue, owed)
    return answers
  }

  async forget(queue: string): Promise<'forgotten' | { state: string; id: string }> {
    const look = () => this.connection.run<[string, string?]>('forget', this.base(queue), [FORGOTTEN_FOR_MS])
    const [state, id] = await look()
    if (id !== undefined) return { state, id }
    await this.known.remove(queue)
    // A job that came in between may have told the queue's name before it was removed: see known-queues.ts.
    if ((await look())[1] !== undefined) await this.known.addAgain(queue)
    return 'forgotten'
  }

  async saveMeta(queue: string, id: string, meta: string, was?: string): Promise<MetaSaved> {
    const args = [id, meta, was === undefined ? 0 : 1, was ?? '']
    const [answer, changed] = await this.connection.run<['saved' | 'gone' | 'changed', string?]>(
      'meta',
      this.base(queue),
      args,
    )
    return answer === 'changed' ? { changed: changed || undefined } : answer
  }

  async stop(queue: string, id: string): Promise<'asked' | JobStatus | 'gone'> {
    const args = [id, queue, controlChannel(this.prefix, '')]
    return (await this.connection.run<['asked' | JobStatus | 'gone']>('stop', this.base(queue), args))[0]
  }

  waitFor(
    queue: string,
    id: string,
    signal?: AbortSignal,
    requeues?: number,
    waiter?: Waiter,
  ): Promise<Ended> {
    return this.#waiting.waitFor(queue, id, signal, requeues, waiter)
  }

  dropWaits(): void {
    this.#waiting.dropClosed()
  }

  async cleanup(queue: string, state: JobStatus): Promise<number> {
    const { cleaned, owing } = await cleanup(this.connection, this.base(queue), state)
    await this.#releaseAll(queue, owing)
    return cleaned
  }

  tend(queue: string): Promise<Upkeep> {
    return tend(this.connection, this.base(queue), queue, this.#outbox)
  }

  async close(): Promise<void> {
    this.#waiting.close(new ClosedError('the queue was closed while this job was awaited'))
    await this.connection.close()
  }
}

type Deleted = 'deleted' | JobStatus | 'gone'
