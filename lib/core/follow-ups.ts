import { displayName } from './function-name.ts'
import { encode } from './payload.ts'
import type { JobRecord, StoredOptions } from './record.ts'
import type { NewJob } from './store.ts'
import type { StoredWebhook } from './webhook.ts'

/** A function that is called when a job has ended. */
export interface StoredCallback {
  readonly func: string
  readonly timeoutMs: number
}

/** The functions that run/builtins.ts knows by these names, which no path in a project can have. */
export const BUILTINS = {
  callback: 'funq#callback',
  failureHook: 'funq#failureHook',
  webhook: 'funq#webhook',
} as const

/** What a callback is told of the job that ended; its payloads are still encoded, for only a horse knows the classes in them. */
export interface EndedFacts {
  readonly id: string
  readonly queue: string
  readonly func: string
  readonly args: string
  readonly status: string
  readonly attempt: number
  readonly meta: string | undefined
  readonly worker: string | undefined
  readonly enqueuedAt: number | undefined
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  readonly result: string | undefined
  /** JSON of the error. */
  readonly error: string | undefined
}

/** Callbacks and webhooks go ahead of everything else in the queue. */
const FIRST = { priority: -511, atFront: true } as const
const FOLLOW_UP = /^\.(finished|failed|stopped)-[0-9a-z]+(\.own|\.hook\d+)?$/
const WEBHOOK_RETRY = { max: 3, intervalsMs: [1_000, 10_000, 60_000] }

/** Whether more than the record itself is to be done when the job ends. */
export function hasFollowUps(options: StoredOptions): boolean {
  const { onSuccess, onFailure, onStopped, failureHook, webhooks, group } = options
  return Boolean(onSuccess ?? onFailure ?? onStopped ?? failureHook ?? webhooks ?? group)
}

/**
 * The jobs that follow a job's end: its callback, and its webhooks. Their ids say which end they belong to, so that they
 * are enqueued once however often that is tried.
 */
export function followUpsOf(record: JobRecord): NewJob[] {
  const { status, options, endedAt = 0 } = record
  const ended = `${record.id}.${status}-${endedAt.toString(36)}`
  const callback = callbackOf(status, options)
  // Who follows a trace finds these in it too.
  const carried = options.headers && { headers: options.headers }
  const jobs: NewJob[] = []
  if (callback) {
    const { func, timeoutMs } = callback
    const description = `${displayName(func)}(job ${record.id} ${status})`
    jobs.push(
      followUp(ended, BUILTINS.callback, [func, factsOf(record)], { timeoutMs, description, ...carried }),
    )
  }
  if (status === 'failed' && options.failureHook) {
    const { timeoutMs } = options.failureHook
    const description = `${displayName(record.func)}.failure(job ${record.id})`
    const more = { timeoutMs, description, ...carried }
    jobs.push(followUp(`${ended}.own`, BUILTINS.failureHook, [record.func, factsOf(record)], more))
  }
  for (const [i, webhook] of (options.webhooks ?? []).entries()) {
    if (webhook.on !== status) continue
    const description = `${webhook.method} ${new URL(webhook.url).host} (job ${record.id} ${status})`
    const more = { timeoutMs: webhook.timeoutMs, description, retry: WEBHOOK_RETRY, ...carried }
    jobs.push(followUp(`${ended}.hook${i}`, BUILTINS.webhook, [webhook, payloadOf(record, webhook)], more))
  }
  return jobs
}

/** Whether an id is that of a job which follows the end of another one. */
export function isFollowUp(id: string, of: string): boolean {
  return id.startsWith(`${of}.`) && FOLLOW_UP.test(id.slice(of.length))
}

interface MadeGroup {
  readonly id: string
  readonly createdAt: number
}

/** The job that calls a group's own callback once all of its jobs have ended. */
export function groupFollowUp(callback: StoredCallback, progress: MadeGroup): NewJob {
  const { func, timeoutMs } = callback
  const description = `${displayName(func)}(group ${progress.id})`
  return followUp(groupFollowUpId(progress), func, [progress], { timeoutMs, description })
}

/** Of one group: another may have its id once it has been deleted. */
export function groupFollowUpId({ id, createdAt }: MadeGroup): string {
  return `group-${id}.complete-${createdAt.toString(36)}`
}

function followUp(id: string, func: string, args: unknown[], options: StoredOptions): NewJob {
  return { id, ownId: true, func, args: encode(args, 'args'), options, ...FIRST }
}

function callbackOf(status: string, options: StoredOptions): StoredCallback | undefined {
  if (status === 'finished') return options.onSuccess
  if (status === 'failed') return options.onFailure
  return status === 'stopped' ? options.onStopped : undefined
}

function factsOf(record: JobRecord): EndedFacts {
  const { id, queue, func, args, status, attempt, meta, worker, enqueuedAt, startedAt, endedAt } = record
  const { result, error } = record
  return {
    id,
    queue,
    func,
    args,
    status,
    attempt,
    meta,
    worker,
    enqueuedAt,
    startedAt,
    endedAt,
    result,
    error,
  }
}

/** RQ's words, for receivers that know them. */
function payloadOf(record: JobRecord, { method }: StoredWebhook): Record<string, unknown> | null {
  if (method === 'GET') return null
  const { id, func, status, enqueuedAt, createdAt, endedAt, error } = record
  return {
    job_id: id,
    func_name: func,
    status,
    enqueued_at: new Date(enqueuedAt ?? createdAt).toISOString(),
    ended_at: endedAt === undefined ? null : new Date(endedAt).toISOString(),
    ...(error !== undefined && { exc_info: excInfo(error) }),
  }
}

function excInfo(json: string): string {
  try {
    const { name, message, stack } = JSON.parse(json) as { name: string; message: string; stack?: string }
    return stack ?? `${name}: ${message}`
  } catch {
    return json
  }
}
