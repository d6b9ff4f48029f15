import type { Codec } from '../core/codec.ts'
import { BUILTINS, type EndedFacts } from '../core/follow-ups.ts'
import { decodeMetaOrNone } from '../core/meta.ts'
import { decode } from '../core/payload.ts'
import { type RemoteError, reviveError } from '../core/remote-error.ts'
import { decodeResult } from '../core/result.ts'
import type { StoredWebhook } from '../core/webhook.ts'
import { currentJob } from './current-job.ts'
import { type LoadOptions, loadTask, type Task } from './load.ts'

/** A job as its callback is told of it. */
export interface EndedJob {
  readonly id: string
  readonly queue: string
  /** `path#export`. */
  readonly func: string
  readonly args: readonly unknown[]
  readonly status: 'finished' | 'failed' | 'stopped'
  readonly attempt: number
  /** Empty where it cannot be decoded. */
  readonly meta: Readonly<Record<string, unknown>>
  /** The worker that ended it. */
  readonly worker: string | undefined
  readonly enqueuedAt: Date | undefined
  readonly startedAt: Date | undefined
  readonly endedAt: Date | undefined
}

interface BuiltinOptions extends LoadOptions {
  readonly codec?: Codec | undefined
}

/** The function of a name that funq itself gives to jobs, or undefined for all others. */
export function builtin(name: string, options: BuiltinOptions): Task | undefined {
  if (name === BUILTINS.callback) {
    return { fn: (func: string, facts: EndedFacts) => callBack(func, facts, options), instance: false }
  }
  if (name === BUILTINS.failureHook) {
    return { fn: (func: string, facts: EndedFacts) => tellFailure(func, facts, options), instance: false }
  }
  if (name === BUILTINS.webhook) return { fn: sendWebhook, instance: false }
  return undefined
}

/** The module before the payloads: loading it registers the classes that they may hold. */
async function callBack(
  func: string,
  facts: EndedFacts,
  { codec, ...options }: BuiltinOptions,
): Promise<unknown> {
  const { fn } = await loadTask(func, options)
  const job = toEndedJob(facts, codec)
  if (job.status === 'finished') return fn(job, decodeResult(facts.result ?? '', codec, facts.id))
  if (job.status === 'failed') return fn(job, errorOf(facts))
  return fn(job)
}

/** The function's or the class's own hook. One that is gone since the job was enqueued has nothing to hear. */
async function tellFailure(
  func: string,
  facts: EndedFacts,
  { codec, ...options }: BuiltinOptions,
): Promise<unknown> {
  const { failed } = await loadTask(func, options)
  return failed?.(toEndedJob(facts, codec), errorOf(facts))
}

function errorOf({ error }: EndedFacts): Error {
  return reviveError(JSON.parse(error ?? '{}') as RemoteError)
}

function toEndedJob(facts: EndedFacts, codec: Codec | undefined): EndedJob {
  const { id, queue, func, args, attempt, meta, worker, enqueuedAt, startedAt, endedAt } = facts
  return {
    id,
    queue,
    func,
    args: decode(args, codec, 'args', id) as unknown[],
    status: facts.status as EndedJob['status'],
    attempt,
    meta: decodeMetaOrNone(meta),
    worker,
    enqueuedAt: toDate(enqueuedAt),
    startedAt: toDate(startedAt),
    endedAt: toDate(endedAt),
  }
}

async function sendWebhook(
  { url, method, headers }: StoredWebhook,
  payload: Record<string, unknown> | null,
): Promise<number> {
  const response = await fetch(url, {
    method,
    headers: { ...(payload && { 'content-type': 'application/json' }), ...headers },
    ...(payload && { body: JSON.stringify(payload) }),
    signal: currentJob()?.signal ?? null,
    // Most redirects would make it a GET that says nothing, and whatever answers that would count as told.
    redirect: payload ? 'manual' : 'follow',
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`expected ${method} ${url} to answer 2xx, got ${response.status}`)
  return response.status
}

function toDate(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms)
}
