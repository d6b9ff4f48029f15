import { displayName } from '../../core/function-name.ts'
import type { Context, Drawn } from '../context.ts'
import { mustSee } from '../context.ts'
import type { FunctionMetrics, MetricsReport } from '../data/index.ts'
import { LineChart } from '../parts/chart.tsx'
import { Field, Hidden, Known } from '../parts/form.tsx'
import { Empty, Head, Panel } from '../parts/panel.tsx'
import { Table } from '../parts/table.tsx'
import { exact, Foreign, Num } from '../parts/text.tsx'
import { href, hrefHere, type View } from '../view.ts'

const RANGES: Readonly<Record<string, number>> = {
  '1h': 3_600_000,
  '6h': 6 * 3_600_000,
  '1d': 86_400_000,
  '7d': 7 * 86_400_000,
  '30d': 30 * 86_400_000,
  '90d': 90 * 86_400_000,
}

export async function metricsPage(c: Context): Promise<Drawn> {
  const { v, visibility } = c
  const { t } = v
  const range = Object.hasOwn(RANGES, v.query.get('range') ?? '') ? v.query.get('range')! : '1h'
  // The history over all queues would tell of those that are hidden.
  const queue = v.query.get('queue')?.trim() || (visibility.isAll ? undefined : visibility.names[0])
  if (queue !== undefined) mustSee(c, queue)
  const typed = v.query.get('func')?.trim() || undefined
  const known = typed === undefined ? [] : await c.data.readFunctions(c.store, queue)
  const func = typed === undefined ? undefined : (functionOf(typed, known) ?? typed)
  const to = Math.ceil(v.now / 10_000) * 10_000
  const from = to - RANGES[range]!
  const query = { from, to, ...(queue && { queue }), ...(func && { func }) }
  const [report, deploys] = await Promise.all([
    c.reads.get(`metrics ${JSON.stringify([range, queue, func])}`, () => c.data.readMetrics(c.store, query)),
    c.reads.get(`deploys ${range}`, () => c.data.readDeploys(c.store, from, to)),
  ])
  const body = (
    <>
      <Head title={t.metrics.title} />
      <nav class="tabs" aria-label={t.metrics.range}>
        {Object.keys(RANGES).map((each) => (
          <a href={hrefHere(v, { range: each })} aria-current={each === range ? 'page' : undefined}>
            {t.metrics.ranges[each]}
          </a>
        ))}
      </nav>
      <form class="filters" method="get" action={href(v, 'metrics-ui')}>
        <Hidden fields={{ range }} />
        <Field label={t.common.queue} name="queue" value={queue ?? ''} />
        <Field label={t.common.function} name="func" value={func ?? ''} list="functions" />
        <Known
          id="functions"
          names={typed === undefined ? report.functions.map((each) => each.func) : known}
        />
        <button type="submit">{t.common.apply}</button>
      </form>
      {runsOf(report.total) === 0 ? (
        <Panel>
          <Empty title={t.metrics.none}>
            <p>{t.metrics.noneDetail}</p>
          </Empty>
        </Panel>
      ) : (
        <>
          <Charts v={v} report={report} deploys={deploys} />
          {report.functions.length > 0 && <Functions v={v} functions={report.functions} range={range} />}
          <Steps v={v} report={report} />
        </>
      )}
    </>
  )
  return { title: t.metrics.title, section: 'metrics', body }
}

/** The one that was typed: in full, as it is shown, or a part of it that is in no other. */
function functionOf(typed: string, known: readonly string[]): string | undefined {
  if (known.includes(typed)) return typed
  const [shown] = known.filter((name) => displayName(name) === typed)
  const [part, another] = known.filter((name) => name.includes(typed) || displayName(name).includes(typed))
  return shown ?? (another === undefined ? part : undefined)
}

function runsOf({ finished, failed, retried, stopped }: Omit<FunctionMetrics, 'func'>): number {
  return finished + failed + retried + stopped
}

