import { format } from 'node:util'
import { Cancel } from '../core/cancel-request.ts'
import type { Codec } from '../core/codec.ts'
import type { Duration } from '../core/duration.ts'
import {
  type FunqError,
  JobStoppedError,
  JobTimeoutError,
  LeaseLostError,
  SerializationError,
  ShutdownError,
} from '../core/errors.ts'
import { type JobHeaders, NO_HEADERS } from '../core/headers.ts'
import { decodeMeta, encodeMeta } from '../core/meta.ts'
import { checkSize } from '../core/payload.ts'
import { cutText } from '../core/remote-error.ts'
import { Snooze, type SnoozeRequest } from '../core/snooze-request.ts'
import type { AbortCause, Answer, Ask, Assignment, Update } from './assignment.ts'
import { runAs } from './current-job.ts'
import { Output } from './output.ts'
import { Steps } from './steps.ts'
import type { RunningJob } from './worker-middleware.ts'

const NO_ARGS: readonly unknown[] = []
const LOST: Answer = { kind: 'lost' }

/** How a run speaks with what runs it. */
export interface Line {
  /** Told at once of each `progress()`, `log()` and `saveMeta()`. */
  readonly onUpdate: (id: string, update: Update) => void
  /** Answers what a job must wait for: see steps.ts. */
  readonly onAsk: (id: string, ask: Ask) => Promise<Answer>
  /** Whether what the job prints is told too: see capture-output.ts. */
  readonly captureOutput?: boolean | undefined
  /** What arguments, results and the values of steps go through. */
  readonly codec?: Codec | undefined
}

/** One run of one job, as `currentJob()` shows it. What few jobs use (signal, meta, steps) is made on first use. */
export class RunContext implements RunningJob {
  /** Known once they are decoded. */
  args: readonly unknown[] = NO_ARGS
  readonly #assignment: Assignment
  readonly #line: Line
  #controller: AbortController | undefined
  #reason: FunqError | undefined
  #meta: Record<string, unknown> | undefined
  #steps: Steps | undefined
  #output: Output | undefined
  #ended = false

  constructor(assignment: Assignment, line: Line) {
    this.#assignment = assignment
    this.#line = line
  }

  get id(): string {
    return this.#assignment.id
  }

  get queue(): string {
    return this.#assignment.queue
  }

  get func(): string {
    return this.#assignment.func
  }

  get attempt(): number {
    return this.#assignment.attempt
  }

  get maxAttempts(): number {
    return this.#assignment.maxAttempts ?? 1
  }

  get recoveries(): number {
    return this.#assignment.recoveries
  }

  get snoozes(): number {
    return this.#assignment.snoozes ?? 0
  }

  get worker(): string {
    return this.#assignment.worker
  }

  get headers(): JobHeaders {
    return this.#assignment.headers ?? NO_HEADERS
  }

  get queuedAt(): number | undefined {
    return this.#assignment.queuedAt
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  get meta(): Record<string, unknown> {
    this.#meta ??= decodeMeta(this.#assignment.meta)
    return this.#meta
  }

  saveMeta(): void {
    this.#send('meta', encodeMeta(this.meta, this.#assignment.resultLimit))
  }

  progress(value: unknown, total?: number): void {
    const json = stringify(total === undefined ? value : { done: value, total }, 'progress')
    checkSize(json, this.#assignment.resultLimit, 'progress')
    this.#send('progress', json)
  }

  /** Something that the job printed. */
  print(stream: 'stdout' | 'stderr', chunk: string | Uint8Array): void {
    if (this.#ended || !this.#line.captureOutput) return
    this.#output ??= new Output((update) => this.#line.onUpdate(this.#assignment.id, update))
    this.#output.add(stream, chunk)
  }

  log(...args: unknown[]): void {
    this.#output?.flush()
    this.#send('log', cutText(format(...args)))
  }

  step<T>(name: string, fn: () => T | Promise<T>): Promise<T> {
    return this.#useSteps().run(name, fn)
  }

  sleep(name: string, duration: Duration): Promise<void> {
    return this.#useSteps().sleep(name, duration)
  }

  checkpoint(value: unknown): Promise<void> {
    return this.#useSteps().checkpoint(value)
  }

  checkpointed<T>(): Promise<T | undefined> {
    return this.#useSteps().checkpointed()
  }

  snooze(request: Duration | SnoozeRequest): never {
    throw new Snooze(request)
  }

  cancel(reason?: string): never {
    throw new Cancel(reason)
  }

  /** Of a run that has used any. */
  get steps(): Steps | undefined {
    return this.#steps
  }

  #useSteps(): Steps {
    this.#steps ??= new Steps({
      job: this.#assignment,
      codec: this.#line.codec,
      ask: async (ask) => (this.#ended ? LOST : this.#line.onAsk(this.#assignment.id, ask)),
      abortReason: () => this.#reason,
    })
    return this.#steps
  }

  /** Why the run was aborted, if it was. */
  get reason(): FunqError | undefined {
    return this.#reason
  }

  /** Aborts `signal`; only the first cause counts. */
  abort(cause: AbortCause): void {
    if (this.#reason !== undefined) return
    this.#reason = abortReason(cause, this.#assignment)
    // Whoever aborts is no part of the job, but its listeners are.
    if (this.#controller) runAs(this, () => this.#controller?.abort(this.#reason))
  }

  /** After this, updates are dropped and asks refused: code that the job left behind must not speak for a job that has ended. */
  end(): void {
    this.#output?.end()
    this.#ended = true
  }

  #send(kind: Update['kind'], value: string): void {
    if (!this.#ended) this.#line.onUpdate(this.#assignment.id, { kind, value })
  }
}

function stringify(value: unknown, what: string): string {
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch (error) {
    throw new SerializationError(`${what}: expected a JSON value, got one that JSON refuses`, what, {
      cause: error,
    })
  }
  if (json !== undefined) return json
  throw new SerializationError(
    `${what}: expected a JSON value, got ${typeof value}; pass null for none`,
    what,
  )
}

function abortReason(cause: AbortCause, { id, timeoutMs }: Assignment): FunqError {
  switch (cause) {
    case 'timeout':
      return new JobTimeoutError(
        `expected job ${id} to end within ${(timeoutMs ?? 0) / 1000} s, its timeout; raise \`timeout\` if it needs more`,
      )
    case 'shutdown':
      return new ShutdownError(`the worker of job ${id} shuts down; the job goes back to its queue`)
    case 'stopped':
      return new JobStoppedError(`job ${id} was told to stop`)
    case 'lease lost':
      return new LeaseLostError(
        `the worker of job ${id} lost its lease; another worker may run the job by now`,
      )
  }
}
