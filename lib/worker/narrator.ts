import { cutLine, describeCall, readable, showValue, UNREADABLE } from '../core/describe-call.ts'
import type { RemoteError } from '../core/remote-error.ts'
import type { Verdict } from '../run/verdict.ts'
import type { Held } from './held.ts'
import { type Logger, silent } from './logger.ts'

const RESULT_LENGTH = 80

/** Tells the log what becomes of each job, in RQ's words. */
export class Narrator {
  readonly #log: Logger
  readonly #descriptions: boolean
  /** Lines cost more than a no-op job: nothing is put together that nobody reads. */
  readonly #quiet: boolean
  readonly #silent: boolean

  constructor(log: Logger, descriptions: boolean) {
    this.#log = log
    this.#descriptions = descriptions
    const { level = 'debug' } = log
    this.#quiet = !['trace', 'debug', 'info'].includes(level)
    this.#silent = log === silent
  }

  began({ job, options }: Held): void {
    if (this.#quiet) return
    const what = this.#descriptions
      ? `${options.description ?? describeCall(job.func, job.args, options.futures)} `
      : ''
    this.#log.info(`${job.queue}: ${what}(${job.id})`)
  }

  /** Trouble around a job that does not change what becomes of it. */
  complain({ job }: Held, line: string): void {
    this.#log.error(`${job.queue}: Job (${job.id}): ${line}`)
  }

  ended({ job, options }: Held, { kind, payload, ttl, atFront }: Verdict, ms: number): void {
    if (this.#silent || (this.#quiet && kind !== 'failed' && kind !== 'retry' && kind !== 'giveBackLater'))
      return
    const when = `${ttl === 0 ? 'at once' : `in ${ttl / 1000}s`}${atFront ? ', at the front' : ''}`
    const who = `${job.queue}: Job`
    switch (kind) {
      case 'finished':
        this.#log.info(`${who} OK (${job.id}) in ${seconds(ms)}s${describeResult(payload)}`)
        this.#log.info(lifespan(ttl))
        break
      case 'failed':
        this.#log.error(`${who} FAILED (${job.id}) in ${seconds(ms)}s: ${describeFailure(payload)}`)
        this.#log.info('Moving job to failed queue.')
        break
      case 'retry': {
        const left = (options.retry?.max ?? 0) - job.attempt
        this.#log.error(`${who} FAILED (${job.id}) in ${seconds(ms)}s: ${describeFailure(payload)}`)
        this.#log.info(`${who} (${job.id}) runs again ${when}, ${counted(left, 'retry', 'retries')} left`)
        break
      }
      case 'retryAsked':
        this.#log.info(`${who} RETRIED (${job.id}) in ${seconds(ms)}s, as it asked${describeReason(payload)}`)
        this.#log.info(`${who} (${job.id}) runs again ${when}, after attempt ${job.attempt}`)
        break
      case 'repeat': {
        const left = (options.repeat?.times ?? 0) - job.repetitions
        this.#log.info(`${who} OK (${job.id}) in ${seconds(ms)}s${describeResult(payload)}`)
        this.#log.info(`${who} (${job.id}) repeats ${when}, ${counted(left, 'run', 'runs')} to come`)
        break
      }
      case 'stopped':
        this.#log.info(`${who} stopped (${job.id}) after ${seconds(ms)}s`)
        break
      case 'giveBackLater':
        this.#log.warn(
          `${who} (${job.id}) cannot run here, and waits ${ttl / 1000}s for a worker that has its function: ${describeFailure(payload)}`,
        )
        break
      case 'giveBack':
      case 'giveBackAlone':
        this.#log.info(`${who} (${job.id}) goes back to the front of its queue`)
    }
  }
}

function describeResult(payload: string): string {
  if (payload === '') return ''
  if (payload.startsWith('E')) return `, but its result could not be kept: ${payload.slice(1)}`
  const result = readable(payload)
  return result === UNREADABLE ? '' : `, result = ${cutLine(showValue(result), RESULT_LENGTH)}`
}

function describeFailure(payload: string): string {
  const error = JSON.parse(payload) as RemoteError
  return withCauses(error)
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
