import { InvalidJobError } from './errors.ts'
import type { StoredCallback } from './follow-ups.ts'
import type { JobHeaders } from './headers.ts'
import type { StoredLimit } from './limit.ts'
import type { RepeatPolicy } from './repeat.ts'
import type { RetryPolicy } from './retry.ts'
import { type JobStatus, STATES } from './states.ts'
import { optionProblem } from './stored-options.ts'
import type { StoredWebhook } from './webhook.ts'

/** A parent that a job waits for, or a child that waits for a job: `<id>@<queue>`. */
export type Ref = `${string}@${string}`

export function toRef(id: string, queue: string): Ref {
  return `${id}@${queue}`
}

/** An id holds no '@', a queue's name may. */
export function fromRef(ref: string): { id: string; queue: string } {
  const at = ref.indexOf('@')
  return { id: ref.slice(0, at), queue: ref.slice(at + 1) }
}

/** Options that travel with a job: only those that differ from the defaults. `null` is without end. */
export interface StoredOptions {
  readonly timeoutMs?: number | null
  readonly resultTtlMs?: number | null
  readonly failureTtlMs?: number | null
  readonly retry?: RetryPolicy
  readonly repeat?: RepeatPolicy
  readonly description?: string
  readonly tags?: readonly string[]
  readonly headers?: JobHeaders
  /** Argument index → the parent whose result stands there. */
  readonly futures?: Readonly<Record<string, Ref>>
  readonly resultLimit?: number
  readonly onSuccess?: StoredCallback
  readonly onFailure?: StoredCallback
  readonly onStopped?: StoredCallback
  /** The function has a hook of its own that hears of the failure. */
  readonly failureHook?: { readonly timeoutMs: number }
  readonly webhooks?: readonly StoredWebhook[]
  /** The id of the group that it belongs to. */
  readonly group?: string
  /** The job that it was made from, with other arguments or once more. */
  readonly retriedFrom?: Ref
}

/** A job's record as the store holds it, payloads still encoded. Times are milliseconds since 1970, of the store's clock. */
export interface JobRecord {
  readonly id: string
  readonly queue: string
  readonly func: string
  readonly args: string
  readonly options: StoredOptions
  readonly status: JobStatus
  readonly priority: number
  readonly createdAt: number
  readonly enqueuedAt: number | undefined
  readonly scheduledFor: number | undefined
  /** Canceled when claimed after this time. */
  readonly waitsUntil: number | undefined
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  readonly attempt: number
  readonly recoveries: number
  /** How many repetitions are under way or over. */
  readonly repetitions: number
  /** How often it was requeued: each time it has an end to come. */
  readonly requeues: number
  readonly worker: string | undefined
  readonly result: string | undefined
  readonly error: string | undefined
  readonly meta: string | undefined
  readonly progress: string | undefined
  /** Why a canceled job was canceled. */
  readonly reason: string | undefined
  readonly signature?: string | undefined
  /** What a job that is moved takes along; absent where the record was not read. */
  readonly atFront?: boolean
  readonly uniqueKey?: string | undefined
  readonly limit?: StoredLimit | undefined
}

/** The hash's fields, short because every job pays for them; the table that redis-cli readers look for. */
export const FIELDS = {
  v: 'format of the record, absent for the first one, which is that of this version',
  fn: 'created at, and the function: `<ms> <function>`',
  args: 'encoded arguments',
  opts: 'JSON of StoredOptions, absent when all are defaults',
  sg: 'signature, where its producer knows a secret: see core/signature.ts',
  st: 'status, absent while queued; of one that a worker ended `<status> <ended at> <ms it ran> <worker>`, which count before `end`, `on` and `w`',
  pr: 'priority, absent when 0',
  front: 'set when it goes ahead of its priority',
  due: 'not before this time',
  x: 'canceled when claimed after this time',
  q: 'queued at, absent when it was queued as it was created',
  on: 'started at',
  end: 'ended at, of one that no worker ended',
  n: 'attempts that count, absent while 0 or 1',
  w: 'worker',
  res: 'encoded result; of a canceled job, what its dependents go on with',
  err: 'JSON of the error',
  meta: 'encoded meta',
  pg: 'JSON of the progress',
  rc: 'how often a worker died with it',
  rp: 'repetitions under way or over, absent while 0',
  rq: 'how often it was requeued, absent while 0',
  sn: 'how often it has put itself off by a Snooze, absent while 0',
  nx: 'channels of clients that wait for its next end, after it has ended',
  al: 'set when it runs alone from now on',
  need: 'parents that have not ended yet',
  why: 'reason of the cancellation',
  uq: 'the unique key that it took',
  lk: 'the key of its limit',
  lc: 'how many jobs of that key may run at once',
  lr: 'how many may begin in how many ms, as max:ms',
  lp: 'set when its turn under the rate has been given out',
  fx: 'set when callbacks, webhooks or a group are to hear of its end',
  lg: 'how many lines were ever added to its log',
  aux: 'set when keys beside the record exist: runs, parents, log, steps',
} as const

