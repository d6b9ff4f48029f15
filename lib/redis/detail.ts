import { readCount } from '../core/record.ts'
import { queueBase } from './keys.ts'
import { readScript } from './read-script.ts'
import { type CutRecord, type RawRow, readCut } from './rows.ts'
import type { RedisStore } from './store.ts'

/** The fields of a record that may be long, in the order of lua/detail.lua, and their names in the hash. */
export const LONG_FIELDS = {
  args: 'args',
  result: 'res',
  error: 'err',
  meta: 'meta',
  progress: 'pg',
  options: 'opts',
} as const
export type LongField = keyof typeof LONG_FIELDS

/** A beginning, and how many bytes there are in all. */
export interface Beginning {
  readonly text: string
  readonly bytes: number
}

/** One job, with all that stands beside its record, in bounded size. */
export interface Detail {
  readonly now: number
  readonly record: CutRecord
  readonly payloads: Readonly<Record<LongField, Beginning | undefined>>
  readonly recoveries: number
  readonly repetitions: number
  readonly requeues: number
  readonly priority: number
  readonly waitsUntil: number | undefined
  readonly isSigned: boolean
  readonly expiresAt: number | undefined
  readonly position: number | undefined
  /** JSON of earlier runs; one that was too long is cut. */
  readonly runs: readonly string[]
  readonly log: readonly string[]
  readonly logLines: number
  readonly parents: readonly { readonly ref: string; readonly letter: string }[]
  readonly dependents: readonly string[]
  readonly dependentsTotal: number
  /** Those that have heard how it ended. */
  readonly told: readonly string[]
  /** `tag:<tag>` and `error:<fingerprint>` */
  readonly indexes: readonly string[]
}

const PAYLOAD_BYTES = 16_384
const LOG_LINES = 200
const LINKS = 100
const PIECE_BYTES = 65_536

type Raw = [
  now: number,
  row: RawRow,
  payloads: ([text: string, bytes: number] | null)[],
  rc: string | null,
  rp: string | null,
  rq: string | null,
  pr: string | null,
  x: string | null,
  sg: string | null,
  expiresAt: number,
  position: number,
  runs: string[],
  log: string[],
  logLines: number,
  parents: string[],
  dependents: string[],
  dependentsTotal: number,
  indexed: string,
  told: string[],
]

/** The job of an id in each of the queues that has it, in one round trip. */
export async function readDetails(
  { connection, prefix }: RedisStore,
  queues: readonly string[],
  id: string,
): Promise<Detail[]> {
  const args = [id, PAYLOAD_BYTES, LOG_LINES, LINKS]
  const replies = await connection.attempt((client) =>
    Promise.all(
      queues.map((queue) => readScript<Raw | null>(client, 'detail', queueBase(prefix, queue), args)),
    ),
  )
  return replies.flatMap((raw, i) => (raw ? [toDetail(queues[i]!, raw)] : []))
}

function toDetail(queue: string, raw: Raw): Detail {
  const [now, row, payloads, rc, rp, rq, pr, x, sg, expiresAt, position, runs, log, logLines, ...links] = raw
  const [parents, dependents, dependentsTotal, indexed, told] = links
  return {
    now,
    record: readCut(queue, row),
    payloads: Object.fromEntries(
      Object.keys(LONG_FIELDS).map((field, i) => {
        const payload = payloads[i]
        return [field, payload ? { text: payload[0], bytes: payload[1] } : undefined]
      }),
    ) as Detail['payloads'],
    recoveries: readCount(rc ?? undefined),
    repetitions: readCount(rp ?? undefined),
    requeues: readCount(rq ?? undefined),
    priority: Number(pr ?? 0) || 0,
    waitsUntil: Number(x ?? 0) || undefined,
    isSigned: sg !== null,
    expiresAt: expiresAt > 0 ? expiresAt : undefined,
    position: position < 0 ? undefined : position,
    runs,
    log,
    logLines,
    parents: parents.flatMap((ref, i) => (i % 2 === 0 ? [{ ref, letter: parents[i + 1]! }] : [])),
    dependents,
    dependentsTotal,
    told,
    indexes: indexed === '' ? [] : indexed.split('\n'),
  }
}

/** 64 KiB of a field at most, cut between letters. Undefined where the job or the field is not there. @param offset in bytes */
export async function readPiece(
  { connection, prefix }: RedisStore,
  queue: string,
  id: string,
  field: LongField,
  offset: number,
): Promise<{ text: string; next: number | undefined; bytes: number } | undefined> {
  const args = [id, LONG_FIELDS[field], offset, PIECE_BYTES]
  const reply = await connection.attempt((client) =>
    readScript<[string, number, number] | null>(client, 'piece', queueBase(prefix, queue), args),
  )
  if (!reply) return undefined
  const [text, next, bytes] = reply
  return { text, next: next < 0 ? undefined : next, bytes }
}
