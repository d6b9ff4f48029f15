import { inspect } from 'node:util'
import type { Codec } from '../core/codec.ts'
import { titleOf } from '../core/describe-call.ts'
import { type JobHeaders, NO_HEADERS } from '../core/headers.ts'
import { decodeMeta } from '../core/meta.ts'
import { DEFAULTS } from '../core/options.ts'
import { decode } from '../core/payload.ts'
import type { JobRecord } from '../core/record.ts'
import { isEnded, type JobStatus } from '../core/states.ts'
import { reviveStored } from './stored-error.ts'

/** A job as it was last seen: what its record says, in words of the caller's side. */
export class JobView {
  readonly id: string
  /** The name of its queue. */
  readonly queue: string
  #seen: JobRecord
  readonly #codec: Codec | undefined

  constructor(record: JobRecord, codec?: Codec) {
    this.#codec = codec
    this.id = record.id
    this.queue = record.queue
    this.#seen = record
  }

  protected get seen(): JobRecord {
    return this.#seen
  }

  protected set seen(record: JobRecord) {
    this.#seen = record
  }

  /** The name of its queue, by RQ's word. */
  get origin(): string {
    return this.queue
  }

  /** `path#export` of its function. */
  get func(): string {
    return this.#seen.func
  }

  /** Its arguments; in place of one that was given as a Job stands `undefined`. @throws InvalidJobError if damaged. */
  get args(): readonly unknown[] {
    const args = decode(this.#seen.args, this.#codec, 'args', this.id) as unknown[]
    for (const index of Object.keys(this.#seen.options.futures ?? {})) args[Number(index)] = undefined
    return args
  }

  get status(): JobStatus {
    return this.#seen.status
  }

  get isQueued(): boolean {
    return this.status === 'queued'
  }

  get isScheduled(): boolean {
    return this.status === 'scheduled'
  }

  get isDeferred(): boolean {
    return this.status === 'deferred'
  }

  get isStarted(): boolean {
    return this.status === 'started'
  }

  get isFinished(): boolean {
    return this.status === 'finished'
  }

  get isFailed(): boolean {
    return this.status === 'failed'
  }

  get isStopped(): boolean {
    return this.status === 'stopped'
  }

  get isCanceled(): boolean {
    return this.status === 'canceled'
  }

  /** How many seconds one run may take; null without limit. */
  get timeout(): number | null {
    return seconds(this.#seen.options.timeoutMs, DEFAULTS.timeoutMs)
  }

  /** How many seconds its result is kept; null for ever. */
  get resultTtl(): number | null {
    return seconds(this.#seen.options.resultTtlMs, DEFAULTS.resultTtlMs)
  }

  /** How many seconds it is kept when it failed, was stopped or was canceled; null for ever. */
  get failureTtl(): number | null {
    return seconds(this.#seen.options.failureTtlMs, DEFAULTS.failureTtlMs)
  }

  /** How many seconds after its creation it is canceled if it still waits then; null without limit. */
  get ttl(): number | null {
    const { waitsUntil, createdAt } = this.#seen
    return waitsUntil === undefined ? null : (waitsUntil - createdAt) / 1000
  }

  get description(): string {
    return titleOf(this.#seen)
  }

  get tags(): readonly string[] {
    return this.#seen.options.tags ?? []
  }

  /** What travels with it beside its arguments: set by `with({ headers })` and by client middleware. */
  get headers(): JobHeaders {
    return this.#seen.options.headers ?? NO_HEADERS
  }

  get priority(): number {
    return this.#seen.priority
  }

  get createdAt(): Date {
    return new Date(this.#seen.createdAt)
  }

  get enqueuedAt(): Date | undefined {
    return toDate(this.#seen.enqueuedAt)
  }

  /** When it is due, while it is scheduled. */
  get scheduledFor(): Date | undefined {
    return toDate(this.#seen.scheduledFor)
  }

  get startedAt(): Date | undefined {
    return toDate(this.#seen.startedAt)
  }

  get endedAt(): Date | undefined {
    return toDate(this.#seen.endedAt)
  }

  /** How many attempts count so far, the one under way included. */
  get attempt(): number {
    return this.#seen.attempt
  }

  /** How many retries its `retry` still allows after the attempt that is under way or to come. */
  get retriesLeft(): number {
    const { attempt, status, options } = this.#seen
    const used = status === 'started' || isEnded(status) ? attempt - 1 : attempt
    return Math.max(0, (options.retry?.max ?? 0) - Math.max(0, used))
  }

  /** How many repetitions follow the run that is under way or to come. */
  get repeatsLeft(): number {
    const { repetitions, options } = this.#seen
    return Math.max(0, (options.repeat?.times ?? 0) - repetitions)
  }

  /** How often a worker died while it ran this job. */
  get recoveries(): number {
    return this.#seen.recoveries
  }

  /** The worker that runs it, or ran it last. */
  get worker(): string | undefined {
    return this.#seen.worker
  }

  get meta(): Readonly<Record<string, unknown>> {
    return decodeMeta(this.#seen.meta)
  }

  /** What the job last gave to `progress()`. */
  get progress(): unknown {
    return this.#seen.progress === undefined ? undefined : JSON.parse(this.#seen.progress)
  }

  /** Why it failed or was stopped, with the remote name, message, stack and cause. */
  get error(): Error | undefined {
    return this.#seen.error === undefined ? undefined : reviveStored(this.#seen.error)
  }

  /** Why it was canceled. */
  get reason(): string | undefined {
    return this.#seen.reason
  }

  [inspect.custom](): string {
    const at = this.enqueuedAt ?? this.createdAt
    return `Job('${this.id}', ${this.func}, ${this.status}, enqueuedAt=${at.toISOString()})`
  }
}

function toDate(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms)
}

function seconds(ms: number | null | undefined, byDefault: number): number | null {
  return ms === null ? null : (ms ?? byDefault) / 1000
}
