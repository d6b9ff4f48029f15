import { setImmediate } from 'node:timers/promises'
import { JobTimeoutError } from '../core/errors.ts'
import { groupFollowUpId, hasFollowUps, isFollowUp } from '../core/follow-ups.ts'
import { CHANNELS, EVENT_OF, toBegun, toEnded } from '../core/job-events.ts'
import { LONGEST_TIMER_MS } from '../core/longest-timer.ts'
import { DEFAULTS } from '../core/options.ts'
import { projectRoot } from '../core/project-root.ts'
import { fromRef, type StoredOptions } from '../core/record.ts'
import type { Claimed, Ending, EndingKind, Enqueued, NewJob, Step, Store } from '../core/store.ts'
import { optionsOf, toAssignment } from '../run/assign.ts'
import type { Answer, Ask, Outcome, Update } from '../run/assignment.ts'
import { refusal } from '../run/refusal.ts'
import { failed, Runner } from '../run/runner.ts'
import { timeoutOf, verdict } from '../run/verdict.ts'

/** The job waits again, for its next run. */
const AGAIN: ReadonlySet<EndingKind> = new Set(['retry', 'retryAsked', 'repeat', 'snooze', 'sleep'])

const IDLE: Step = { endings: [], beginnings: [], want: 0, begin: false, held: 0 }

/** A run of a job that is over. */
export interface Ran {
  readonly queue: string
  readonly id: string
  readonly kind: EndingKind
  /** What is recorded of it: of a failure the error, as JSON. */
  readonly payload: string
}

/** What became of an enqueue: `ending` where the job ended at once. */
export interface RunHere {
  readonly answer: Enqueued
  readonly ending: Ending | undefined
}

/**
 * The synchronous mode: a worker of this process for the jobs that it enqueues itself. They go through the same arrows as any other
 * job. It waits for nothing: a scheduled job and a retry run at once.
 */
export class SyncRunner {
  readonly #store: Store
  readonly #worker = `sync.${process.pid}.${Math.random().toString(36).slice(2, 10)}`
  readonly #claims = new Map<string, Claimed>()
  /** How many jobs are under way in each queue: all of a queue share one lease, which the last one gives up. */
  readonly #underWay = new Map<string, number>()
  readonly #runner: Runner
  #updates: Promise<unknown> = Promise.resolve()
  /** Of jobs that were looked up without their queue. */
  readonly host = { closed: undefined, runHere: (queue: string, id: string) => this.runById(queue, id) }

