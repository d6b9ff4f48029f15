import type { JobStatus } from '../core/states.ts'
import type { PauseKind } from '../core/store.ts'
import { queueBase } from './keys.ts'
import { readUntil } from './read.ts'
import { readScript } from './read-script.ts'
import type { RedisStore } from './store.ts'

/** How a queue stands, as of one moment. Times are milliseconds of Redis's clock. */
export interface Glance {
  readonly name: string
  readonly now: number
  readonly counts: Readonly<Record<JobStatus, number>>
  /** Since when the job that is next waits. */
  readonly waitsSince: number | undefined
  readonly nextDueAt: number | undefined
  /** Those that hold; Infinity until it is resumed. */
  readonly pauses: readonly { readonly kind: PauseKind; readonly until: number }[]
  readonly pausedSince: number | undefined
  readonly pausedBy: string | undefined
  readonly pauseReason: string | undefined
  readonly totals: Readonly<Record<(typeof COUNTERS)[number], number>>
}

const SIZES = [
  'queued',
  'scheduled',
  'deferred',
  'limited',
  'started',
  'finished',
  'failed',
  'stopped',
  'canceled',
] as const satisfies readonly JobStatus[]
const COUNTERS = ['finished', 'failed', 'retried', 'canceled', 'recovered', 'lost'] as const

type Texts = readonly (string | null)[]
type Raw = readonly [...numbers: number[], flags: Texts, pause: Texts, stats: Texts]

/** Any number of queues in one round trip, with one command each. */
export async function glanceAt(
  { connection, prefix }: RedisStore,
  queues: readonly string[],
): Promise<Glance[]> {
  const replies = await connection.attempt((client) =>
    Promise.all(queues.map((queue) => readScript<Raw>(client, 'glance', queueBase(prefix, queue)))),
  )
  return replies.map((raw, i) => toGlance(queues[i]!, raw))
}

function toGlance(name: string, raw: Raw): Glance {
  const [now, ...numbers] = raw.slice(0, 12) as number[]
  const [flags, pause, stats] = raw.slice(12) as [Texts, Texts, Texts]
  const counts = Object.fromEntries(SIZES.map((state, i) => [state, numbers[i]!])) as Record<
    JobStatus,
    number
  >
  const [waitsSince, nextDueAt] = numbers.slice(SIZES.length).map((time) => (time < 0 ? undefined : time))
  const pauses = (['paused', 'suspended'] as const).flatMap((kind, i) => {
    const until = readUntil(flags[i] ?? null)
    return until !== undefined && until > now! ? [{ kind, until }] : []
  })
  const isPaused = pauses.some(({ kind }) => kind === 'paused')
  const [since, by, reason] = isPaused ? pause : []
  return {
    name,
    now: now!,
    counts,
    waitsSince,
    nextDueAt,
    pauses,
    pausedSince: since ? Number(since) : undefined,
    pausedBy: by || undefined,
    pauseReason: reason || undefined,
    totals: Object.fromEntries(
      COUNTERS.map((counter, i) => [counter, Number(stats[i] ?? 0)]),
    ) as Glance['totals'],
  }
}
