import { queueBase } from '../../redis/keys.ts'
import { readSnoozed } from '../../redis/snoozed.ts'
import type { RedisStore } from '../../redis/store.ts'
import { readTrends } from '../../redis/trends.ts'

/** Failed jobs of one cause: the error's name, its message without what varies, and the first place of its stack that is the application's own. */
export interface ErrorGroup {
  readonly fingerprint: string
  readonly name: string
  /** That of its first job. */
  readonly message: string
  /** How many jobs are failed for it now. */
  readonly jobs: number
  /** How often it has ended a job so far. */
  readonly count: number
  readonly firstAt: number
  readonly lastAt: number
  readonly queues: readonly string[]
  readonly functions: readonly string[]
  /** The job that failed for it last, `<id>@<queue>`. */
  readonly sample: string
  /** Until when nobody wants to hear of it. */
  readonly snoozedUntil: number | null
  /** How many of its jobs failed in each of the last 24 hours, the oldest first, where that was asked for. */
  readonly trend?: readonly number[]
}

export interface ErrorOptions {
  /** @default all */
  readonly queue?: string
  /** How many groups, those last seen. @default 100 */
  readonly limit?: number
  /** Of these alone. @default all, which are asked for */
  readonly queues?: readonly string[]
  /** Leaves out what is snoozed. @default false */
  readonly awake?: boolean
  /** Tells when the jobs of each failed, for one round trip more. @default false */
  readonly trend?: boolean
}

/** Of so many more causes the names are read, so that snoozed ones leave room for others. */
const SPARE = 50

/**
 * The causes of which there are failed jobs, the most frequent first: of each queue those last seen, in three round trips. Jobs that failed
 * before funq kept them by their causes are in none.
 */
export async function readErrors(store: RedisStore, options: ErrorOptions = {}): Promise<ErrorGroup[]> {
  const { limit = 100, awake = false, trend = false } = options
  const queues = options.queue === undefined ? (options.queues ?? (await store.queues())) : [options.queue]
  const parts = await readErrorsOf(store, queues, limit, awake)
  const found = joinErrors(parts.filter(({ jobs }) => jobs > 0))
    .sort((a, b) => b.jobs - a.jobs || b.lastAt - a.lastAt)
    .slice(0, limit)
  if (!trend) return found
  const trends = await readTrends(store, found)
  return found.map((group) => ({ ...group, trend: trends.get(group.fingerprint)! }))
}

/**
 * Those of each queue by itself, so that a cause of two queues is there twice, and those of which no job is failed any more as well.
 * @param limit how many of each queue, those last seen
 * @param awake leaves out what is snoozed
 */
export async function readErrorsOf(
  { connection, prefix }: RedisStore,
  queues: readonly string[],
  limit: number,
  awake = false,
): Promise<ErrorGroup[]> {
  const parts = await connection.attempt(async (client) => {
    const bases = queues.map((queue) => queueBase(prefix, queue))
    const last = String(limit - 1 + (awake ? SPARE : 0))
    const [snoozed, ...prints] = await Promise.all([
      readSnoozed(client, prefix),
      ...bases.map((base) => client.zrange(`${base}errors`, '0', last, 'REV')),
    ])
    const shown = prints.map((mine) =>
      awake ? mine.filter((print) => !snoozed.has(print)).slice(0, limit) : mine,
    )
    return Promise.all(
      shown.flatMap((mine, i) =>
        mine.map(async (fingerprint) => {
          const base = bases[i]!
          const [facts, jobs] = await Promise.all([
            client.hgetall(`${base}cause:${fingerprint}`),
            client.zcard(`${base}error:${fingerprint}`),
          ])
          return toGroup(fingerprint, queues[i]!, facts, jobs, snoozed.get(fingerprint) ?? null)
        }),
      ),
    )
  })
  return parts.filter((part) => part !== undefined)
}

/** What several queues have of one cause, as one. */
export function joinErrors(parts: readonly ErrorGroup[]): ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>()
  for (const part of parts) {
    const known = groups.get(part.fingerprint)
    groups.set(part.fingerprint, known ? join(known, part) : part)
  }
  return [...groups.values()]
}

function toGroup(
  fingerprint: string,
  queue: string,
  facts: Readonly<Record<string, string>>,
  jobs: number,
  snoozedUntil: number | null,
): ErrorGroup | undefined {
  if (facts.first === undefined) return undefined
  const number = (field: string) => Number(facts[field]) || 0
  return {
    fingerprint,
    name: facts.name ?? 'Error',
    message: facts.message ?? '',
    jobs,
    count: number('count'),
    firstAt: number('first'),
    lastAt: number('last'),
    queues: [queue],
    functions: Object.keys(facts).flatMap((field) => (field.startsWith('fn:') ? [field.slice(3)] : [])),
    sample: `${facts.id ?? ''}@${queue}`,
    snoozedUntil,
  }
}

/** One cause in two queues. */
function join(a: ErrorGroup, b: ErrorGroup): ErrorGroup {
  const [first, last] = [a.firstAt <= b.firstAt ? a : b, a.lastAt >= b.lastAt ? a : b]
  return {
    ...first,
    jobs: a.jobs + b.jobs,
    count: a.count + b.count,
    lastAt: last.lastAt,
    queues: [...a.queues, ...b.queues],
    functions: [...new Set([...a.functions, ...b.functions])],
    sample: last.sample,
  }
}
