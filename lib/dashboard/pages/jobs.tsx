import { InvalidArgumentError } from '../../core/errors.ts'
import { isEnded, type JobStatus, STATES } from '../../core/states.ts'
import { isCounted } from '../../queue/find/find.ts'
import { BULK_RIGHTS } from '../actions/rights.ts'
import type { Context, Drawn } from '../context.ts'
import { type BulkAction, type JobFilter, type JobPage, ORDERS, type Order } from '../data/index.ts'
import { Field, Hidden, Known, Select } from '../parts/form.tsx'
import { JobTable } from '../parts/job-table.tsx'
import { Pager } from '../parts/pager.tsx'
import { Empty, Head, Notice, Panel } from '../parts/panel.tsx'
import { queueNames, visibleNames } from '../reads.ts'
import { timeOf } from '../time-of.ts'
import { href, hrefHere, segment, type View } from '../view.ts'

/** What can be done to jobs in a list, by the state that it is of. */
const OFFERED: Readonly<Record<JobStatus | 'any', readonly BulkAction[]>> = {
  queued: ['cancel', 'front', 'move', 'delete'],
  started: ['stop'],
  deferred: ['release', 'cancel', 'delete'],
  scheduled: ['cancel', 'move', 'delete'],
  limited: ['cancel', 'delete'],
  finished: ['duplicate', 'delete'],
  failed: ['retry', 'delete'],
  stopped: ['retry', 'delete'],
  canceled: ['retry', 'delete'],
  any: ['retry', 'cancel', 'delete'],
}

/** Jobs a page: with long previews it stays below 60 KB. */
const ROWS = 36

const FILTERS = ['state', 'queue', 'fn', 'tag', 'worker', 'error', 'text', 'from', 'to'] as const

export async function jobsPage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t } = v
  const filter = filterOf(v.query, v.now, v.timeZone)
  const [list, queues] = await Promise.all([drawJobs(c, filter), visibleNames(c)])
  const body = (
    <>
      <Head title={t.jobs.title} />
      <form class="filters" method="get" action={href(v, 'jobs')}>
        <Select
          label={t.common.state}
          name="state"
          value={filter.state ?? ''}
          options={[['', t.common.all], ...STATES.map((state) => [state, t.states[state]] as const)]}
        />
        <Field label={t.common.queue} name="queue" value={filter.queue ?? ''} list="queues" />
        <Known id="queues" names={queues} />
        <Field label={t.common.function} name="fn" value={filter.fn ?? ''} />
        <Field label={t.jobs.tag} name="tag" value={filter.tag ?? ''} />
        <Field label={t.jobs.text} name="text" value={filter.text ?? ''} />
        <Field
          label={t.jobs.from(v.timeZone)}
          name="from"
          value={v.query.get('from') ?? ''}
          placeholder={t.jobs.fromHint}
        />
        <Field
          label={t.jobs.to(v.timeZone)}
          name="to"
          value={v.query.get('to') ?? ''}
          placeholder={t.jobs.fromHint}
        />
        <Select
          label={t.common.order}
          name="order"
          value={orderOf(v.query) ?? ''}
          options={[
            ['', '–'],
            ['newest', t.common.newest],
            ['oldest', t.common.oldest],
          ]}
        />
        <button type="submit">{t.common.apply}</button>
        <a class="button quiet" href={href(v, 'jobs')}>
          {t.common.reset}
        </a>
      </form>
      {list}
    </>
  )
  return { title: t.jobs.title, section: 'jobs', body }
}

/** The header's search box: an id from any log leads to its job. */
export async function searchPage(c: Context): Promise<Drawn | Response> {
  const { v } = c
  const { t } = v
  const query = (v.query.get('q') ?? '').trim().slice(0, 500)
  if (query === '') return jobsPage(c)
  try {
    const found = await c.data.search(c.store, query, optionsOf(v.query))
    const rows = c.visibility.of(found.rows)
    const only = rows.length === 1 && rows[0]!.id === query ? rows[0] : undefined
    if (only) {
      const place = href(v, `jobs/${segment(only.id)}`, { queue: only.queue })
      return new Response(null, { status: 302, headers: { location: place } })
    }
    const body = (
      <>
        <Head title={t.jobs.found(query)} />
        <List c={c} page={{ ...found, rows }} filter={found.filter} withQueue />
      </>
    )
    return { title: t.jobs.found(query), section: 'jobs', body }
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    const body = (
      <>
        <Head title={t.jobs.badQuery} />
        <Notice kind="bad">{error.message}</Notice>
      </>
    )
    return { title: t.jobs.badQuery, section: 'jobs', body, status: 400 }
  }
}

/** The list of what a filter finds, with what can be done to it. */
export async function drawJobs(
  c: Context,
  filter: JobFilter,
  { withQueue = true, limit = ROWS }: { withQueue?: boolean; limit?: number } = {},
): Promise<any> {
  const options = optionsOf(c.v.query, limit)
  const key = `jobs ${JSON.stringify([filter, options])}`
  const read = async () => c.data.findJobs(c.store, filter, options, { queues: await queueNames(c) })
  const page = await c.reads.get(key, read)
  return (
    <List c={c} page={{ ...page, rows: c.visibility.of(page.rows) }} filter={filter} withQueue={withQueue} />
  )
}

