import type { Codec } from '../lib/core/codec.ts'
import type { JobRecord } from '../lib/core/record.ts'
import type { RemoteError } from '../lib/core/remote-error.ts'
import type { Run } from '../lib/core/store.ts'
import { cleanText } from './clean-text.ts'
import { callOf, errorOf, iso, jobData } from './job-view.ts'
import type { Session } from './session.ts'

/** All that is known of a job. */
export interface Shown {
  readonly record: JobRecord
  readonly runs: readonly Run[]
  readonly waitsFor: readonly { readonly ref: string; readonly state: string }[]
  readonly dependents: readonly string[]
  readonly position: number | null
}

/** It as lines for people. */
export function jobText(
  { record, runs, waitsFor, dependents, position }: Shown,
  codec: Codec | undefined,
): string {
  const error = errorOf(record)
  const data = jobData(record, codec)
  const value = (of: unknown) => (of === null || of === undefined ? '' : JSON.stringify(of))
  const rows: (readonly [string, string | null])[] = [
    ['id', record.id],
    ['queue', position === null ? record.queue : `${record.queue}, ${position} ahead of it`],
    ['job', callOf(record, codec)],
    ['function', record.func],
    ['state', record.reason === undefined ? record.status : `${record.status}: ${record.reason}`],
    ['priority', record.priority === 0 ? '' : String(record.priority)],
    ['created', iso(record.createdAt)],
    ['scheduled for', record.status === 'scheduled' ? iso(record.scheduledFor) : null],
    ['started', iso(record.startedAt)],
    ['ended', iso(record.endedAt)],
    ['worker', record.worker ?? ''],
    ['attempt', record.attempt === 0 ? '' : String(record.attempt)],
    ['progress', value(data.progress)],
    ['meta', record.meta === undefined ? '' : value(data.meta)],
    ['result', record.result === undefined ? '' : value(data.result) || 'undefined'],
    ['waits for', waitsFor.map(({ ref, state }) => `${ref} (${state})`).join(', ')],
    ['dependents', dependents.join(', ')],
    [
      'earlier runs',
      runs.map(({ attempt, outcome, worker }) => `${attempt}: ${outcome} on ${worker}`).join(', '),
    ],
  ]
  const lines = rows.flatMap(([name, shown]) => (shown ? [`${name.padEnd(14)}${cleanText(shown)}\n`] : []))
  return lines.join('') + (error ? `\n${cleanText(traceback(error))}\n` : '')
}

export async function lookAt({ store }: Session, record: JobRecord): Promise<Shown> {
  const { queue, id } = record
  const [runs, parents, dependents, position] = await Promise.all([
    store.runs(queue, id),
    store.parents(queue, id),
    store.dependents(queue, id),
    store.position(queue, id),
  ])
  const waitsFor = [...parents].map(([ref, { state }]) => ({ ref, state }))
  return { record, runs, waitsFor, dependents, position }
}

function traceback({ name, message, stack, cause }: RemoteError): string {
  const own = stack ?? `${name}: ${message}`
  return cause ? `${own}\n[cause]: ${traceback(cause)}` : own
}