function Charts({
  v,
  report,
  deploys,
}: {
  v: View
  report: MetricsReport
  deploys: readonly { at: number; label: string }[]
}) {
  const { t, format } = v
  const at = report.points.map((point) => point.at)
  const compact = (n: number) => format.compact(Math.round(n))
  const duration = (ms: number) => format.duration(ms)
  return (
    <div class="cols three">
      <Panel title={t.metrics.throughput}>
        <LineChart
          v={v}
          title={t.metrics.throughput}
          at={at}
          text={compact}
          marks={deploys}
          series={[
            { label: t.states.finished, kind: '', values: report.points.map(({ finished }) => finished) },
            { label: t.states.failed, kind: 'bad', values: report.points.map(({ failed }) => failed) },
            { label: t.metrics.retries, kind: 'warn', values: report.points.map(({ retried }) => retried) },
          ]}
        />
      </Panel>
      {(['duration', 'wait'] as const).map((what) => {
        const title = what === 'duration' ? t.metrics.durations : t.metrics.waits
        return (
          <Panel title={title}>
            <LineChart
              v={v}
              title={title}
              at={at}
              text={duration}
              marks={deploys}
              series={[
                {
                  label: t.metrics.p50,
                  kind: '',
                  values: report.points.map((point) => point[what]?.p50 ?? null),
                },
                {
                  label: t.metrics.p95,
                  kind: 'warn',
                  values: report.points.map((point) => point[what]?.p95 ?? null),
                },
                {
                  label: t.metrics.p99,
                  kind: 'violet',
                  values: report.points.map((point) => point[what]?.p99 ?? null),
                },
              ]}
            />
          </Panel>
        )
      })}
    </div>
  )
}

function Functions({
  v,
  functions,
  range,
}: {
  v: View
  functions: readonly FunctionMetrics[]
  range: string
}) {
  const { t, format } = v
  const time = (ms: number | undefined, more = '') => (
    <td class={`n ${more}`}>{ms === undefined ? '–' : format.duration(ms)}</td>
  )
  return (
    <Panel title={t.metrics.byFunction} flush>
      <Table
        v={v}
        name={t.metrics.byFunction}
        columns={[
          t.common.function,
          [t.metrics.runs, 'n'],
          [t.metrics.failedShare, 'n'],
          [t.metrics.retries, 'n middle'],
          [`${t.metrics.ran} ${t.metrics.p50}`, 'n'],
          [t.metrics.p95, 'n middle'],
          [t.metrics.p99, 'n wide'],
          [`${t.metrics.waited} ${t.metrics.p50}`, 'n middle'],
          [t.metrics.p95, 'n wide'],
        ]}
        rows="walk"
      >
        {functions.slice(0, 100).map((row) => (
          <tr data-key={row.func}>
            <td>
              <a href={hrefHere(v, { func: row.func, range })}>
                <code class="clip">
                  <Foreign text={row.func} />
                </code>
              </a>
            </td>
            <Num v={v} n={runsOf(row)} />
            <td class={`n ${row.failed ? 'bad' : 'zero'}`}>
              {format.percent(row.failed / Math.max(1, runsOf(row)))}
            </td>
            <Num v={v} n={row.retried} class="middle" />
            {time(row.duration?.p50)}
            {time(row.duration?.p95, 'middle')}
            {time(row.duration?.p99, 'wide')}
            {time(row.wait?.p50, 'middle')}
            {time(row.wait?.p95, 'wide')}
          </tr>
        ))}
      </Table>
    </Panel>
  )
}

/** What the charts show, as a table. */
function Steps({ v, report }: { v: View; report: MetricsReport }) {
  const { t, format } = v
  const points = report.points.filter((point) => runsOf(point) > 0).reverse()
  return (
    <details class="fold">
      <summary>{t.overview.asTable}</summary>
      <Panel flush>
        <Table
          v={v}
          name={t.metrics.throughput}
          columns={[
            t.metrics.step,
            [t.states.finished, 'n'],
            [t.states.failed, 'n'],
            [`${t.metrics.ran} ${t.metrics.p95}`, 'n'],
            [`${t.metrics.waited} ${t.metrics.p95}`, 'n'],
          ]}
        >
          {points.slice(0, 200).map((point) => (
            <tr>
              <th scope="row">{exact(v, point.at)}</th>
              <Num v={v} n={point.finished} />
              <Num v={v} n={point.failed} />
              <td class="n">{point.duration ? format.duration(point.duration.p95) : '–'}</td>
              <td class="n">{point.wait ? format.duration(point.wait.p95) : '–'}</td>
            </tr>
          ))}
        </Table>
      </Panel>
    </details>
  )
}
