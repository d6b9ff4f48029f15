import { STATES } from '../core/states.ts'
import type { Context } from './context.ts'
import type { ErrorGroup, Overview, QueueRow } from './data/index.ts'

/** As many causes of failures are listed. */
export const MOST_CAUSES = 100

/** As many queues' error groups are put together for somebody who may not see all. */
const MOST_QUEUES = 20

/** What everyone reads is read once a second, then cut down to what this user may see. */
export async function visibleOverview(c: Context): Promise<Overview> {
  const overview = await c.reads.get('overview', () => c.data.readOverview(c.store))
  const { visibility } = c
  if (visibility.isAll) return overview
  const queues = overview.queues.filter(({ name }) => visibility.sees(name))
  const names = new Set(overview.queues.map(({ name }) => name))
  const totals = Object.fromEntries(
    STATES.map((state) => [state, queues.reduce((sum, { counts }) => sum + counts[state], 0)]),
  ) as Overview['totals']
  return {
    ...overview,
    queues,
    totals,
    problems: overview.problems.filter(
      ({ subject }) => subject === null || !names.has(subject) || visibility.sees(subject),
    ),
    errors: [],
    cron: visibility.of(overview.cron),
    // It is of all queues together.
    lastHour: [],
  }
}

/** @param known those of all queues, where they were read already @param awake without those that are snoozed */
export async function visibleErrors(
  c: Context,
  known?: readonly ErrorGroup[],
  limit = 5,
  awake = false,
): Promise<readonly ErrorGroup[]> {
  const { visibility, data, reads, store } = c
  if (visibility.isAll) {
    return known ?? reads.get(`errors ${limit} ${awake}`, () => data.readErrors(store, { limit, awake }))
  }
  const lists = await Promise.all(
    visibility.names
      .slice(0, MOST_QUEUES)
      .map((queue) =>
        reads.get(`errors ${limit} ${awake} ${queue}`, () => data.readErrors(store, { queue, limit, awake })),
      ),
  )
  const merged = new Map<string, ErrorGroup>()
  for (const group of lists.flat()) {
    const other = merged.get(group.fingerprint)
    merged.set(group.fingerprint, other === undefined ? onlyVisible(c, group) : other)
  }
  return [...merged.values()].sort((a, b) => b.jobs - a.jobs).slice(0, limit)
}

function onlyVisible({ visibility }: Context, group: ErrorGroup): ErrorGroup {
  return { ...group, queues: group.queues.filter((queue) => visibility.sees(queue)) }
}

export async function visibleQueues(c: Context): Promise<readonly QueueRow[]> {
  const rows = await c.reads.get('queues', () => c.data.readQueues(c.store))
  return rows.filter(({ name }) => c.visibility.sees(name))
}

/** Of all queues that this user may see, in order. */
export async function visibleNames({ reads, store, visibility }: Context): Promise<readonly string[]> {
  const names = await reads.get('names', () => store.queues())
  return names.filter((name) => visibility.sees(name)).sort()
}
