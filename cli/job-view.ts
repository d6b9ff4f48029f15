import { type Codec, isCoded, uncoded } from '../lib/core/codec.ts'
import { displayName } from '../lib/core/function-name.ts'
import { decode } from '../lib/core/payload.ts'
import type { JobRecord } from '../lib/core/record.ts'
import type { RemoteError } from '../lib/core/remote-error.ts'
import { decodeResult } from '../lib/core/result.ts'
import { describeCall } from '../lib/worker/narrator.ts'

/** A job as `--json` prints it. Times are ISO 8601. */
export function jobData(record: JobRecord, codec?: Codec): Record<string, unknown> {
  return {
    id: record.id,
    queue: record.queue,
    func: record.func,
    description: record.options.description ?? displayName(record.func),
    args: readable(() => decode(record.args, codec, 'args', record.id)),
    status: record.status,
    priority: record.priority,
    attempt: record.attempt,
    recoveries: record.recoveries,
    worker: record.worker ?? null,
    createdAt: iso(record.createdAt),
    enqueuedAt: iso(record.enqueuedAt),
    scheduledFor: iso(record.scheduledFor),
    startedAt: iso(record.startedAt),
    endedAt: iso(record.endedAt),
    tags: record.options.tags ?? [],
    headers: record.options.headers ?? {},
    progress: record.progress === undefined ? null : readable(() => JSON.parse(record.progress!)),
    meta: record.meta === undefined ? {} : readable(() => decode(record.meta!)),
    result:
      record.result === undefined ? null : readable(() => decodeResult(record.result!, codec, record.id)),
    error: errorOf(record) ?? null,
    reason: record.reason ?? null,
  }
}

/** `tasks.add(1, 2)`, or the description that the job was given. */
export function callOf(
  { id, options, func, args }: Pick<JobRecord, 'id' | 'options' | 'func' | 'args'>,
  codec?: Codec,
): string {
  if (options.description !== undefined) return options.description
  return describeCall(func, codec ? plainText(args, codec, id) : args, options.futures)
}

/** What cannot be decoded is shown as it stands. */
function plainText(args: string, codec: Codec, id: string): string {
  try {
    return isCoded(args) ? uncoded(args, codec, 'args', id) : args
  } catch {
    return args
  }
}

export function errorOf({ error }: Pick<JobRecord, 'error'>): RemoteError | undefined {
  if (error === undefined) return undefined
  try {
    return JSON.parse(error) as RemoteError
  } catch {
    return { name: 'Error', message: error }
  }
}

/** When something last happened to it, in milliseconds since 1970. */
export function lastTime({ endedAt, startedAt, enqueuedAt, createdAt }: JobRecord): number {
  return endedAt ?? startedAt ?? enqueuedAt ?? createdAt
}

export function iso(ms: number | undefined): string | null {
  return ms === undefined || !Number.isFinite(ms) ? null : new Date(ms).toISOString()
}

/** Damaged data, or that of a class which is not registered here, must not hide the rest of the job. */
function readable(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    return { unreadable: (error as Error).message }
  }
}
