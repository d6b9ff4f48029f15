import type { Context, Drawn } from '../context.ts'
import type { Pace, QueueRow } from '../data/index.ts'
import { inflow } from '../inflow.ts'
import { Badge } from '../parts/badge.tsx'
import { ActionButton, Hidden, NameFilter, nameFilter } from '../parts/form.tsx'
import { ListPager, pageOf } from '../parts/pager.tsx'
import { Empty, Head, Panel } from '../parts/panel.tsx'
import { Sparkline } from '../parts/sparkline.tsx'
import { Table } from '../parts/table.tsx'
import { Duration, Foreign, Num, QueueLink } from '../parts/text.tsx'
import { printable } from '../printable.ts'
import { visibleQueues } from '../reads.ts'
import { hrefHere, queueHref, segment, type View } from '../view.ts'

/** As many queues make a page. */
const PAGE = 50

export async function queuesPage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t } = v
  const [all, now] = await Promise.all([
    visibleQueues(c),
    c.reads.get('clock', () => c.data.readClock(c.store)),
  ])
  const order = v.query.get('order') === 'problems' ? 'problems' : 'name'
  const isMeant = nameFilter(v)
  const found = all.filter(({ name }) => isMeant(name))
  if (order === 'problems') found.sort((a, b) => gravity(b) - gravity(a) || a.name.localeCompare(b.name))
  const page = pageOf(v, found, PAGE)
  const { rows } = page
  const names = rows.map(({ name }) => name)
  const [rights, pace] = await Promise.all([
    Promise.all(names.map(async (queue) => [queue, await c.access.can('queue:pause', { queue })] as const)),
    c.reads.get(`pace ${names.join()}`, () => c.data.readPace(c.store, names, now)),
  ])
  const body = (
    <>
      <Head title={t.queues.title} />
      <NameFilter v={v} path="queues">
        {order === 'problems' && <Hidden fields={{ order }} />}
        {order === 'name' ? (
          <a class="button" href={hrefHere(v, { order: 'problems', from: null })}>
            {t.queues.problemsFirst}
          </a>
        ) : (
          <a class="button" href={hrefHere(v, { order: null, from: null })}>
            {t.common.name}
          </a>
        )}
      </NameFilter>
      <Panel flush>
        {rows.length === 0 ? (
          <Empty title={all.length === 0 ? t.queues.none : t.common.noMatch}>
            {all.length === 0 && <p>{t.queues.noneDetail}</p>}
          </Empty>
        ) : (
          <QueueTable
            v={v}
            rows={rows}
            rights={new Map(rights)}
            pace={pace}
            now={now}
            grouped={order === 'name'}
          />
        )}
        <ListPager v={v} page={page} live="pager" />
      </Panel>
    </>
  )
  return { title: t.queues.title, section: 'queues', body }
}

/** What somebody should look at first. */
function gravity({ counts, workers, oldestMs, pauses }: QueueRow): number {
  const isStarved = counts.queued > 0 && workers === 0
  return (isStarved ? 1e15 : 0) + (pauses.length > 0 ? 1e14 : 0) + counts.failed * 1e6 + (oldestMs ?? 0)
}

function QueueTable({
  v,
  rows,
  rights,
  pace,
  now,
  grouped,
}: {
  v: View
  rows: readonly QueueRow[]
  rights: ReadonlyMap<string, boolean>
  pace: ReadonlyMap<string, Pace>
  now: number
  grouped: boolean
}) {
  const { t } = v
  let above = ''
  return (
    <Table
      v={v}
      name={t.queues.title}
      columns={[
        t.queues.name,
        [t.states.queued, 'n'],
        [t.states.started, 'n'],
        [t.states.failed, 'n'],
        [t.queues.oldest, 'n'],
        [t.queues.workers, 'n'],
        [t.queues.lastHour, 'n middle'],
        [t.queues.inOut, 'n wide'],
        [t.queues.drained, 'n middle'],
        [t.states.scheduled, 'n wider'],
        [t.states.deferred, 'n wider'],
        [t.queues.finishedSince, 'n wider'],
      ]}
      rows="walk"
      live="queues"
      actions
    >
      {rows.map((row) => {
        const parent = grouped ? parentOf(row.name) : ''
        const heading = parent !== '' && parent !== above
        above = parent
        return (
          <>
            {heading && (
              <tr data-key={`${parent}/`}>
                <th scope="rowgroup" colspan={13} class="muted">
                  <span class="name">
                    <Foreign text={parent} />
                  </span>
                </th>
              </tr>
            )}
            <Row
              v={v}
              row={row}
              pace={pace.get(row.name)}
              now={now}
              isNested={parent !== ''}
              mayPause={rights.get(row.name) === true}
            />
          </>
        )
      })}
    </Table>
  )
}