  /** @param onThrown hears what jobs throw, itself and not as it is recorded */
  constructor(store: Store, onThrown?: (id: string, thrown: unknown) => void) {
    this.#store = store
    this.#runner = new Runner({
      roots: [projectRoot()],
      codec: store.codec,
      onUpdate: (id, { kind, value }) => {
        const job = this.#claims.get(id)
        if (job) this.#updates = this.#updates.then(() => this.#update(job, kind, value))
      },
      onAsk: (id, ask) => this.#answer(this.#claims.get(id), ask),
      ...(onThrown && { onThrown }),
    })
  }

  /** Stores the job, runs it unless it must wait for others, then runs those that waited for it. */
  enqueue(queue: string, job: NewJob): Promise<RunHere> {
    return this.#leased(queue, async () => {
      // What runs one at a time is over no limit.
      const { limit, ...free } = job
      const signed = this.#store.signer?.signed(queue, free) ?? free
      const [answer] = await this.#store.enqueue(queue, [signed], this.#worker)
      let ending: Ending | undefined
      if (!answer?.ok || answer.existing !== undefined) return { answer: answer!, ending }
      if (answer.token !== undefined) ending = await this.#run(held(queue, signed, answer.token))
      else ending = await this.runById(queue, job.id)
      return { answer, ending }
    })
  }

  /** Runs a job that waits in its queue, which one with unfinished parents does not. */
  runById(queue: string, id: string): Promise<Ending | undefined> {
    return this.#leased(queue, async () => {
      const job = await this.#take(queue, id)
      return job && this.#run(job)
    })
  }

  /** Runs the job that waits first in a queue, once: `undefined` where none does. What it releases waits for its turn. */
  async runNext(queue: string): Promise<Ran | undefined> {
    return this.#leased(queue, async () => {
      for (;;) {
        const { jobs, left } = await this.#store.step(queue, this.#worker, { ...IDLE, want: 1, begin: true })
        if (jobs[0]) return this.#runOnce(jobs[0])
        if (!left) return undefined
      }
    })
  }

  /** The same for a job that waits in its queue. */
  runOnceById(queue: string, id: string): Promise<Ran | undefined> {
    return this.#leased(queue, async () => {
      const job = await this.#store.take(queue, this.#worker, id)
      return job && this.#runOnce(job)
    })
  }

  async #take(queue: string, id: string): Promise<Claimed | undefined> {
    const job = await this.#store.take(queue, this.#worker, id)
    if (job) return job
    // Nearly always it does not wait, but it may have been claimed by this call, whose first reply was lost: nobody runs it then.
    const held = await this.#store.heartbeat(queue, this.#worker)
    if (!held.includes(id) || this.#claims.has(id)) return undefined
    await this.#store.giveBackForgotten(queue, this.#worker, [id])
    return this.#store.take(queue, this.#worker, id)
  }

  async #runOnce(job: Claimed): Promise<Ran> {
    const { ending } = await this.#attempt(job, optionsOf(job))
    await this.#store.idle()
    const { kind, payload } = ending
    return { queue: job.queue, id: job.id, kind, payload }
  }

  /** Runs a job that its store does not know: nothing is recorded, and its reports go nowhere. */
  runUnrecorded(job: Claimed): Promise<Outcome> {
    return this.#bounded(job, optionsOf(job))
  }

  async #leased<T>(queue: string, work: () => Promise<T>): Promise<T> {
    const count = (by: number) => {
      const left = (this.#underWay.get(queue) ?? 0) + by
      this.#underWay.set(queue, left)
      return left
    }
    count(1)
    try {
      return await work()
    } finally {
      // Where that fails, the lease runs out by itself.
      if (count(-1) === 0) await this.#store.leave(queue, this.#worker).catch(() => {})
    }
  }

  /** Answers how the job ended, after all its retries and repetitions. */
  async #run(job: Claimed): Promise<Ending | undefined> {
    const { queue, id } = job
    for (let claimed: Claimed | undefined = job; claimed; ) {
      const { ending, dependents } = await this.#attempt(claimed, optionsOf(claimed))
      await this.#store.idle()
      if (!AGAIN.has(ending.kind)) {
        await this.#followUp(claimed, optionsOf(claimed))
        for (const child of dependents) await this.runById(child.queue, child.id)
        return ending
      }
      // A job that runs again until something has happened must let it happen: in memory nothing else waits for the event loop.
      await setImmediate()
      claimed = await this.#take(queue, id)
    }
    return undefined
  }

  /** The job's callback and webhooks, and its group's: they wait at the head of their queue. */
  async #followUp({ queue, id }: Claimed, options: StoredOptions): Promise<void> {
    if (!hasFollowUps(options)) return
    const first = await this.#store.list(queue, 'queued', { limit: 50 })
    for (const next of first) if (isFollowUp(next, id)) await this.runById(queue, next)
    if (options.group !== undefined) await this.runCallbackOf(options.group)
  }

  /** What a group calls back, where that waits by now. */
  async runCallbackOf(group: string): Promise<void> {
    const callback = await this.#store.groups.callbackOf(group)
    const progress = callback && (await this.#store.groups.progress(group))
    if (progress) await this.runById(callback.queue, groupFollowUpId(progress))
  }

  /** A report that is lost, or that came too late, is no reason for the job to fail. */
  async #update(job: Claimed, kind: Update['kind'], value: string): Promise<void> {
    await this.#store.update(job.queue, this.#worker, job.id, job.token, kind, value).catch(() => {})
  }

  /** It waits for nothing: a sleep is over as it begins. */
  async #answer(job: Claimed | undefined, ask: Ask): Promise<Answer> {
    if (!job) return { kind: 'lost' }
    const { id, queue, token } = job
    const claim = { worker: this.#worker, id, token }
    try {
      if (ask.kind === 'kept') return { kind: 'kept', values: await this.#store.steps.kept(queue, id) }
      if (ask.kind === 'sleep') {
        const inMs = await this.#store.steps.sleep(queue, claim, ask.name, 0)
        return inMs === undefined ? { kind: 'lost' } : { kind: 'due', inMs }
      }
      return { kind: (await this.#store.steps.keep(queue, claim, ask.name, ask.payload)) ? 'done' : 'lost' }
    } catch (error) {
      return { kind: 'refused', reason: (error as Error).message }
    }
  }

  async #attempt(
    job: Claimed,
    options: StoredOptions,
  ): Promise<{ ending: Ending; dependents: { id: string; queue: string }[] }> {
    const { queue, id } = job
    this.#claims.set(id, job)
    const lease = setInterval(() => {
      this.#store.heartbeat(queue, this.#worker).catch(() => {})
    }, DEFAULTS.heartbeatMs)
    try {
      await this.#store.heartbeat(queue, this.#worker)
      if (CHANNELS.begin.hasSubscribers) CHANNELS.begin.publish(toBegun(job, this.#worker))
      const outcome = await this.#bounded(job, options)
      await this.#updates
      const ending: Ending = {
        id,
        token: job.token,
        ...verdict(options, job, outcome),
        endedAgo: 0,
        ranMs: outcome.ms,
        attempt: job.attempt,
        aux: true,
      }
      const channel = CHANNELS[EVENT_OF[ending.kind]]
      if (channel.hasSubscribers) channel.publish(toEnded(toBegun(job, this.#worker), ending, outcome.ms))
      // Not sooner, for the job may have enqueued some; not later, for those that it releases are struck off.
      const dependents = (await this.#store.dependents(queue, id)).map(fromRef)
      await this.#store.step(queue, this.#worker, { ...IDLE, endings: [ending] })
      return { ending, dependents }
    } finally {
      clearInterval(lease)
      this.#claims.delete(id)
    }
  }

  /** In this process nothing can be killed: a job that runs over is told by its signal, and after a grace left to itself. */
  async #bounded(job: Claimed, options: StoredOptions): Promise<Outcome> {
    const refused = refusal(job, this.#store.signer)
    if (refused) return refused
    const began = performance.now()
    const running = this.#runner.run(await toAssignment(job, options, this.#worker, this.#store))
    const limit = timeoutOf(options)
    if (limit === null) return running
    let timer: NodeJS.Timeout | undefined
    let isOver = false
    const grace = new Promise<void>((resolve) => {
      const tell = () => {
        isOver = true
        this.#runner.abort(job.id, 'timeout')
        timer = setTimeout(resolve, DEFAULTS.graceMs)
      }
      // A longer one than timers can count is as good as none.
      timer = setTimeout(tell, Math.min(limit, LONGEST_TIMER_MS))
    })
    const outcome = await Promise.race([running, grace])
    clearTimeout(timer)
    // Whatever a job makes of its abort, over its time it has failed.
    if (outcome && !isOver) return outcome
    return failed(new JobTimeoutError(timeoutMessage(limit)), false, began)
  }
}

const runners = new WeakMap<Store, SyncRunner>()

/** Whoever finds a job in a store runs it as its queue would. */
export function syncOf(store: Store): SyncRunner {
  const runner = runners.get(store) ?? new SyncRunner(store)
  runners.set(store, runner)
  return runner
}

export function timeoutMessage(limit: number): string {
  return `the job exceeded its timeout of ${limit / 1000} seconds`
}

function held(queue: string, job: NewJob, token: string): Claimed {
  return {
    id: job.id,
    queue,
    token,
    func: job.func,
    args: job.args,
    options: JSON.stringify(job.options),
    signature: job.signature,
    attempt: 1,
    recoveries: 0,
    repetitions: 0,
    snoozes: 0,
    meta: job.meta ?? null,
    waitedMs: 0,
    aux: job.parents !== undefined,
    alone: false,
  }
}
