import { type Codec, coded } from '../core/codec.ts'
import { type Duration, toMs } from '../core/duration.ts'
import {
  type FunqError,
  InvalidArgumentError,
  InvalidStateError,
  LeaseLostError,
  PayloadTooLargeError,
  StepNotKeptError,
} from '../core/errors.ts'
import { DEFAULTS } from '../core/options.ts'
import { checkSize, encode } from '../core/payload.ts'
import { describeError } from '../core/remote-error.ts'
import { decodeResult, lostResult } from '../core/result.ts'
import type { Answer, Ask, Assignment } from './assignment.ts'

/** What is kept that is no step begins so; no name of a step does. */
const SLEEP = ':sleep:'
const CHECKPOINT = ':checkpoint'
const LONGEST_NAME = 200

export interface StepsOptions {
  readonly job: Pick<Assignment, 'id' | 'resultLimit'>
  readonly codec?: Codec | undefined
  readonly ask: (ask: Ask) => Promise<Answer>
  /** Why the run is to end, once it is. */
  readonly abortReason: () => FunqError | undefined
}

/**
 * The steps of one run. What a step came to is in the store before the job goes on, so that a later run of the job, after a failure or a
 * crash, is answered from there. A job without steps never makes one of these.
 */
export class Steps {
  readonly #options: StepsOptions
  #kept: Promise<Map<string, string>> | undefined
  #bytes = 0
  /** Names that are under way in this run, or have been answered. */
  readonly #used = new Set<string>()
  readonly #underWay = new Set<Promise<unknown>>()
  #checkpointed: Promise<unknown> = Promise.resolve()
  /** When the sleep that ends this run is over, by performance.now(). */
  #sleepUntil = Number.POSITIVE_INFINITY
  #isOver = false

  constructor(options: StepsOptions) {
    this.#options = options
  }

