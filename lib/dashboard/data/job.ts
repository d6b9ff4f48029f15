import { type Codec, isCoded, uncoded } from '../../core/codec.ts'
import { entryOfJobId } from '../../core/cron-definition.ts'
import { describeCall } from '../../core/describe-call.ts'
import { InvalidArgumentError } from '../../core/errors.ts'
import { readError } from '../../core/fingerprint.ts'
import { traceIdOf } from '../../core/headers.ts'
import { readLogLine } from '../../core/log-line.ts'
import { DEFAULTS } from '../../core/options.ts'
import { fromRef, readOptions, type StoredOptions } from '../../core/record.ts'
import { isEnded } from '../../core/states.ts'
import { toRow } from '../../queue/find/row.ts'
import {
  type Beginning,
  type Detail,
  LONG_FIELDS,
  type LongField,
  readDetails,
  readPiece,
} from '../../redis/detail.ts'
import { readRows } from '../../redis/rows.ts'
import type { RedisStore } from '../../redis/store.ts'
import type { JobDetail, JobLink, JobRunData, LongText, PayloadField, Piece } from './types.ts'

/** What was compressed may be far longer than it stands in Redis. */
const MOST_DECODED = 1_000_000

/** What a parent's letter says; see lua/lib/settle.lua. */
const WORDS: Readonly<Record<string, string>> = {
  n: 'is not asked yet',
  w: 'has not ended',
  f: 'failed',
  d: 'finished',
  e: 'failed, as allowed',
}

/** A job with all that is known of it, in three round trips. @param queue where it is known; else the first that has a job of this id */
export async function readJob(store: RedisStore, id: string, queue?: string): Promise<JobDetail | undefined> {
  const queues = queue === undefined ? await store.queues() : [queue]
  const [detail] = await readDetails(store, queues, id)
  if (!detail) return undefined
  const refs = [...detail.parents.map(({ ref }) => ref), ...detail.dependents, ...detail.told]
  const options = optionsOf(id, detail.payloads.options)
  const [links, group] = await Promise.all([
    readLinks(store, refs),
    options.group === undefined ? undefined : store.groups.progress(options.group),
  ])
  return toJobDetail(detail, options, links, group ?? null, store.codec)
}

async function readLinks(store: RedisStore, refs: readonly string[]): Promise<JobLink[]> {
  const wanted = refs.map(fromRef)
  const { records } = await readRows(store, wanted)
  return wanted.map(({ id, queue }, i) => {
    const record = records[i]
    return { id, queue, func: record?.func ?? '', state: record?.status ?? 'gone' }
  })
}

/** Those that are damaged, or too long to be read here, do not hide the rest. */
function optionsOf(id: string, options: Beginning | undefined): StoredOptions {
  try {
    return readOptions(id, options?.text)
  } catch {
    return {}
  }
}

function toJobDetail(
  detail: Detail,
  options: StoredOptions,
  links: readonly JobLink[],
  group: JobDetail['group'],
  codec: Codec | undefined,
): JobDetail {
  const { now, record, payloads, parents, repetitions } = detail
  const { id, status, attempt } = record
  const used = status === 'started' || isEnded(status) ? attempt - 1 : attempt
  const { retry, repeat } = options
  const opened = Object.fromEntries(
    Object.entries(payloads).map(([field, payload]) => [
      field,
      payload ? toLongText(payload, field, id, codec) : null,
    ]),
  ) as Record<PayloadField, LongText | null>
  const row = toRow(record, now)
  const isOpened = isCoded(record.args) && opened.args?.sealed === undefined && !options.description
  return {
    row: isOpened
      ? { ...row, preview: describeCall(record.func, opened.args?.text ?? '', options.futures) }
      : row,
    now,
    description: options.description ?? null,
    priority: detail.priority,
    recoveries: detail.recoveries,
    repetitions,
    requeues: detail.requeues,
    retry: retry ? { max: retry.max, left: Math.max(0, retry.max - Math.max(0, used)) } : null,
    repeat: repeat ? { times: repeat.times, left: Math.max(0, repeat.times - repetitions) } : null,
    timeoutMs: options.timeoutMs === undefined ? DEFAULTS.timeoutMs : options.timeoutMs,
    resultTtlMs: options.resultTtlMs === undefined ? DEFAULTS.resultTtlMs : options.resultTtlMs,
    failureTtlMs: options.failureTtlMs === undefined ? DEFAULTS.failureTtlMs : options.failureTtlMs,
    waitsUntil: detail.waitsUntil ?? null,
    expiresAt: detail.expiresAt ?? null,
    position: detail.position ?? null,
    reason: record.reason ?? null,
    isSigned: detail.isSigned,
    payloads: opened,
    error: payloads.error ? readError(payloads.error.text) : null,
    fingerprint: detail.indexes.find((name) => name.startsWith('error:'))?.slice('error:'.length) ?? null,
    runs: toRuns(detail),
    log: { lines: detail.log.map(toLine), total: detail.logLines },
    parents: parents.map(({ letter }, i) => ({ ...links[i]!, word: WORDS[letter] ?? letter })),
    dependents: links.slice(parents.length, parents.length + detail.dependents.length),
    told: links.slice(parents.length + detail.dependents.length),
    dependentsTotal: detail.dependentsTotal,
    group,
    retriedFrom: options.retriedFrom ?? null,
    cronEntry: id.startsWith('cron-') ? entryOfJobId(id) : null,
    traceId: traceIdOf(options.headers) ?? null,
  }
}

