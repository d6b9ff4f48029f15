import { isCoded } from '../core/codec.ts'
import { cutLine, describeCall, readable, showValue, UNREADABLE } from '../core/describe-call.ts'
import { traceIdOf } from '../core/headers.ts'
import { EVENT_OF } from '../core/job-events.ts'
import type { RemoteError } from '../core/remote-error.ts'
import { isLostResult } from '../core/result.ts'
import type { Verdict } from '../run/verdict.ts'
import type { Held } from './held.ts'
import { type Log, type LogFields, silent } from './logger.ts'

const RESULT_LENGTH = 80
/** Levels of pino and winston at which the lines of single jobs are written. */
const TALKATIVE = ['trace', 'silly', 'debug', 'verbose', 'http', 'info']

/** Tells the log what becomes of each job, in RQ's words. */
export class Narrator {
  readonly #log: Log
  readonly #descriptions: boolean
  /** Lines cost more than a no-op job: nothing is put together that nobody reads. */
  readonly #quiet: boolean
  readonly #silent: boolean

  constructor(log: Log, descriptions: boolean) {
    this.#log = log
    this.#descriptions = descriptions
    const { level = 'debug' } = log
    this.#quiet = !TALKATIVE.includes(level)
    this.#silent = log === silent
  }

  began(held: Held): void {
    if (this.#quiet) return
    const { job, options } = held
    const what = this.#descriptions
      ? `${options.description ?? describeCall(job.func, job.args, options.futures)} `
      : ''
    const fields = this.#fields(held)
    this.#log.info(`${job.queue}: ${what}(${job.id})`, fields && { ...fields, event: 'begin' })
  }

  /** What the lines of one job have in common; nothing where it would go nowhere. */
  #fields({ job: { id, queue, func, attempt }, options: { headers } }: Held): LogFields | undefined {
    if (!this.#log.fields) return undefined
    const trace = traceIdOf(headers)
    return { job_id: id, queue, func, attempt, ...(trace && { trace_id: trace }) }
  }

  /** Its stack and causes stand in the line only where there is no field for them. */
  #failure(payload: string): string {
    const error = JSON.parse(payload) as RemoteError
    return this.#log.fields ? `${error.name}: ${error.message}` : withCauses(error)
  }

  /** Trouble around a job that does not change what becomes of it. */
  complain(held: Held, line: string): void {
    const { job } = held
    this.#log.error(`${job.queue}: Job (${job.id}): ${line}`, this.#fields(held))
  }

  ended(held: Held, { kind, payload, ttl, atFront }: Verdict, ms: number): void {
    if (this.#silent || (this.#quiet && kind !== 'failed' && kind !== 'retry' && kind !== 'giveBackLater'))
      return
    const { job, options } = held
    const fields = this.#fields(held)
    const over = fields && { ...fields, ...endOf(kind, payload, ms) }
    const when = `${ttl === 0 ? 'at once' : `in ${ttl / 1000}s`}${atFront ? ', at the front' : ''}`
    const who = `${job.queue}: Job`
    switch (kind) {
      case 'finished':
        this.#log.info(`${who} OK (${job.id}) in ${seconds(ms)}s${describeResult(payload)}`, over)
        this.#log.info(lifespan(ttl), fields)
        break
      case 'failed':
        this.#log.error(`${who} FAILED (${job.id}) in ${seconds(ms)}s: ${this.#failure(payload)}`, over)
        this.#log.info(
          ttl === 0 ? 'Failed job discarded immediately.' : 'Moving job to failed queue.',
          fields,
        )
        break
      case 'retry': {
        const left = (options.retry?.max ?? 0) - job.attempt
        this.#log.error(`${who} FAILED (${job.id}) in ${seconds(ms)}s: ${this.#failure(payload)}`, over)
        this.#log.info(
          `${who} (${job.id}) runs again ${when}, ${counted(left, 'retry', 'retries')} left`,
          fields,
        )
        break
      }
      case 'retryAsked':
        this.#log.info(
          `${who} RETRIED (${job.id}) in ${seconds(ms)}s, as it asked${describeReason(payload)}`,
          over,
        )
        this.#log.info(`${who} (${job.id}) runs again ${when}, after attempt ${job.attempt}`, fields)
        break
      case 'snooze':
        this.#log.info(`${who} SNOOZED (${job.id}) in ${seconds(ms)}s${describeReason(payload)}`)
        this.#log.info(`${who} (${job.id}) runs again ${when}`)
        break
      case 'sleep':
        this.#log.info(`${who} (${job.id}) sleeps for ${ttl / 1000}s, after ${seconds(ms)}s`)
        break
      case 'cancel':
        this.#log.info(`${who} CANCELED (${job.id}) in ${seconds(ms)}s by itself: ${payload}`)
        break
      case 'repeat': {
        const left = (options.repeat?.times ?? 0) - job.repetitions
        this.#log.info(`${who} OK (${job.id}) in ${seconds(ms)}s${describeResult(payload)}`, over)
        this.#log.info(`${who} (${job.id}) repeats ${when}, ${counted(left, 'run', 'runs')} to come`, fields)
        break
      }
      case 'stopped':
        this.#log.info(`${who} stopped (${job.id}) after ${seconds(ms)}s`, over)
        break
      case 'giveBackLater':
        this.#log.warn(
          `${who} (${job.id}) cannot run here, and waits ${ttl / 1000}s for a worker that has its function: ${this.#failure(payload)}`,
          over,
        )
        break
      case 'giveBack':
      case 'giveBackAlone':
        this.#log.info(`${who} (${job.id}) goes back to the front of its queue`, over)
    }
  }
}

function describeResult(payload: string): string {
  if (payload === '') return ''
  if (isCoded(payload)) return ', result = (encoded)'
  if (isLostResult(payload)) return `, but its result could not be kept: ${payload.slice(1)}`
  const result = readable(payload)
  return result === UNREADABLE ? '' : `, result = ${cutLine(showValue(result), RESULT_LENGTH)}`
}

/** What a line says of the end of a run besides its words. */
function endOf(kind: Verdict['kind'], payload: string, ms: number): LogFields {
  const event = EVENT_OF[kind]
  const hasFailed = (event === 'fail' || event === 'retry' || kind === 'giveBackLater') && payload !== ''
  return {
    event,
    duration_ms: Math.round(ms),
    ...(hasFailed && { error: JSON.parse(payload) as RemoteError }),
  }
}

function describeReason(payload: string): string {
  if (payload === '') return ''
  const { message, cause } = JSON.parse(payload) as RemoteError
  return `${message && `: ${message}`}${cause ? `\n[cause]: ${withCauses(cause)}` : ''}`
}

function counted(number: number, one: string, more: string): string {
  return `${number} ${number === 1 ? one : more}`
}

function withCauses(error: RemoteError): string {
  const own = error.stack ?? `${error.name}: ${error.message}`
  return error.cause ? `${own}\n[cause]: ${withCauses(error.cause)}` : own
}

function lifespan(ttl: number): string {
  if (ttl < 0) return 'Result will never expire, delete the job to remove it.'
  if (ttl === 0) return 'Result discarded immediately.'
  return `Result is kept for ${ttl / 1000} seconds.`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