/** @param zone of times that say none; else UTC @throws InvalidArgumentError for what cannot be read */
export function filterOf(query: URLSearchParams, now = Date.now(), zone?: string): JobFilter {
  const filter: Record<string, unknown> = {}
  for (const name of FILTERS) {
    const text = query.get(name)?.trim().slice(0, 500)
    if (!text) continue
    filter[name] = name === 'from' || name === 'to' ? timeOf(text, name, now, zone) : text
  }
  if (filter.state !== undefined && !STATES.includes(filter.state as JobStatus)) {
    throw new InvalidArgumentError(
      `state: expected one of ${STATES.join(', ')}, got ${JSON.stringify(filter.state)}`,
    )
  }
  return filter
}

function orderOf(query: URLSearchParams): Order | undefined {
  return ORDERS.find((order) => order === query.get('order'))
}

function optionsOf(query: URLSearchParams, limit = ROWS) {
  const cursor = query.get('cursor')?.slice(0, 1000)
  const order = orderOf(query)
  return { limit, ...(cursor && { cursor }), ...(order && { order }) }
}

async function List({
  c,
  page,
  filter,
  withQueue,
}: {
  c: Context
  page: JobPage
  filter: JobFilter
  withQueue: boolean
}) {
  const { v } = c
  const { t } = v
  if (page.rows.length === 0 && page.next === null) {
    const isPlain =
      filter.state !== undefined && Object.keys(filter).every((key) => key === 'state' || key === 'queue')
    return (
      <Panel live="none">
        <Empty title={t.jobs.none}>
          <p>{isPlain ? t.jobs.noneState[filter.state!] : t.jobs.noMatch}</p>
        </Empty>
      </Panel>
    )
  }
  const offered = OFFERED[filter.state ?? 'any']
  const resource = filter.queue === undefined ? {} : { queue: filter.queue }
  const rights = await c.access.allowed(
    offered.map((action) => BULK_RIGHTS[action]),
    resource,
  )
  const actions = offered.filter((action) => rights.has(BULK_RIGHTS[action]))
  const mayExport = await c.access.can('job:export', resource)
  const form = actions.length > 0 ? 'bulk' : undefined
  return (
    <Panel flush>
      <JobTable v={v} rows={page.rows} hide={c.hide} form={form} withQueue={withQueue} live="rows" />
      <Pages c={c} page={page} filter={filter} mayExport={mayExport} />
      {form && <Bulk v={v} page={page} filter={filter} actions={actions} isPartial={!c.visibility.isAll} />}
    </Panel>
  )
}

function Pages({
  c,
  page,
  filter,
  mayExport,
}: {
  c: Context
  page: JobPage
  filter: JobFilter
  mayExport: boolean
}) {
  const { v } = c
  const { t, format } = v
  // For who may not see all queues, how many there are in all is nobody's business.
  const scanned = c.visibility.isAll || filter.queue !== undefined
  return (
    <Pager
      v={v}
      by="cursor"
      isFirst={!v.query.has('cursor')}
      next={page.next}
      nextLabel={page.isCut ? t.jobs.goOn : t.common.next}
      shown={
        scanned &&
        // Where all match, how many it took to look at for this page says nothing.
        (isCounted(filter)
          ? t.common.jobs(page.total)
          : t.jobs.scanned(format.number(page.scanned), format.number(page.total)))
      }
      live="pager"
    >
      {page.rows.length > 0 && (
        <a class="button quiet" href={hrefHere(v, { order: otherOrder(v, filter), cursor: null })}>
          {t.common[otherOrder(v, filter)]}
        </a>
      )}
      {mayExport && page.rows.length > 0 && (
        <a class="button quiet" href={href(v, 'jobs.csv', queryOf(filter))}>
          {t.actions.export}
        </a>
      )}
    </Pager>
  )
}

/** What waits is listed as it will run, the rest with the latest first, unless the address says otherwise. */
function otherOrder(v: View, { state }: JobFilter): Order {
  const order = orderOf(v.query) ?? (state === undefined || isEnded(state) ? 'newest' : 'oldest')
  return order === 'newest' ? 'oldest' : 'newest'
}

/** One form for those that are ticked, and for all that match as they were seen. */
function Bulk({
  v,
  page,
  filter,
  actions,
  isPartial,
}: {
  v: View
  page: JobPage
  filter: JobFilter
  actions: readonly BulkAction[]
  isPartial: boolean
}) {
  const { t } = v
  const isNumbered = isCounted(filter)
  const hasMore = isNumbered ? page.total > page.rows.length : page.next !== null || v.query.has('cursor')
  const all = hasMore && filter.state !== undefined && !(isPartial && filter.queue === undefined)
  return (
    <form id="bulk" method="post" action={href(v, 'bulk')} class="bulk actions">
      <Hidden
        fields={{
          back: v.here,
          filter: JSON.stringify(filter),
          at: String(page.now),
          seen: isNumbered ? String(page.total) : undefined,
        }}
      />
      <span class="muted small">{t.actions.withSelected}</span>
      {actions.map((action) => (
        <button type="submit" name="action" value={action} class={action === 'delete' ? 'danger' : ''}>
          {t.actions[action]}
        </button>
      ))}
      {all && (
        <label class="small">
          <input type="checkbox" name="all" value="1" />{' '}
          {isNumbered ? t.actions.allMatching(page.total) : t.actions.allThatMatch}
        </label>
      )}
    </form>
  )
}

/** A filter as the query of a link. */
export function queryOf(filter: JobFilter): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filter).map(([key, value]) => [
      key,
      typeof value === 'number' ? new Date(value).toISOString() : String(value),
    ]),
  )
}
