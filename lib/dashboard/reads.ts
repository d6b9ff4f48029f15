import { STATES } from '../core/states.ts'
import type { Context } from './context.ts'
import type { CronRow, ErrorGroup, ErrorOptions, Overview, QueueRow, SystemReport } from './data/index.ts'

/** Of all queues together as many causes of failures are listed, and of each queue as many are looked at. */
export const MOST_CAUSES = 100

/** What everyone reads is read once a second, then cut down to what this user may see. */
export async function visibleOverview(c: Context): Promise<Overview> {
  const overview = await c.reads.get('overview', () => c.data.readOverview(c.store))
  const { visibility } = c
  if (visibility.isAll) return overview
  const queues = overview.queues.filter(({ name }) => visibility.sees(name))
  const isHidden = hiddenOf(c, overview.queues)
  const totals = Object.fromEntries(
    STATES.map((state) => [state, queues.reduce((sum, { counts }) => sum + counts[state], 0)]),
  ) as Overview['totals']
  return {
    ...overview,
    queues,
    totals,
    problems: overview.problems.filter(({ subject }) => !isHidden(subject)),
    errors: [],
    cron: visibility.of(overview.cron),
    // It is of all queues together.
    lastHour: [],
  }
}

/** What the server tells of itself, without what would tell of queues that this user may not see. */
export async function visibleSystem(c: Context): Promise<SystemReport> {
  const report = await c.reads.get('system', () => c.data.readSystem(c.store))
  const { visibility } = c
  if (visibility.isAll) return report
  const queues = report.queues.filter(({ name }) => visibility.sees(name))
  const isHidden = hiddenOf(c, report.queues)
  return {
    ...report,
    queues,
    keys: { ...report.keys, ours: queues.reduce((sum, { jobs }) => sum + jobs, 0) },
    // Its commands name keys of all queues.
    slow: [],
    findings: report.findings.filter(({ subject }) => !isHidden(subject ?? null)),
  }
}

/** Whether something is about a queue that this user may not see. */
function hiddenOf({ visibility }: Context, queues: readonly { readonly name: string }[]) {
  const names = new Set(queues.map(({ name }) => name))
  return (subject: string | null) => subject !== null && names.has(subject) && !visibility.sees(subject)
}

/** @param known those of all queues, where they were read already @param awake without those that are snoozed */
export async function visibleErrors(
  c: Context,
  known?: readonly ErrorGroup[],
  limit = 5,
  awake = false,
): Promise<readonly ErrorGroup[]> {
  return known && c.visibility.isAll ? known : readVisible(c, { limit, awake })
}

/** One of them; undefined where no job is failed for it. */
export async function visibleError(c: Context, fingerprint: string): Promise<ErrorGroup | undefined> {
  return (await readVisible(c, { fingerprint }))[0]
}

/** Of these, when the jobs failed that are failed now. */
export function readTrendsOf(
  { reads, data, store }: Context,
  groups: readonly ErrorGroup[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const causes = groups.map(({ fingerprint, queues }) => ({ fingerprint, queues }))
  return reads.get(`trends ${JSON.stringify(causes)}`, () => data.readTrends(store, causes))
}

/** The names of cron entries in order. */
export function visibleCronNames({ visibility, reads, data, store }: Context): Promise<readonly string[]> {
  const queues = visibility.isAll ? undefined : visibility.names
  return reads.get(`cron names ${JSON.stringify(queues)}`, () => data.readCronNames(store, queues))
}

/** Cron entries of these names. */
export async function visibleCron(c: Context, names: readonly string[]): Promise<readonly CronRow[]> {
  const rows = await c.reads.get(`cron ${JSON.stringify(names)}`, () => c.data.readCron(c.store, names))
  return c.visibility.of(rows)
}

/** Of the queues that are seen alone: numbers of what is in several are those of these. */
function readVisible(
  { visibility, data, reads, store }: Context,
  options: ErrorOptions,
): Promise<readonly ErrorGroup[]> {
  const seen = visibility.isAll ? options : { ...options, queues: visibility.names }
  return reads.get(`errors ${JSON.stringify(seen)}`, () => data.readErrors(store, seen))
}

export async function visibleQueues(c: Context): Promise<readonly QueueRow[]> {
  const rows = await c.reads.get('queues', () => c.data.readQueues(c.store))
  return rows.filter(({ name }) => c.visibility.sees(name))
}

/** Of all queues that this user may see, in order. */
export async function visibleNames(c: Context): Promise<readonly string[]> {
  const names = await queueNames(c)
  return names.filter((name) => c.visibility.sees(name)).sort()
}

/** Of all queues, whoever asks. */
export function queueNames({ reads, store }: Context): Promise<readonly string[]> {
  return reads.get('names', () => store.queues())
}
