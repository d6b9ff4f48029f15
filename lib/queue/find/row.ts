import { previewCall } from '../../core/describe-call.ts'
import type { CutRecord } from '../../redis/rows.ts'
import type { JobRow } from './filter.ts'

const PREVIEW = 200

/** A cut record as lists show it. @param now Redis's clock */
export function toRow(record: CutRecord, now: number): JobRow {
  const { id, queue, func, args, argsBytes, options, status, attempt, worker, createdAt } = record
  const { enqueuedAt, scheduledFor, startedAt, endedAt } = record
  const isCut = Buffer.byteLength(args) < argsBytes
  return {
    id,
    queue,
    func,
    preview: cut(options.description ?? previewCall(func, args, isCut, options.futures)),
    argsBytes,
    state: status,
    tags: options.tags ?? [],
    attempt,
    worker: worker ?? null,
    createdAt,
    queuedAt: enqueuedAt ?? null,
    dueAt: status === 'scheduled' ? (scheduledFor ?? null) : null,
    startedAt: startedAt ?? null,
    endedAt: endedAt ?? null,
    waitedMs: enqueuedAt === undefined ? null : Math.max(0, (startedAt ?? endedAt ?? now) - enqueuedAt),
    ranMs: startedAt === undefined ? null : Math.max(0, (endedAt ?? now) - startedAt),
    error: toError(record),
  }
}

/** The beginning of its JSON is enough: the name and the message come first. */
function toError({ status, error, reason }: CutRecord): string | null {
  if (status === 'canceled') return reason === undefined ? null : cut(reason)
  if (error === undefined) return null
  const [, name, message] = /^\{"name":"((?:[^"\\]|\\.)*)","message":"((?:[^"\\]|\\.)*)/.exec(error) ?? []
  return cut(name === undefined ? error : `${readEscapes(name)}: ${readEscapes(message!)}`)
}

/** A message that was cut may end within an escape. */
function readEscapes(text: string): string {
  for (const whole of [text, text.replace(/\\(u[0-9a-fA-F]{0,3})?$/, '')]) {
    try {
      return JSON.parse(`"${whole}"`) as string
    } catch {
      // The cut end of it is in the way.
    }
  }
  return text
}

function cut(text: string): string {
  return text.length <= PREVIEW ? text : `${text.slice(0, PREVIEW - 1)}…`
}
