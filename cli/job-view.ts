import { describeCall } from '../lib/core/describe-call.ts'
import { displayName } from '../lib/core/function-name.ts'
import { decode } from '../lib/core/payload.ts'
import type { JobRecord } from '../lib/core/record.ts'
import type { RemoteError } from '../lib/core/remote-error.ts'
import { decodeResult } from '../lib/core/result.ts'

/** A job as `--json` prints it. Times are ISO 8601. */
export function jobData(record: JobRecord): Record<string, unknown> {
  return {
    id: record.id,
    queue: record.queue,
    func: record.func,
    description: record.options.description ?? displayName(record.func),
    args: readable(() => decode(record.args)),
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
    progress: record.progress === undefined ? null : readable(() => JSON.parse(record.progress!)),
    meta: record.meta === undefined ? {} : readable(() => decode(record.meta!)),
    result: record.result === undefined ? null : readable(() => decodeResult(record.result!)),
    error: errorOf(record) ?? null,
    reason: record.reason ?? null,
  }
}

/** `tasks.add(1, 2)`, or the description that the job was given. */
export function callOf({ options, func, args }: Pick<JobRecord, 'options' | 'func' | 'args'>): string {
  return options.description ?? describeCall(func, args, options.futures)
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
