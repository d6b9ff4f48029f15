import { readStatus, type StoredOptions } from '../core/record.ts'
import { type JobStatus, STATES } from '../core/states.ts'
import { queueBase } from './keys.ts'
import { readScript } from './read-script.ts'
import type { RedisStore } from './store.ts'

/** A job as lua/lib/row.lua cuts it: arguments, error and reason are beginnings. Times are milliseconds of Redis's clock. */
export interface CutRecord {
  readonly id: string
  readonly queue: string
  /** Where it stands in the set that was looked at. */
  readonly score: string
  readonly func: string
  readonly args: string
  readonly argsBytes: number
  readonly options: StoredOptions
  readonly status: JobStatus
  readonly createdAt: number
  readonly enqueuedAt: number | undefined
  readonly scheduledFor: number | undefined
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  readonly attempt: number
  readonly worker: string | undefined
  readonly error: string | undefined
  readonly reason: string | undefined
}

export type RawRow = readonly [id: string, score: string, ...rest: (string | number | null)[]]

/** What one look at a set of one queue asks for; see lua/look.lua. */
export interface Look {
  readonly set: string
  readonly back: boolean
  readonly after?: string
  readonly score?: string
  readonly past?: boolean
  readonly skip: number
  readonly look: number
  readonly limit: number
  /** Of texts: it stops once it has read so many. */
  readonly bytes?: number
  readonly state?: string
  readonly fn?: string
  readonly tag?: string
  readonly worker?: string
  readonly error?: string
  readonly text?: string
  readonly from?: number
  readonly to?: number
}

export interface Looked {
  readonly now: number
  readonly total: number
  readonly looked: number
  readonly hasMore: boolean
  readonly records: readonly CutRecord[]
  readonly last: { readonly id: string; readonly score: string } | undefined
}

type RawLook = [
  now: number,
  total: number,
  looked: number,
  more: number,
  rows: RawRow[],
  id: string | null,
  score: string | null,
]

/** Several looks in one round trip, in their order; undefined for those that are not answered in time. */
export async function lookAt(
  { connection, prefix }: RedisStore,
  looks: readonly { readonly queue: string; readonly look: Look }[],
  withinMs = Number.POSITIVE_INFINITY,
): Promise<(Looked | undefined)[]> {
  let timer: NodeJS.Timeout | undefined
  const late =
    Number.isFinite(withinMs) &&
    new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, withinMs, undefined)
    })
  try {
    const replies = await connection.attempt((client) =>
      Promise.all(
        looks.map(({ queue, look }) => {
          const reply = readScript<RawLook>(client, 'look', queueBase(prefix, queue), [JSON.stringify(look)])
          return late ? Promise.race([reply, late]) : reply
        }),
      ),
    )
    return replies.map((reply, i) => reply && toLooked(reply, looks[i]!.queue))
  } finally {
    clearTimeout(timer)
  }
}

function toLooked([now, total, looked, more, rows, id, score]: RawLook, queue: string): Looked {
  return {
    now,
    total,
    looked,
    hasMore: more === 1,
    records: rows.map((row) => readCut(queue, row)),
    last: id === null ? undefined : { id, score: String(score) },
  }
}

/** Jobs by their ids, of any queues, in one round trip; undefined for those that are gone. */
export async function readRows(
  { connection, prefix }: RedisStore,
  refs: readonly { readonly queue: string; readonly id: string }[],
): Promise<{ now: number; records: (CutRecord | undefined)[] }> {
  const queues = [...new Set(refs.map(({ queue }) => queue))]
  const replies = await connection.attempt((client) =>
    Promise.all(
      queues.map((queue) => {
        const ids = refs.filter((ref) => ref.queue === queue).map(({ id }) => id)
        return readScript<[number, (RawRow | null)[]]>(client, 'rows', queueBase(prefix, queue), ids)
      }),
    ),
  )
  const left = new Map(queues.map((queue, i) => [queue, replies[i]![1].values()]))
  const records = refs.map(({ queue }) => {
    const row = left.get(queue)!.next().value
    return row ? readCut(queue, row) : undefined
  })
  return { now: replies[0]?.[0] ?? 0, records }
}

/** The states of jobs of any queues, in one round trip; undefined for those that are gone. */
export async function readStates(
  { connection, prefix }: RedisStore,
  refs: readonly { readonly queue: string; readonly id: string }[],
): Promise<(JobStatus | undefined)[]> {
  const states = await connection.attempt((client) =>
    Promise.all(refs.map(({ queue, id }) => client.hget(`${queueBase(prefix, queue)}job:${id}`, 'st'))),
  )
  return states.map((text) => (text === null ? undefined : toStatus(readStatus(text))))
}

function toStatus(text: unknown): JobStatus | undefined {
  return STATES.find((state) => state === text)
}

export function readCut(queue: string, [id, score, ...values]: RawRow): CutRecord {
  const [fn, args, bytes, opts, st, at, q, due, on, end, n, w, err, why] = values
  const status = toStatus(st) ?? 'queued'
  const createdAt = time(at) ?? 0
  const begun = time(on)
  return {
    id,
    queue,
    score: String(score),
    func: text(fn) ?? '',
    args: text(args) ?? '',
    argsBytes: Number(bytes) || 0,
    options: readOptions(text(opts)),
    status,
    createdAt,
    enqueuedAt: time(q) ?? (status === 'deferred' || status === 'scheduled' ? undefined : createdAt),
    scheduledFor: time(due),
    startedAt: begun,
    endedAt: time(end),
    attempt: Number(n) || (begun === undefined ? 0 : 1),
    worker: text(w),
    error: text(err),
    reason: text(why),
  }
}

/** A text that was cut may end in the middle of a letter. */
function text(value: string | number | null | undefined): string | undefined {
  return value == null ? undefined : String(value).replace(/\uFFFD$/, '')
}

function time(value: string | number | null | undefined): number | undefined {
  const ms = Number(value ?? Number.NaN)
  return Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? ms : undefined
}

/** Only what a list shows of them; what is damaged is told where the job itself is shown. */
function readOptions(json: string | undefined): StoredOptions {
  try {
    const all = JSON.parse(json ?? '{}')
    const { tags, description, futures } = all as StoredOptions
    return {
      ...(Array.isArray(tags) && { tags: tags.filter((tag) => typeof tag === 'string') }),
      ...(typeof description === 'string' && { description }),
      ...(typeof futures === 'object' && futures && { futures }),
    }
  } catch {
    return {}
  }
}
