import type { Context, Drawn } from '../context.ts'
import type { CronRow } from '../data/index.ts'
import { Badge, StateBadge } from '../parts/badge.tsx'
import { cronWords } from '../parts/cron-words.ts'
import { ActionButtons, NameFilter, nameFilter } from '../parts/form.tsx'
import { Outcomes } from '../parts/outcomes.tsx'
import { ListPager, pageOf } from '../parts/pager.tsx'
import { Empty, Head, Panel } from '../parts/panel.tsx'
import { Table } from '../parts/table.tsx'
import { exact, Foreign, Num, QueueLink, Time } from '../parts/text.tsx'
import { queueNames, visibleCron, visibleCronNames } from '../reads.ts'
import type { Redactor } from '../security/redact.ts'
import { href, jobHref, segment, type View } from '../view.ts'
import { drawJobs } from './jobs.tsx'

/** As many cron entries make a page, and jobs below them: together they stay below 60 KB. */
const [PAGE, JOBS] = [10, 8]

const RIGHTS = ['cron:run', 'cron:pause', 'cron:edit', 'cron:remove'] as const

export async function schedulePage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t } = v
  // Together, else each of what follows would wait for an answer to the other.
  const [all] = await Promise.all([visibleCronNames(c), queueNames(c)])
  const page = pageOf(v, all.filter(nameFilter(v)), PAGE)
  const [due, rows] = await Promise.all([
    drawJobs(c, { state: 'scheduled' }, { limit: JOBS }),
    visibleCron(c, page.rows),
  ])
  const rights = new Map(
    await Promise.all(
      rows.map(
        async ({ name, queue }) => [name, await c.access.allowed(RIGHTS, { queue, cron: name })] as const,
      ),
    ),
  )
  const body = (
    <>
      <Head title={t.schedule.title} />
      {all.length > PAGE && <NameFilter v={v} path="schedule" />}
      <Panel title={t.schedule.cron} flush>
        {rows.length === 0 && all.length > 0 ? (
          <Empty title={t.common.noMatch} />
        ) : rows.length === 0 ? (
          <Empty title={t.schedule.cronNone}>
            <p>{t.schedule.cronNoneDetail}</p>
          </Empty>
        ) : (
          <Table
            v={v}
            name={t.schedule.cron}
            columns={[
              t.common.name,
              t.schedule.pattern,
              [t.common.queue, 'middle'],
              [t.schedule.nextRuns, 'n'],
              [t.schedule.last, 'n middle'],
              [t.schedule.history, 'n wide'],
              [t.schedule.runs, 'n wider'],
            ]}
            rows="walk"
            live="cron"
            actions
          >
            {rows.map((row) => (
              <Row v={v} row={row} rights={rights.get(row.name)!} hide={c.hide} />
            ))}
          </Table>
        )}
        <ListPager v={v} page={page} live="cron-pager" />
      </Panel>
      <h2>
        {t.schedule.due}{' '}
        <a class="small" href={href(v, 'jobs', { state: 'scheduled' })}>
          {t.common.more}
        </a>
      </h2>
      {due}
    </>
  )
  return { title: t.schedule.title, section: 'schedule', body }
}

function Row({
  v,
  row,
  rights,
  hide,
}: {
  v: View
  row: CronRow
  rights: ReadonlySet<(typeof RIGHTS)[number]>
  hide: Redactor
}) {
  const { t } = v
  const path = `schedule/${segment(row.name)}`
  const words = cronWords(v, row.schedule)
  const turn = row.isPaused ? 'resume' : 'pause'
  const actions = [
    ...(rights.has('cron:run') ? [[`${path}/run`, t.actions.runNow] as const] : []),
    ...(rights.has('cron:pause') ? [[`${path}/${turn}`, t.actions[turn]] as const] : []),
  ]
  return (
    <tr data-key={row.name}>
      <th scope="row">
        <span class="name">
          <Foreign text={row.name} />
        </span>
        {row.isPaused && (
          <>
            {' '}
            <Badge kind="s-paused" icon="paused">
              {t.schedule.paused}
            </Badge>
          </>
        )}
        <span class="small muted">
          <code class="clip">
            <Foreign text={hide.text(row.preview || row.func)} />
          </code>
        </span>
        {row.damage !== null && (
          <span class="small bad">
            {t.schedule.damaged}: <Foreign text={row.damage} />
          </span>
        )}
      </th>
      <td>
        {words}
        <span class="small muted nowrap below">
          {'cron' in row.schedule && (
            <>
              {' '}
              {words !== row.schedule.cron && <code>{row.schedule.cron}</code>}{' '}
              {t.schedule.inZone(row.schedule.timezone)}
            </>
          )}
        </span>
      </td>
      <td class="middle">
        <QueueLink v={v} queue={row.queue} />
      </td>
      <td class="n">
        {row.next[0] === undefined ? (
          <span class="muted">{t.schedule.noNext}</span>
        ) : (
          <details class="fold">
            <summary>
              <Time v={v} at={row.next[0]} />
            </summary>
            <ol class="small muted" aria-label={t.schedule.nextFive}>
              {row.next.map((at) => (
                <li>{exact(v, at)}</li>
              ))}
            </ol>
          </details>
        )}
      </td>
      <td class="n middle">
        {row.lastJob ? (
          <a href={jobHref(v, row.lastJob)}>
            <StateBadge v={v} state={row.lastJob.state} />
          </a>
        ) : (
          <span class="muted">{t.common.never}</span>
        )}
        {row.lastAt !== null && (
          <span class="small muted below">
            <Time v={v} at={row.lastAt} />
          </span>
        )}
      </td>
      <td class="n wide">
        <Outcomes v={v} runs={row.history} />
      </td>
      <Num v={v} n={row.runs} class="wider" />
      <td>
        <div class="actions">
          <ActionButtons v={v} name={row.name} actions={actions} />
          <span class="actions">
            {rights.has('cron:edit') && row.damage === null && (
              <a
                class="button quiet"
                href={href(v, `${path}/edit`)}
                aria-label={`${t.schedule.edit}: ${row.name}`}
              >
                {t.schedule.edit}
              </a>
            )}
            {rights.has('cron:remove') && (
              <a
                class="button quiet"
                href={href(v, `${path}/remove`)}
                aria-label={`${t.schedule.remove}: ${row.name}`}
              >
                {t.schedule.remove}…
              </a>
            )}
          </span>
        </div>
      </td>
    </tr>
  )
}
