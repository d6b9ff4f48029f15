import type { Context, Drawn } from '../context.ts'
import type { WorkerRow } from '../data/index.ts'
import { Badge } from '../parts/badge.tsx'
import { ActionButtons, NameFilter, nameFilter } from '../parts/form.tsx'
import { ListPager, pageOf } from '../parts/pager.tsx'
import { Empty, Head, Panel } from '../parts/panel.tsx'
import { Table } from '../parts/table.tsx'
import { Duration, Foreign, Num, QueueLinks, Time } from '../parts/text.tsx'
import type { Redactor } from '../security/redact.ts'
import { href, jobHref, segment, type View } from '../view.ts'

/** As many workers make a page; with three jobs of each it stays below 60 KB. */
const PAGE = 20
/** A process whose event loop stood still for longer is slow to answer: with `isolation: 'none'` a job blocks it. */
const SLOW_LOOP_MS = 100

export async function workersPage(c: Context): Promise<Drawn> {
  const { v, visibility } = c
  const { t } = v
  const { now, workers } = await c.reads.get('worker facts', () => c.data.readWorkerFacts(c.store))
  const isMeant = nameFilter(v)
  const visible = workers.filter(
    ({ queues }) => visibility.isAll || queues.some((queue) => visibility.sees(queue)),
  )
  const page = pageOf(
    v,
    visible.filter(({ name }) => isMeant(name)),
    PAGE,
  )
  const names = page.rows.map(({ name }) => name).join()
  const read = () => c.data.readWorkers(c.store, { now, workers: page.rows })
  // Of a worker that also serves hidden queues only the rest is told.
  const rows = (await c.reads.get(`workers ${names}`, read)).map((worker) => ({
    ...worker,
    queues: worker.queues.filter((queue) => visibility.sees(queue)),
    jobs: visibility.of(worker.jobs),
  }))
  const mayControl = await c.access.can('worker:control')
  const body = (
    <>
      <Head title={t.workers.title}>
        <span class="muted">{visible.length > 0 && v.format.number(visible.length)}</span>
      </Head>
      {visible.length > PAGE && <NameFilter v={v} path="workers" />}
      <Panel flush>
        {rows.length === 0 && visible.length > 0 ? (
          <Empty title={t.common.noMatch} />
        ) : rows.length === 0 ? (
          <Empty title={t.workers.none}>
            <p>{t.workers.noneDetail}</p>
            <pre>npx rq worker default</pre>
          </Empty>
        ) : (
          <WorkerTable v={v} rows={rows} hide={c.hide} mayControl={mayControl} />
        )}
        <ListPager v={v} page={page} live="pager" />
      </Panel>
    </>
  )
  return { title: t.workers.title, section: 'workers', body }
}

function WorkerTable({
  v,
  rows,
  hide,
  mayControl,
}: {
  v: View
  rows: readonly WorkerRow[]
  hide: Redactor
  mayControl: boolean
}) {
  const { t } = v
  return (
    <Table
      v={v}
      name={t.workers.caption}
      columns={[
        t.common.worker,
        t.common.state,
        [t.workers.listens, 'middle'],
        t.workers.running,
        [t.workers.finished, 'n wider'],
        [t.workers.failed, 'n middle'],
        [t.workers.memory, 'n wider'],
        [t.workers.lag, 'n wider'],
        [t.workers.heard, 'n'],
      ]}
      rows="walk"
      live="workers"
      actions={mayControl}
    >
      {rows.map((worker) => (
        <Row v={v} worker={worker} hide={hide} mayControl={mayControl} />
      ))}
    </Table>
  )
}

function Row({
  v,
  worker,
  hide,
  mayControl,
}: {
  v: View
  worker: WorkerRow
  hide: Redactor
  mayControl: boolean
}) {
  const { t, format } = v
  const path = `workers/${segment(worker.name)}`
  const lag = worker.eventLoopLag
  return (
    <tr data-key={worker.name}>
      <th scope="row">
        <Foreign text={worker.name} clip />
        <span class="small muted">
          <Foreign text={`${worker.host} · ${worker.pid} · ${worker.version}`} />
        </span>
        <span class="small muted narrower">
          {t.workers.finished} {format.number(worker.finished)}
          {worker.rssBytes !== null && ` · ${t.workers.memory} ${format.bytes(worker.rssBytes)}`}
          {lag && (
            <>
              {' · '}
              <span class={isSlow(lag) ? 'warn' : undefined}>
                {t.workers.lag} <Lag v={v} lag={lag} />
              </span>
            </>
          )}
        </span>
      </th>
      <td>
        <WorkerBadge v={v} worker={worker} />{' '}
        <span class="small muted nowrap">{t.workers.slots(worker.busy, worker.concurrency)}</span>
      </td>
      <td class="middle">
        <QueueLinks v={v} queues={worker.queues} most={3} />
      </td>
      <td>
        {worker.jobs.slice(0, 3).map((job) => (
          <a class="clip" href={jobHref(v, job)}>
            <code>
              <Foreign text={hide.text(job.preview || job.func)} />
            </code>{' '}
            {job.startedAt !== null && <Duration v={v} ms={v.now - job.startedAt} />}
          </a>
        ))}
        {worker.busy > 3 && (
          <a class="small" href={href(v, 'jobs', { state: 'started', worker: worker.name })}>
            {t.common.and(worker.busy - 3)}
          </a>
        )}
      </td>
      <Num v={v} n={worker.finished} class="wider" />
      <Num v={v} n={worker.failed} class="middle" />
      <td class="n wider">{worker.rssBytes === null ? '–' : format.bytes(worker.rssBytes)}</td>
      <td class={`n wider${isSlow(lag) ? ' warn' : ''}`}>{lag ? <Lag v={v} lag={lag} /> : '–'}</td>
      <td class="n">
        <Time v={v} at={worker.heardAt} />
      </td>
      {mayControl && (
        <td>
          <div class="actions">
            <ActionButtons
              v={v}
              name={worker.name}
              actions={[
                [`${path}/quiet`, t.actions.quiet],
                [`${path}/stop`, t.actions.stopWorker],
              ]}
            />
            {worker.busy > 0 && (
              <a class="button quiet" href={href(v, `${path}/kill`)}>
                {t.actions.killJob}…
              </a>
            )}
          </div>
        </td>
      )}
    </tr>
  )
}

type Late = WorkerRow['eventLoopLag']

function isSlow(lag: Late): boolean {
  return lag !== null && lag.maxMs > SLOW_LOOP_MS
}

function Lag({ v: { t, format }, lag }: { v: View; lag: NonNullable<Late> }) {
  return (
    <>
      {format.duration(lag.p99Ms)}
      {isSlow(lag) && <span class="small nowrap"> {t.workers.lagMax(format.duration(lag.maxMs))}</span>}
    </>
  )
}

function WorkerBadge({ v, worker }: { v: View; worker: WorkerRow }) {
  const { t } = v
  if (worker.isSilent) {
    return (
      <Badge kind="s-failed" icon="warn">
        {t.workers.silent}
      </Badge>
    )
  }
  const [kind, icon] = (
    {
      idle: ['s-queued', 'gone'],
      busy: ['s-started', 'started'],
      suspended: ['s-paused', 'paused'],
      quiet: ['s-paused', 'paused'],
      stopping: ['s-stopped', 'stopped'],
    } as const
  )[worker.state] ?? ['s-queued', 'gone']
  return (
    <Badge kind={kind} icon={icon}>
      {t.workers[worker.state] ?? worker.state}
    </Badge>
  )
}
