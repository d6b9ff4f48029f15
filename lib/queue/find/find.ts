import { InvalidArgumentError } from '../../core/errors.ts'
import { checkQueueName } from '../../core/names.ts'
import { isEnded, type JobStatus, STATES } from '../../core/states.ts'
import { type Glance, glanceAt } from '../../redis/glance.ts'
import type { Look } from '../../redis/rows.ts'
import type { RedisStore } from '../../redis/store.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { type FindOptions, type JobFilter, type JobPage, ORDERS } from './filter.ts'
import { Merge, type Segment } from './merge.ts'
import { toRow } from './row.ts'

const LIMIT = 50
const MOST = 500

/** Where no state is asked for: what happens now comes before what is over. */
const IN_TURN: readonly JobStatus[] = [
  'started',
  'queued',
  'limited',
  'scheduled',
  'deferred',
  'failed',
  'stopped',
  'canceled',
  'finished',
]

/** What the caller knows already. */
interface Seen {
  readonly queues?: readonly string[]
  readonly glances?: readonly Glance[] | undefined
}

/**
 * Jobs of all queues by what is known of them. It looks where an index leads it, a tag's, an error's or a state's, and else at 5,000 jobs a
 * call at most: the answer says how many that were, and `next` goes on. In at most four round trips, however many jobs there are.
 * Started, queued and limited jobs come queue by queue, in the order that they run in; all others by their times, over all queues: ended
 * ones by when they expire, which for jobs of one time to live is when they ended.
 * @throws InvalidArgumentError
 */
export async function findJobs(
  store: RedisStore,
  filter: JobFilter,
  options: FindOptions = {},
  seen: Seen = {},
): Promise<JobPage> {
  const { limit = LIMIT } = options
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MOST)
    throw new InvalidArgumentError(`limit: expected a whole number from 1 to ${MOST}, got ${String(limit)}`)
  checkFilter(filter, options)
  const position = readCursor(options.cursor)
  const known = seen.queues ?? (await store.queues())
  const queues = filter.queue === undefined ? known : known.filter((name) => name === filter.queue)
  const segments = await planSegments(store, filter, queues, options, seen)
  const merge = new Merge(store, segments, conditionsOf(filter), limit, position)
  await merge.run()
  const { now, scanned, next, isCut } = merge
  const total = Math.max(scanned, merge.total)
  return {
    rows: merge.records.map((record) => toRow(record, now)),
    next: next ? writeCursor(next) : null,
    scanned: next ? scanned : total,
    total,
    isCut,
    now,
  }
}

/** Whether `total` is how many match; else it is how many there are where they are looked for. */
export function isCounted(filter: JobFilter): boolean {
  const { state, ...others } = conditionsOf(filter)
  // What has a fingerprint is failed.
  const isAnswered = state === undefined || (state === 'failed' && filter.tag === undefined)
  return isAnswered && Object.keys(others).length === 0
}

/** They come from a URL as often as from a program. */
function checkFilter({ state, queue }: JobFilter, { order }: FindOptions): void {
  if (state !== undefined && !STATES.includes(state))
    throw new InvalidArgumentError(
      `state: expected one of ${STATES.join(', ')}, got ${JSON.stringify(state)}`,
    )
  if (order !== undefined && !ORDERS.includes(order))
    throw new InvalidArgumentError(
      `order: expected one of ${ORDERS.join(', ')}, got ${JSON.stringify(order)}`,
    )
  if (queue !== undefined) checkQueueName(queue)
}

/** The sets to go through, one after the other, and how many jobs each queue has there. */
async function planSegments(
  store: RedisStore,
  { state, tag, error }: JobFilter,
  queues: readonly string[],
  { order }: FindOptions,
  seen: Seen,
): Promise<Segment[]> {
  const index = isPrint(error) ? `error:${error}` : tag === undefined ? undefined : `tag:${tag}`
  if (index !== undefined) {
    const streams = queues.map((queue) => ({ queue, count: undefined }))
    return [{ set: index, back: order !== 'oldest', isTimed: true, streams }]
  }
  const states = state !== undefined ? [state] : error !== undefined ? (['failed'] as const) : IN_TURN
  const glances = seen.glances ?? (await glanceAt(store, queues))
  return states.map((each) => ({
    set: each,
    back: order === undefined ? isEnded(each) : order === 'newest',
    isTimed: !['started', 'queued', 'limited'].includes(each),
    streams: glances
      .map(({ name, counts }) => ({ queue: name, count: counts[each] }))
      .filter(({ count }) => count > 0),
  }))
}

function isPrint(error: string | undefined): boolean {
  return error !== undefined && /^[0-9a-f]{8}$/.test(error)
}

/** What the index does not answer by itself. */
function conditionsOf({ state, fn, tag, worker, error, text, from, to }: JobFilter): Partial<Look> {
  return {
    ...(state !== undefined && (tag !== undefined || isPrint(error)) && { state }),
    ...(tag !== undefined && isPrint(error) && { tag }),
    ...(fn !== undefined && { fn }),
    ...(worker !== undefined && { worker }),
    ...(error !== undefined && !isPrint(error) && { error }),
    ...(text !== undefined && { text }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  }
}
