import { checkJobId } from '../../core/names.ts'
import { glanceAt } from '../../redis/glance.ts'
import { redisNow } from '../../redis/overview.ts'
import { readRows } from '../../redis/rows.ts'
import type { RedisStore } from '../../redis/store.ts'
import type { FindOptions, JobFilter, JobPage } from './filter.ts'
import { findJobs } from './find.ts'
import { parseQuery } from './query.ts'
import { toRow } from './row.ts'

/** What a search gives: a page of jobs, and how its words were understood. */
export interface SearchPage extends JobPage {
  readonly filter: JobFilter
}

/**
 * Jobs by what somebody types: an id is found at once, whatever queue it is in; all else is read by `parseQuery`.
 * @throws InvalidArgumentError
 */
export async function search(
  store: RedisStore,
  query: string,
  options: FindOptions = {},
): Promise<SearchPage> {
  const [queues, now] = await Promise.all([store.queues(), store.connection.attempt(redisNow)])
  const filter = parseQuery(query, now)
  const { text, ...rest } = filter
  const isAlone = text !== undefined && isId(text) && Object.keys(rest).length === 0
  const seen = isAlone ? glanceAt(store, queues) : undefined
  if (isAlone && options.cursor === undefined) {
    // Both go out together; what is not needed in the end cost no time.
    const [direct] = await Promise.all([byId(store, queues, text), seen])
    if (direct.rows.length > 0) return { ...direct, filter }
  }
  return { ...(await findJobs(store, filter, options, { queues, glances: await seen })), filter }
}

function isId(text: string): boolean {
  try {
    return checkJobId(text) === text
  } catch {
    return false
  }
}

/** In each queue that has a job of this id, for ids are unique in a queue only. */
async function byId(store: RedisStore, queues: readonly string[], id: string): Promise<JobPage> {
  const { now, records } = await readRows(
    store,
    queues.map((queue) => ({ queue, id })),
  )
  const rows = records.flatMap((record) => (record ? [toRow(record, now)] : []))
  return { rows, next: null, scanned: rows.length, total: rows.length, isCut: false, now }
}
