import { type Context, type Drawn, mustSee } from '../context.ts'
import type { Flow, FlowNode } from '../data/index.ts'
import { StateBadge } from '../parts/badge.tsx'
import { Field, Hidden, Select } from '../parts/form.tsx'
import { Graph } from '../parts/graph.tsx'
import { Head, Panel, Scroll } from '../parts/panel.tsx'
import { Table } from '../parts/table.tsx'
import { Duration, Foreign, JobLink, QueueLink } from '../parts/text.tsx'
import { NotFound } from '../refusals.ts'
import { href, segment, type View } from '../view.ts'
import { drawJobs } from './jobs.tsx'

export async function flowsPage(c: Context): Promise<Drawn | Response> {
  const { v } = c
  const { t } = v
  const id = v.query.get('id')?.trim()
  if (id) {
    const kind = v.query.get('kind') === 'group' ? 'group' : 'job'
    return new Response(null, {
      status: 302,
      headers: { location: href(v, `flows/${kind}/${segment(id)}`) },
    })
  }
  const body = (
    <>
      <Head title={t.flows.title} />
      <Panel title={t.flows.open}>
        <form class="filters" method="get" action={href(v, 'flows')}>
          <Select
            label={t.flows.kind}
            name="kind"
            value="job"
            options={[
              ['job', t.flows.kinds.job],
              ['group', t.flows.kinds.group],
            ]}
          />
          <Field label={t.flows.id} name="id" required />
          <button type="submit">{t.common.apply}</button>
        </form>
      </Panel>
      <h2>{t.flows.waiting}</h2>
      {await drawJobs(c, { state: 'deferred' })}
    </>
  )
  return { title: t.flows.title, section: 'flows', body }
}

export async function flowPage(c: Context): Promise<Drawn | Response> {
  const { v } = c
  const { t } = v
  const { kind, id } = c.params as { kind: string; id: string }
  if (kind !== 'job' && kind !== 'group') throw new NotFound(t.flows.notFound)
  const queue = v.query.get('queue') ?? undefined
  if (queue !== undefined) mustSee(c, queue)
  const where = kind === 'job' && queue === undefined ? await c.store.find(id) : undefined
  if (where !== undefined && c.visibility.sees(where)) {
    // What it is found by need not be looked for again: the graph reaches further.
    const location = href(v, `flows/job/${segment(id)}`, { queue: where })
    return new Response(null, { status: 302, headers: { location } })
  }
  const of = kind === 'group' ? { group: id } : { job: id, ...(queue !== undefined && { queue }) }
  const whole = await c.reads.get(`flow ${JSON.stringify(of)}`, () => c.data.readFlow(c.store, of))
  const flow = whole && visibleFlow(c, whole)
  if (flow === undefined || (flow.nodes.length === 0 && flow.group === null))
    throw new NotFound(t.flows.notFound)
  const failed = flow.nodes.filter(({ state }) => state === 'failed' || state === 'stopped')
  const waiting = flow.nodes.filter(({ state }) =>
    ['queued', 'scheduled', 'deferred', 'limited'].includes(state),
  )
  const ends = new Set<string>(failed.map(({ ref }) => ref))
  const blocked = waiting.filter(
    ({ state, blockedBy }) => state === 'deferred' && blockedBy.some((ref) => ends.has(ref)),
  )
  const [mayRetry, mayCancel, mayRelease] = await Promise.all(
    (['job:retry', 'job:cancel', 'job:move'] as const).map((action) => c.access.can(action)),
  )
  const body = (
    <>
      <Head
        title={
          <>
            {t.flows.kinds[kind]} <code>{id}</code>
          </>
        }
        crumbs={<a href={href(v, 'flows')}>{t.flows.title}</a>}
        actions={
          <>
            {mayRetry && <Many v={v} nodes={failed} action="retry" label={t.flows.retryFailed} />}
            {mayRelease && <Many v={v} nodes={blocked} action="release" label={t.flows.releaseBlocked} />}
            {mayCancel && <Many v={v} nodes={waiting} action="cancel" label={t.flows.cancelRest} />}
          </>
        }
      />
      <Panel
        title={t.flows.graph(flow.nodes.length, flow.edges.length)}
        flush
        live="graph"
        more={
          <span class="muted">
            {flow.group && t.flows.group(flow.group.ended, flow.group.total)}{' '}
            {flow.criticalMs > 0 && t.flows.critical(v.format.duration(flow.criticalMs))}{' '}
            {flow.isCut && t.flows.cut}
          </span>
        }
      >
        <Scroll v={v} name={t.flows.title}>
          <Graph v={v} flow={flow} hide={c.hide} />
        </Scroll>
      </Panel>
      <Panel title={t.flows.list} flush>
        <List c={c} flow={flow} />
      </Panel>
    </>
  )
  return { title: t.flows.of(id), section: 'flows', body }
}

function visibleFlow({ visibility }: Context, flow: Flow): Flow {
  if (visibility.isAll) return flow
  const nodes = visibility.of(flow.nodes) as readonly FlowNode[]
  const refs = new Set(nodes.map(({ ref }) => ref))
  return {
    ...flow,
    nodes,
    edges: flow.edges.filter(({ from, to }) => refs.has(from) && refs.has(to)),
    group: nodes.length === 0 ? null : flow.group,
  }
}

function Many({
  v,
  nodes,
  action,
  label,
}: {
  v: View
  nodes: readonly FlowNode[]
  action: string
  label: string
}) {
  if (nodes.length === 0) return null
  return (
    <form method="post" action={href(v, 'bulk')} class="inline">
      <Hidden fields={{ back: v.here }} />
      {nodes.map(({ ref }) => (
        <input type="hidden" name="ref" value={ref} />
      ))}
      <button type="submit" name="action" value={action}>
        {label}…
      </button>
    </form>
  )
}

function List({ c, flow }: { c: Context; flow: Flow }) {
  const { v } = c
  const { t } = v
  const names = new Map(flow.nodes.map((node) => [node.ref, node]))
  return (
    <Table
      v={v}
      name={t.flows.list}
      columns={[
        t.common.job,
        t.common.function,
        t.common.state,
        [t.common.queue, 'middle'],
        [t.common.ran, 'n'],
        t.flows.blockedBy,
      ]}
      rows="walk"
      live="nodes"
    >
      {flow.nodes.map((node) => (
        <tr data-key={node.ref}>
          <td>
            <JobLink v={v} job={node} />
          </td>
          <td>
            <code class="clip">
              <Foreign text={c.hide.text(node.preview || node.func)} />
            </code>
            {node.isCritical && <span class="small muted">{t.flows.criticalWord}</span>}
          </td>
          <td>
            <StateBadge v={v} state={node.state} />
          </td>
          <td class="middle">
            <QueueLink v={v} queue={node.queue} />
          </td>
          <td class="n">
            <Duration v={v} ms={node.ranMs} />
          </td>
          <td>
            {node.blockedBy.slice(0, 5).map((ref) => {
              const parent = names.get(ref)
              return parent && <JobLink v={v} job={parent} />
            })}
            {node.blockedBy.length > 5 && (
              <span class="muted"> {t.common.and(node.blockedBy.length - 5)}</span>
            )}
          </td>
        </tr>
      ))}
    </Table>
  )
}
