import type { Redis } from 'ioredis'
import { type JobLog, readLogLine } from '../core/log-line.ts'
import { type JobRecord, type Ref, readCount, readMade, readRecord } from '../core/record.ts'
import { type JobStatus, STATES } from '../core/states.ts'
import type { Entry, Page, ParentWord, PauseKind, Pauses, Run } from '../core/store.ts'
import { redisNow } from './time.ts'

/** The ids of one page of a state, in the order of its set. Started jobs are listed worker by worker. */
export async function readPage(client: Redis, base: string, state: JobStatus, page: Page): Promise<string[]> {
  const { offset = 0, limit = 100 } = page
  if (limit <= 0) return []
  if (state !== 'started') return client.zrange(`${base}${state}`, String(offset), String(offset + limit - 1))
  const workers = await client.zrange(`${base}workers`, '0', '-1')
  const held = await Promise.all(workers.map((worker) => client.hkeys(`${base}started:${worker}`)))
  return held.flat().slice(offset, offset + limit)
}

/** The same with the time that goes with each id. */
export async function readEntries(
  client: Redis,
  base: string,
  state: JobStatus,
  { offset = 0, limit = 100 }: Page,
): Promise<Entry[]> {
  if (limit <= 0) return []
  if (state !== 'started') {
    const pairs = await readScores(client, `${base}${state}`, offset, offset + limit - 1)
    return pairs.map(([id, time]) => ({ id, time: state === 'queued' ? null : time }))
  }
  const workers = await readScores(client, `${base}workers`, 0, -1)
  const held = await Promise.all(
    workers.map(async ([worker, time]) => {
      const ids = await client.hkeys(`${base}started:${worker}`)
      return ids.map((id) => ({ id, time }))
    }),
  )
  return held.flat().slice(offset, offset + limit)
}

export async function readEntry(
  client: Redis,
  base: string,
  state: JobStatus,
  id: string,
): Promise<Entry | undefined> {
  if (state !== 'started') {
    const score = await client.zscore(`${base}${state}`, id)
    return score === null ? undefined : { id, time: state === 'queued' ? null : toTime(score) }
  }
  const workers = await readScores(client, `${base}workers`, 0, -1)
  const held = await Promise.all(workers.map(([worker]) => client.hexists(`${base}started:${worker}`, id)))
  const holder = workers.find((_, i) => held[i] === 1)
  return holder && { id, time: holder[1] }
}

async function readScores(
  client: Redis,
  key: string,
  first: number,
  last: number,
): Promise<[member: string, score: number][]> {
  const reply = await client.zrange(key, String(first), String(last), 'WITHSCORES')
  // RESP3 pairs what RESP2 lists one after the other.
  const flat = (reply as (string | string[])[]).flat()
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, toTime(flat[2 * i + 1]!)])
}

function toTime(score: string | number): number {
  return score === 'inf' ? Number.POSITIVE_INFINITY : Number(score)
}

export async function readCounts(client: Redis, base: string): Promise<Record<JobStatus, number>> {
  const sets = STATES.filter((state) => state !== 'started')
  const [workers, ...sizes] = await Promise.all([
    client.zrange(`${base}workers`, '0', '-1'),
    ...sets.map((state) => client.zcard(`${base}${state}`)),
  ])
  const held = await Promise.all(workers.map((worker) => client.hlen(`${base}started:${worker}`)))
  const counts = Object.fromEntries(sets.map((state, i) => [state, sizes[i]!]))
  return { ...counts, started: held.reduce((sum, n) => sum + n, 0) } as Record<JobStatus, number>
}

/** By Redis's clock, in two round trips, however long the queue. */
export async function readLatency(client: Redis, base: string): Promise<number> {
  const [now, [next]] = await Promise.all([redisNow(client), client.zrange(`${base}queued`, '0', '0')])
  if (next === undefined) return 0
  const [queuedAt, made] = await client.hmget(`${base}job:${next}`, 'q', 'fn')
  return Math.max(0, now - Number(queuedAt ?? (made && readMade(made).createdAt) ?? now))
}

/** The lines of a job's log and how many there have been, in one transaction. */
export async function readLog(client: Redis, base: string, id: string): Promise<JobLog> {
  const [added, lines] = repliesOf(
    await client.multi().hget(`${base}job:${id}`, 'lg').lrange(`${base}log:${id}`, 0, -1).exec(),
  )
  const list = lines as string[]
  return { added: Math.max(readCount(added as string), list.length), lines: list.map(readLogLine) }
}

function repliesOf(replies: [Error | null, unknown][] | null): unknown[] {
  return (replies ?? []).map(([error, value]) => {
    if (error) throw error
    return value
  })
}

/** A job's record as a hash and the lines of its `runs`, in one transaction. */
export async function readHistory(
  client: Redis,
  base: string,
  queue: string,
  id: string,
): Promise<{ record: JobRecord; runs: Run[] } | undefined> {
  const replies = await client.multi().hgetall(`${base}job:${id}`).lrange(`${base}runs:${id}`, 0, -1).exec()
  const [hash, lines] = repliesOf(replies)
  if (!hash || Object.keys(hash).length === 0) return undefined
  const runs = (lines as string[]).map(readRun)
  return { record: readRecord(id, queue, hash as Record<string, string>), runs }
}

function readRun(line: string): Run {
  try {
    const run = JSON.parse(line) as Run
    if (Number.isFinite(run.startedAt) && Number.isFinite(run.endedAt)) return run
  } catch {
    // Told below, as is what is no run.
  }
  return { attempt: 0, worker: '', startedAt: 0, endedAt: 0, outcome: 'damaged' }
}

/** A child's `parents` hash, see lua/lib/settle.lua for its letters. */
export async function readParents(client: Redis, base: string, id: string): Promise<Map<Ref, ParentWord>> {
  const words = await client.hgetall(`${base}parents:${id}`)
  return new Map(Object.entries(words).map(([ref, word]) => [ref as Ref, readWord(word)]))
}

function readWord(word: string): ParentWord {
  switch (word[0]) {
    case 'd':
      return { state: 'finished', result: word.slice(1) }
    case 'e':
      return { state: 'failed, as allowed' }
    case 'f':
      return { state: 'failed' }
    default:
      return { state: 'waits' }
  }
}

/** A queue's flags that keep it from handing out jobs; those whose time is over count no more. */
export async function readPauses(client: Redis, base: string): Promise<Pauses> {
  const [now, untils] = await Promise.all([
    redisNow(client),
    client.hmget(`${base}flags`, 'paused', 'suspended'),
  ])
  const pauses: { -readonly [K in PauseKind]?: number } = {}
  for (const [i, kind] of (['paused', 'suspended'] as const).entries()) {
    const until = readUntil(untils[i] ?? null)
    if (until !== undefined && until > now) pauses[kind] = until
  }
  return pauses
}

/** A time in milliseconds, `inf`, or nothing. */
export function readUntil(text: string | null): number | undefined {
  if (text === null) return undefined
  return text === 'inf' ? Number.POSITIVE_INFINITY : Number(text)
}