const NO_PACE: Pace = { minutes: [], perMinute: 0, before: null }

/** Names are a tree by their dots, as `mail.urgent`. */
function parentOf(name: string): string {
  const end = name.lastIndexOf('.')
  return end > 0 ? name.slice(0, end) : ''
}

function Row({
  v,
  row,
  pace = NO_PACE,
  now,
  isNested,
  mayPause,
}: {
  v: View
  row: QueueRow
  pace: Pace | undefined
  now: number
  isNested: boolean
  mayPause: boolean
}) {
  const { t } = v
  const { name, counts, workers, oldestMs, pauses, totals } = row
  const isStarved = workers === 0 && counts.queued > 0
  const paused = pauses.find(({ kind }) => kind === 'paused')
  const cell = (state: 'queued' | 'failed' | 'started' | 'scheduled' | 'deferred', kind = '') => (
    <td class={`n ${counts[state] === 0 ? 'zero' : kind}`}>
      {counts[state] === 0 ? 0 : <a href={queueHref(v, name, { state })}>{v.format.number(counts[state])}</a>}
    </td>
  )
  return (
    <tr data-key={name}>
      <th scope="row">
        <span class={isNested ? 'indent-1' : ''}>
          <QueueLink v={v} queue={name} />{' '}
          {pauses.map((pause) => (
            <span title={pause.reason ?? undefined}>
              <Badge kind="s-paused" icon="paused">
                {t.queues[pause.kind]}
                {pause.kind === 'paused' && pause.by && ` ${t.queues.pausedBy(printable(pause.by))}`}
              </Badge>
            </span>
          ))}
        </span>
      </th>
      {cell('queued')}
      {cell('started')}
      {cell('failed', 'bad')}
      <td class="n">
        <Duration v={v} ms={oldestMs} />
      </td>
      {isStarved ? (
        <td class="n">
          <Badge kind="s-failed" icon="warn">
            {t.queues.noWorkers}
          </Badge>
        </td>
      ) : (
        <Num v={v} n={workers} />
      )}
      <td class="n middle">
        <Sparkline v={v} values={pace.minutes} words={t.queues.runsLastHour} />
      </td>
      <td class="n wide">
        <InOut v={v} coming={inflow(pace, counts.queued, now)} going={pace.perMinute} />
      </td>
      <td class="n middle">
        {counts.queued > 0 && workers > 0 && pace.perMinute > 0 ? (
          <span title={t.queues.perMinute(v.format.compact(pace.perMinute))}>
            {v.format.duration((counts.queued / pace.perMinute) * 60_000)}
          </span>
        ) : (
          <span class="muted">–</span>
        )}
      </td>
      <td class={`n wider ${counts.scheduled ? '' : 'zero'}`}>{v.format.number(counts.scheduled)}</td>
      <td class={`n wider ${counts.deferred ? '' : 'zero'}`}>{v.format.number(counts.deferred)}</td>
      <td class={`n wider ${totals.finished ? '' : 'zero'}`}>{v.format.compact(totals.finished)}</td>
      <td>
        {mayPause && (
          <div class="actions">
            <ActionButton
              v={v}
              to={`queues/${segment(name)}/${paused ? 'resume' : 'pause'}`}
              label={paused ? t.actions.resume : t.actions.pause}
              name={name}
              kind="quiet"
            />
          </div>
        )}
      </td>
    </tr>
  )
}

/** Jobs a minute that come and that are done: a queue that more come into than go out of grows. */
function InOut({ v, coming, going }: { v: View; coming: number | null; going: number }) {
  if (coming === null && going === 0) return <span class="muted">–</span>
  const [into, out] = [coming === null ? '–' : rate(v, coming), rate(v, going)]
  return <span title={v.t.queues.inOutWords(into, out)}>{`${into} / ${out}`}</span>
}

function rate(v: View, n: number): string {
  return v.format.compact(n < 10 ? Math.round(n * 10) / 10 : Math.round(n))
}