/** Reads a record from its hash. Damage is named, never guessed around. */
export function readRecord(id: string, queue: string, hash: Readonly<Record<string, string>>): JobRecord {
  if (hash.v !== undefined) throw newerFormat(id, hash.v)
  const status = readStatus(hash.st) as JobStatus
  if (!STATES.includes(status)) {
    throw new InvalidJobError(
      `job ${id}: its record says status ${JSON.stringify(hash.st)}, expected one of ${STATES.join(', ')}`,
    )
  }
  const made = readMade(hash.fn ?? '')
  const createdAt = time(made.createdAt) ?? 0
  const over = readEnd(hash.st, hash.end)
  const startedAt = over.startedAt ?? time(hash.on)
  return {
    id,
    queue,
    func: made.func,
    args: hash.args ?? '',
    options: readOptions(id, hash.opts),
    status,
    priority: time(hash.pr) ?? 0,
    createdAt,
    enqueuedAt: time(hash.q) ?? (status === 'deferred' || status === 'scheduled' ? undefined : createdAt),
    scheduledFor: time(hash.due),
    waitsUntil: time(hash.x),
    startedAt,
    endedAt: over.endedAt,
    attempt: hash.n === undefined ? (startedAt === undefined ? 0 : 1) : readCount(hash.n),
    recoveries: readCount(hash.rc),
    repetitions: readCount(hash.rp),
    requeues: readCount(hash.rq),
    worker: over.worker ?? hash.w,
    result: hash.res,
    error: hash.err,
    meta: hash.meta,
    progress: hash.pg,
    reason: hash.why,
    signature: hash.sg,
    atFront: hash.front !== undefined,
    uniqueKey: hash.uq,
    limit: readLimit(hash),
  }
}

/** One of several records that are asked for at once: a damaged one must not hide the others. Asked for alone it says what is wrong. */
export function readAmong(
  ids: readonly string[],
  i: number,
  queue: string,
  hash: Readonly<Record<string, string>>,
): JobRecord | undefined {
  if (Object.keys(hash).length === 0) return undefined
  if (ids.length === 1) return readRecord(ids[i]!, queue, hash)
  try {
    return readRecord(ids[i]!, queue, hash)
  } catch (error) {
    if (error instanceof InvalidJobError) return undefined
    throw error
  }
}

/** Misreading a record would be worse than leaving it to a version that knows it. */
export function newerFormat(id: string, format: string): InvalidJobError {
  return new InvalidJobError(
    `job ${id}: its record has format ${format}, written by a newer funq; this one reads format 1. Upgrade funq here, workers before producers.`,
    { isUnknown: true },
  )
}

export function readOptions(id: string, json: string | null | undefined): StoredOptions {
  if (!json) return {}
  try {
    const options = JSON.parse(json)
    if (typeof options === 'object' && options !== null) {
      const problem = optionProblem(options)
      if (problem === undefined) return options
      throw new InvalidJobError(`job ${id}: the option ${problem} in its record is damaged`)
    }
  } catch (error) {
    if (error instanceof InvalidJobError) throw error
    // Said below, together with options that are no object.
  }
  throw new InvalidJobError(`job ${id}: its options are no JSON object: ${JSON.stringify(json.slice(0, 80))}`)
}

/** How often something happened. What is damaged counts as never: it must not spread into what is written next. */
export function readCount(text: string | undefined): number {
  const count = Number(text)
  return Number.isSafeInteger(count) && count >= 0 && count < 2 ** 32 ? count : 0
}

function readLimit({ lk: key, lc = '', lr = '' }: Readonly<Record<string, string>>): StoredLimit | undefined {
  if (key === undefined) return undefined
  const [max, perMs] = lr.split(':').map(readCount)
  return {
    key,
    ...(lc !== '' && { concurrency: readCount(lc) }),
    ...(max && perMs && { rate: { max, perMs } }),
  }
}

/** The field `fn`. Without a time before it all of it is the function. */
export function readMade(text: string): { createdAt: string; func: string } {
  const end = text.indexOf(' ')
  const createdAt = text.slice(0, Math.max(end, 0))
  return /^\d+$/.test(createdAt) ? { createdAt, func: text.slice(end + 1) } : { createdAt: '', func: text }
}

/** What the field `st` says of the status. */
export function readStatus(text: string | null | undefined): string {
  return text ? /^\S*/.exec(text)![0] : 'queued'
}

/** The fields `st` and `end`. */
function readEnd(
  status: string | undefined,
  at: string | undefined,
): { endedAt?: number; startedAt?: number; worker?: string } {
  const [, ended, ran, worker] = /^\S+ (\d+) (\d+) (.*)$/s.exec(status ?? '') ?? []
  const endedAt = time(ended ?? at)
  const ranMs = time(ran)
  if (endedAt === undefined) return {}
  if (ranMs === undefined || worker === undefined) return { endedAt }
  return { endedAt, startedAt: endedAt - ranMs, worker }
}

/** What is damaged is as good as absent; no Date holds more. */
function time(text: string | undefined): number | undefined {
  const ms = text === undefined || text === '' ? Number.NaN : Number(text)
  return Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? ms : undefined
}
