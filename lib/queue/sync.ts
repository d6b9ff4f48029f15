import { JobTimeoutError } from '../core/errors.ts'
import { DEFAULTS } from '../core/options.ts'
import { projectRoot } from '../core/project-root.ts'
import type { StoredOptions } from '../core/record.ts'
import type { Claimed, Ending, Enqueued, NewJob, Store } from '../core/store.ts'
import { optionsOf, toAssignment } from '../run/assign.ts'
import type { Outcome } from '../run/assignment.ts'
import { failed, Runner } from '../run/runner.ts'
import { timeoutOf, verdict } from '../run/verdict.ts'

/**
 * The synchronous mode: a worker of this process for the jobs that it enqueues itself. They go through the same arrows as any other
 * job. It waits for nothing: a scheduled job and a retry run at once.
 */
export class SyncRunner {
  readonly #store: Store
  readonly #worker = `sync.${process.pid}.${Math.random().toString(36).slice(2, 10)}`
  readonly #claims = new Map<string, Claimed>()
  readonly #runner = new Runner({
    roots: [projectRoot()],
    onUpdate: (id, { kind, value }) => {
      const job = this.#claims.get(id)
      if (job)
        this.#updates = this.#updates.then(() =>
          this.#store.update(job.queue, this.#worker, id, job.token, kind, value),
        )
    },
  })
  #updates: Promise<unknown> = Promise.resolve()

  constructor(store: Store) {
    this.#store = store
  }

  /** Stores the job, runs it unless it must wait for others, then runs those that waited for it. */
  async enqueue(queue: string, job: NewJob): Promise<Enqueued[]> {
    const answers = await this.#store.enqueue(queue, [job], this.#worker)
    const [answer] = answers
    if (answer?.ok && answer.token !== undefined) await this.#run(held(queue, job, answer.token))
    else if (answer?.ok) await this.#runById(queue, job.id)
    return answers
  }

  /** Runs a job that waits in its queue, which one with unfinished parents does not. */
  async #runById(queue: string, id: string): Promise<void> {
    const job = await this.#store.take(queue, this.#worker, id)
    if (job) await this.#run(job)
  }

  async #run(job: Claimed): Promise<void> {
    const { queue, id } = job
    const options = optionsOf(job)
    const dependents = await this.#store.dependents(queue, id)
    const kind = await this.#attempt(job, options)
    await this.#store.idle()
    await this.#store.leave(queue, this.#worker)
    if (kind === 'retry') return this.#runById(queue, id)
    for (const child of dependents) {
      const at = child.indexOf('@')
      await this.#runById(child.slice(at + 1), child.slice(0, at))
    }
  }

  async #attempt(job: Claimed, options: StoredOptions): Promise<Ending['kind']> {
    const { queue, id } = job
    this.#claims.set(id, job)
    const lease = setInterval(() => {
      this.#store.heartbeat(queue, this.#worker).catch(() => {})
    }, DEFAULTS.heartbeatMs)
    try {
      await this.#store.heartbeat(queue, this.#worker)
      const outcome = await this.#bounded(job, options)
      await this.#updates
      const { kind, payload, ttl } = verdict(options, job.attempt, outcome)
      const ending: Ending = {
        id,
        token: job.token,
        kind,
        endedAgo: 0,
        ranMs: outcome.ms,
        attempt: job.attempt,
        payload,
        ttl,
        aux: true,
      }
      await this.#store.step(queue, this.#worker, {
        endings: [ending],
        beginnings: [],
        want: 0,
        begin: false,
        held: 0,
      })
      return kind
    } finally {
      clearInterval(lease)
      this.#claims.delete(id)
    }
  }

  /** In this process nothing can be killed: a job that runs over is told by its signal, and after a grace left to itself. */
  async #bounded(job: Claimed, options: StoredOptions): Promise<Outcome> {
    const began = performance.now()
    const running = this.#runner.run(await toAssignment(job, options, this.#worker, this.#store))
    const limit = timeoutOf(options)
    if (limit === null) return running
    let timer: NodeJS.Timeout | undefined
    const over = new Promise<Outcome>((resolve) => {
      const tell = () => {
        this.#runner.abort(job.id, 'timeout')
        timer = setTimeout(
          () => resolve(failed(new JobTimeoutError(timeoutMessage(limit)), false, began)),
          DEFAULTS.graceMs,
        )
      }
      timer = setTimeout(tell, limit)
    })
    try {
      return await Promise.race([running, over])
    } finally {
      clearTimeout(timer)
    }
  }
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
    attempt: 1,
    recoveries: 0,
    meta: job.meta ?? null,
    aux: job.parents !== undefined,
    alone: false,
  }
}