function toLine(stored: string): JobDetail['log']['lines'][number] {
  const { at, source, text } = readLogLine(stored)
  return { at: at ?? null, source, text }
}

function toLongText(
  { text, bytes }: Beginning,
  field: string,
  id: string,
  codec: Codec | undefined,
): LongText {
  const isCut = Buffer.byteLength(text) < bytes
  if ((field !== 'args' && field !== 'result') || !isCoded(text)) return { text, bytes, isCut }
  const closed = (sealed: LongText['sealed'] & string) => ({ text: '', bytes, isCut: false, sealed })
  if (!codec) return closed('no-codec')
  if (isCut) return closed('too-long')
  try {
    const plain = uncoded(text, codec, field, id)
    return plain.length > MOST_DECODED ? closed('too-long') : { text: plain, bytes, isCut: false }
  } catch {
    return closed('undecodable')
  }
}

function toRuns({ runs, record, payloads }: Detail): JobRunData[] {
  const earlier = runs.map(toRun)
  const { startedAt, endedAt, status, attempt, worker = '' } = record
  if (startedAt === undefined || !(isEnded(status) || status === 'started')) return earlier
  const error = payloads.error ? readError(payloads.error.text) : null
  return [...earlier, { attempt, worker, startedAt, endedAt: endedAt ?? null, outcome: status, error }]
}

/** Of one that is cut, or damaged, the beginning tells the most: see keep_run in lua/lib/conclude.lua. */
function toRun(line: string): JobRunData {
  try {
    const { attempt, worker, startedAt, endedAt, outcome, error = null } = JSON.parse(line) as JobRunData
    if (Number.isFinite(startedAt)) return { attempt, worker, startedAt, endedAt, outcome, error }
  } catch {
    // Said below.
  }
  const head =
    /^\{"attempt":(\d+),"worker":"([^"]*)","startedAt":(\d+),"endedAt":(\d+),"outcome":"(\w+)"/.exec(line)
  const [, attempt = '0', worker = '', startedAt = '0', endedAt = '0', outcome = 'damaged'] = head ?? []
  const error = /"error":(\{.*)$/s.exec(line)?.[1]
  return {
    attempt: Number(attempt),
    worker,
    startedAt: Number(startedAt),
    endedAt: Number(endedAt),
    outcome,
    error: error === undefined ? null : readError(error),
  }
}

/**
 * 64 KiB of a payload, as it is stored, from an offset in bytes. Undefined where the job, or the payload, is not there.
 * @throws InvalidArgumentError
 */
export async function readPayload(
  store: RedisStore,
  ref: string,
  field: PayloadField,
  offset = 0,
): Promise<Piece | undefined> {
  if (!Object.hasOwn(LONG_FIELDS, field))
    throw new InvalidArgumentError(
      `payload: expected one of ${Object.keys(LONG_FIELDS).join(', ')}, got ${JSON.stringify(field)}`,
    )
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw new InvalidArgumentError(`offset: expected a whole number of bytes, got ${String(offset)}`)
  const { id, queue } = fromRef(ref as `${string}@${string}`)
  const piece = await readPiece(store, queue, id, field satisfies LongField, offset)
  return piece && { text: piece.text, offset, next: piece.next ?? null, bytes: piece.bytes }
}