  /** What `fn` came to in an earlier run, else what it comes to now. A failure is not kept. */
  run<T>(name: string, fn: () => T | Promise<T>): Promise<T> {
    return this.#once(checkStepName(name), async () => {
      const kept = await this.#all()
      const earlier = kept.get(name)
      if (earlier !== undefined) return this.#decode(name, earlier) as T
      if (kept.size >= DEFAULTS.keptSteps) {
        throw new InvalidArgumentError(
          `step '${name}': expected at most ${DEFAULTS.keptSteps} steps in a job; use a checkpoint, or enqueue jobs`,
        )
      }
      this.#mayGoOn()
      const payload = this.#toPayload(name, await fn())
      await this.#keep(name, payload)
      // As later runs will see it, so that what differs is found in the first.
      return this.#decode(name, payload) as T
    })
  }

  /** Returns once the sleep is over; until then it ends the run. */
  sleep(name: string, duration: Duration): Promise<void> {
    const ms = toMs(duration, `the sleep '${name}'`)
    return this.#once(SLEEP + checkStepName(name), async () => {
      this.#mayGoOn()
      const answer = await this.#ask({ kind: 'sleep', name: SLEEP + name, ms })
      const inMs = answer.kind === 'due' ? answer.inMs : 0
      if (inMs <= 0) return
      const until = performance.now() + inMs
      // Of several at once the first that is over wakes the job, and the others go on sleeping then.
      this.#sleepUntil = Math.min(this.#sleepUntil, until)
      throw asleep()
    })
  }

  /** Keeps how far the job has come, one word in place of the last. */
  checkpoint(value: unknown): Promise<void> {
    const payload = this.#encode(CHECKPOINT, value, 'checkpoint')
    // One after the other: sent again after an outage, an older one must not come last.
    const kept = this.#checkpointed.then(() => this.#keep(CHECKPOINT, payload))
    this.#checkpointed = kept.catch(() => {})
    return this.#track(kept)
  }

  /** The last checkpoint of this run or of an earlier one. */
  async checkpointed<T>(): Promise<T | undefined> {
    await this.#checkpointed
    const payload = (await this.#all()).get(CHECKPOINT)
    return payload === undefined ? undefined : (this.#decode(CHECKPOINT, payload) as T)
  }

  /** For how long the job sleeps from now on, whatever it made of the error that ended it. */
  get sleepMs(): number | undefined {
    if (this.#sleepUntil === Number.POSITIVE_INFINITY) return undefined
    return Math.max(1, Math.ceil(this.#sleepUntil - performance.now()))
  }

  /**
   * Resolves when no step is under way. Until then the run is not over: a retry would begin what another step of a
   * `Promise.all` is still doing.
   */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled([...this.#underWay])
    this.#isOver = true
  }

  async #once<R>(name: string, work: () => Promise<R>): Promise<R> {
    if (this.#sleepUntil !== Number.POSITIVE_INFINITY) throw asleep()
    if (this.#used.has(name)) {
      throw new InvalidArgumentError(
        `step '${name}': expected a name of its own for each step of a job, got this one twice; in a loop, add what differs, as in \`send \${user.id}\``,
      )
    }
    this.#used.add(name)
    try {
      return await this.#track(work())
    } catch (error) {
      // A job that catches the error may try the step again.
      this.#used.delete(name)
      throw error
    }
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work)
    const done = () => void this.#underWay.delete(work)
    work.then(done, done)
    return work
  }

  /** Read once a run, at its first step: nobody else writes while the claim stands. */
  #all(): Promise<Map<string, string>> {
    this.#kept ??= this.#read()
    return this.#kept
  }

  async #read(): Promise<Map<string, string>> {
    try {
      const answer = await this.#ask({ kind: 'kept' })
      const kept = new Map(Object.entries(answer.kind === 'kept' ? answer.values : {}))
      for (const payload of kept.values()) this.#bytes += payload.length
      return kept
    } catch (error) {
      this.#kept = undefined
      throw error
    }
  }

  async #keep(name: string, payload: string): Promise<void> {
    await this.#ask({ kind: 'keep', name, payload })
    // An earlier run's are not read for a checkpoint alone.
    const kept = await this.#kept
    this.#bytes += payload.length - (kept?.get(name)?.length ?? 0)
    kept?.set(name, payload)
  }

  /** The step's work is done, so a value that cannot be kept must not make it run again: that it has no value is kept. */
  #toPayload(name: string, value: unknown): string {
    const what = `the value of step '${name}'`
    try {
      const payload = this.#encode(name, value, what)
      if (this.#bytes + payload.length > DEFAULTS.stepsLimit) {
        throw new PayloadTooLargeError(
          `${what}: expected at most ${DEFAULTS.stepsLimit} bytes in all steps of a job; store the data elsewhere and return a reference to it`,
          this.#bytes + payload.length,
          DEFAULTS.stepsLimit,
        )
      }
      return payload
    } catch (error) {
      const described = describeError(error)
      return lostResult(`${described.name}: ${described.message}`)
    }
  }

  /** @param what names the value in errors @throws SerializationError, PayloadTooLargeError */
  #encode(name: string, value: unknown, what: string): string {
    const { job, codec } = this.#options
    const text = encode(value, what)
    const payload = codec ? coded(codec, text, 'step', `${job.id}:${name}`) : text
    checkSize(payload, job.resultLimit, what)
    return payload
  }

  #decode(name: string, payload: string): unknown {
    const { job, codec } = this.#options
    return decodeResult(payload, codec, `${job.id}:${name}`, 'step')
  }

  #mayGoOn(): void {
    const reason = this.#options.abortReason()
    if (reason !== undefined) throw reason
  }

  async #ask(ask: Ask): Promise<Answer> {
    const { id } = this.#options.job
    if (this.#isOver) {
      throw new InvalidStateError(`job ${id} has ended: what it left behind cannot keep a step`, id, 'ended')
    }
    const answer = await this.#options.ask(ask)
    if (answer.kind === 'lost') {
      throw new LeaseLostError(
        `the worker of job ${id} lost its lease; another worker may run the job by now`,
      )
    }
    if (answer.kind === 'refused') {
      throw new StepNotKeptError(`job ${id} could not keep a step: ${answer.reason}`)
    }
    return answer
  }
}

/** One brand a process, even where funq is loaded twice: the task's copy makes it, the horse's copy must know it. */
const ASLEEP = Symbol.for('funq.asleep')

/** Ends the run; it is no error of the job's, and its hooks do not see it. */
function asleep(): Error {
  return Object.assign(new Error('the job sleeps, and its run ends here: let this error pass'), {
    [ASLEEP]: true,
  })
}

/** Whether a run was ended by a sleep, which is no failure. */
export function isAsleep(error: unknown): boolean {
  return error instanceof Error && ASLEEP in error
}

/** @throws InvalidArgumentError */
export function checkStepName(name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= LONGEST_NAME && !name.startsWith(':')) {
    return name
  }
  throw new InvalidArgumentError(
    `step: expected a name of 1 to ${LONGEST_NAME} characters that does not begin with ':', got ${typeof name === 'string' ? JSON.stringify(name.slice(0, LONGEST_NAME)) : typeof name}`,
  )
}
