import { visibleEntries } from '../audit-entries.ts'
import { type Context, mustSee } from '../context.ts'
import type { JobDetail, JobPage, PayloadField } from '../data/index.ts'
import { readVisibleJob } from '../pages/job.tsx'
import { filterOf } from '../pages/jobs.tsx'
import { decodePayload } from '../parts/payload.tsx'
import { visibleErrors, visibleOverview, visibleQueues, visibleSystem } from '../reads.ts'
import { NotFound } from '../refusals.ts'
import { REVEALED } from '../security/redact.ts'
import { timeOf } from '../time-of.ts'
import type { Endpoint } from './index.ts'

const LIMIT = { default: 50, most: 500 }

/** The pages' data as JSON, by the same rules: what may not be seen is not there, secrets are hidden. */
export const API_GETS: Readonly<Record<string, Endpoint>> = {
  '/api/v1/overview': async (c) => {
    const overview = await visibleOverview(c)
    return { schema: 'rq.overview/1', data: { ...overview, errors: await errors(c, 5) } }
  },
  '/api/v1/queues': async (c) => ({ schema: 'rq.queues/1', data: await visibleQueues(c) }),
  '/api/v1/queues/:queue': async (c) => {
    const name = c.params.queue!
    mustSee(c, name)
    const queue = await c.data.readQueue(c.store, name)
    if (queue === undefined) throw new NotFound(`no queue ${name}`)
    return { schema: 'rq.queue/1', data: queue }
  },
  '/api/v1/jobs': async (c) => {
    const page = await c.data.findJobs(c.store, filterOf(c.v.query), options(c))
    return { schema: 'rq.jobs/1', data: redacted(c, page) }
  },
  '/api/v1/search': async (c) => {
    const page = await c.data.search(c.store, c.v.query.get('q') ?? '', options(c))
    return { schema: 'rq.jobs/1', data: redacted(c, page) }
  },
  '/api/v1/jobs/:id': async (c) => ({ schema: 'rq.job/1', data: await job(c) }),
  '/api/v1/failures': async (c) => ({ schema: 'rq.failures/1', data: await errors(c, limitOf(c)) }),
  '/api/v1/schedule': async (c) => {
    const rows = c.visibility.of(await c.data.readCron(c.store))
    const data = rows.map((row) => ({ ...row, preview: c.hide.text(row.preview) }))
    return { schema: 'rq.schedule/1', data }
  },
  '/api/v1/flows/:kind/:id': async (c) => {
    const { kind, id = '' } = c.params
    if (!c.visibility.isAll) throw new NotFound('flows are told only to those who may see all queues')
    const queue = c.v.query.get('queue') ?? undefined
    const of = kind === 'group' ? { group: id } : { job: id, ...(queue !== undefined && { queue }) }
    const flow = await c.data.readFlow(c.store, of)
    if (flow === undefined) throw new NotFound(`no flow of ${id}`)
    const nodes = flow.nodes.map((node) => ({ ...node, preview: c.hide.text(node.preview) }))
    return { schema: 'rq.flow/1', data: { ...flow, nodes } }
  },
  '/api/v1/workers': async (c) => {
    const workers = await c.reads.get('workers', () => c.data.readWorkers(c.store))
    const data = workers
      .map((worker) => ({
        ...worker,
        queues: worker.queues.filter((queue) => c.visibility.sees(queue)),
        jobs: c.visibility.of(worker.jobs).map((each) => ({ ...each, preview: c.hide.text(each.preview) })),
      }))
      .filter(({ queues }) => queues.length > 0 || c.visibility.isAll)
    return { schema: 'rq.workers/1', data }
  },
  '/api/v1/metrics': async (c) => {
    const { query, now } = c.v
    const queue = query.get('queue') || (c.visibility.isAll ? undefined : c.visibility.names[0])
    if (queue !== undefined) mustSee(c, queue)
    const from = timeOf(query.get('from') || '-1h', 'from', now)
    const to = query.has('to') ? timeOf(query.get('to')!, 'to', now) : now
    const func = query.get('func')
    const report = await c.data.readMetrics(c.store, {
      from,
      to,
      ...(queue && { queue }),
      ...(func && { func }),
    })
    return { schema: 'rq.metrics/1', data: report }
  },
  '/api/v1/system': async (c) => {
    await c.access.need('system:view')
    return { schema: 'rq.system/1', data: await visibleSystem(c) }
  },
  '/api/v1/audit': async (c) => {
    await c.access.need('audit:view')
    const cursor = c.v.query.get('cursor')
    const data = await c.data.readAudit(c.store, { limit: limitOf(c), ...(cursor && { cursor }) })
    return { schema: 'rq.audit/1', data: { ...data, entries: await visibleEntries(c, data.entries) } }
  },
  '/api/v1/operations/:id': async (c) => {
    const operation = c.operations.find(c.params.id!, c.access.user.name)
    if (operation === undefined) throw new NotFound(c.v.t.bulk.gone)
    const { error, owner: _, ...rest } = operation
    return {
      schema: 'rq.operation/1',
      data: { ...rest, ...(error !== undefined && { error: String(error) }) },
    }
  },
}

function limitOf({ v }: Context): number {
  const limit = Math.floor(Number(v.query.get('limit'))) || LIMIT.default
  return Math.min(Math.max(1, limit), LIMIT.most)
}

function options(c: Context) {
  const cursor = c.v.query.get('cursor')
  return { limit: limitOf(c), ...(cursor && { cursor }) }
}

function redacted(c: Context, page: JobPage) {
  const rows = c.visibility.of(page.rows).map((row) => ({
    ...row,
    preview: c.hide.text(row.preview),
    error: row.error === null ? null : c.hide.text(row.error),
  }))
  const { scanned, total, ...rest } = page
  return { ...rest, rows, ...(c.visibility.isAll && { scanned, total }) }
}

async function errors(c: Context, limit: number) {
  const groups = await visibleErrors(c, undefined, limit)
  return groups.map((group) => ({ ...group, message: c.hide.text(group.message) }))
}

/** With `?reveal=1`, and the right to it, as it is stored. */
async function job(c: Context) {
  const detail = await readVisibleJob(c)
  const { row } = detail
  const isRevealed =
    c.v.query.get('reveal') === '1' && (await c.access.can('job:reveal', { queue: row.queue, job: row.id }))
  const hide = isRevealed ? REVEALED : c.hide
  const payloads = Object.fromEntries(
    (Object.entries(detail.payloads) as [PayloadField, JobDetail['payloads'][PayloadField]][]).map(
      ([name, payload]) => {
        if (payload === null) return [name, null]
        const { bytes, isCut, sealed } = payload
        if (sealed !== undefined) return [name, { bytes, isCut, sealed }]
        const { isJson, value, text, isLost } = decodePayload(payload, hide)
        return [name, { bytes, isCut, ...(isJson ? { value } : { text }), ...(isLost && { isLost }) }]
      },
    ),
  )
  return {
    ...detail,
    row: { ...row, preview: hide.text(row.preview), error: row.error === null ? null : hide.text(row.error) },
    payloads,
    description: detail.description === null ? null : hide.text(detail.description),
    error: hide.value(detail.error),
    runs: hide.value(detail.runs),
    log: { ...detail.log, lines: detail.log.lines.map((line) => ({ ...line, text: hide.text(line.text) })) },
    parents: c.visibility.of(detail.parents),
    dependents: c.visibility.of(detail.dependents),
    told: c.visibility.of(detail.told),
  }
}
