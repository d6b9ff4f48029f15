import { toMs } from '../../core/duration.ts'
import { fromRef } from '../../core/record.ts'
import type { Context, Drawn } from '../context.ts'
import type { ErrorGroup } from '../data/index.ts'
import { ActionButton, Hidden } from '../parts/form.tsx'
import { ListPager, pageOf } from '../parts/pager.tsx'
import { Empty, Head, Panel } from '../parts/panel.tsx'
import { Sparkline } from '../parts/sparkline.tsx'
import { Table } from '../parts/table.tsx'
import { Foreign, JobLink, Num, QueueLinks, Time } from '../parts/text.tsx'
import { MOST_CAUSES, readTrendsOf, visibleError, visibleErrors } from '../reads.ts'
import { href, segment, type View } from '../view.ts'
import { drawJobs } from './jobs.tsx'

/** As many causes make a page; with long messages, in scripts of three bytes a letter, it stays below 60 KB. */
const PAGE = 25
/** Of a message, in a list. */
const MESSAGE = 200

/** What is failed, by its cause. */
export async function failuresPage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t } = v
  const all = await visibleErrors(c, undefined, MOST_CAUSES)
  const isSnoozed = v.query.get('snoozed') === '1'
  const groups = all.filter(({ snoozedUntil }) => (snoozedUntil !== null) === isSnoozed)
  const others = all.length - groups.length
  const page = pageOf(v, groups, PAGE)
  const trends = await readTrendsOf(c, page.rows)
  const body = (
    <>
      <Head
        title={isSnoozed ? t.failures.snoozedTitle : t.failures.title}
        crumbs={isSnoozed && <a href={href(v, 'failures')}>{t.failures.title}</a>}
        actions={
          !isSnoozed &&
          others > 0 && (
            <a class="button" href={href(v, 'failures', { snoozed: '1' })}>
              {t.failures.snoozedCount(others)}
            </a>
          )
        }
      />
      <Panel flush>
        {groups.length === 0 ? (
          <Empty title={t.failures.none}>
            <p>{t.failures.noneDetail}</p>
          </Empty>
        ) : (
          <Table
            v={v}
            name={t.failures.caption}
            columns={[
              [t.common.error, 'grow'],
              [t.failures.jobs, 'n'],
              [t.failures.trend, 'n middle'],
              [t.failures.ever, 'n middle'],
              [t.failures.functions, 'wide'],
              [t.failures.queues, 'middle'],
              [t.failures.first, 'n wide'],
              [t.failures.last, 'n'],
            ]}
            rows="hold"
            live="failures"
          >
            {page.rows.map((group) => (
              <tr data-key={group.fingerprint}>
                <td class="grow">
                  <a href={href(v, `failures/${segment(group.fingerprint)}`)}>
                    <span class="bad">
                      <Foreign text={group.name} />
                    </span>
                    <span class="clip">
                      <Foreign text={c.hide.text(group.message).slice(0, MESSAGE)} />
                    </span>
                  </a>
                  {group.snoozedUntil !== null && (
                    <span class="small muted">
                      {t.failures.snoozedUntil} <Time v={v} at={group.snoozedUntil} />
                    </span>
                  )}
                </td>
                <Num v={v} n={group.jobs} />
                <td class="n middle">
                  <Trend v={v} trend={trends.get(group.fingerprint)} />
                </td>
                <Num v={v} n={group.count} class="middle" />
                <td class="wide">
                  <span class="clip">
                    <Foreign text={group.functions.join(', ')} />
                  </span>
                </td>
                <td class="middle">
                  <QueueLinks v={v} queues={group.queues} most={3} />
                </td>
                <td class="n wide">
                  <Time v={v} at={group.firstAt} />
                </td>
                <td class="n">
                  <Time v={v} at={group.lastAt} />
                </td>
              </tr>
            ))}
          </Table>
        )}
        <ListPager v={v} page={page} live="pager" />
      </Panel>
    </>
  )
  return { title: t.failures.title, section: 'failures', body }
}

/** One cause: what it is, and the jobs that are failed for it, which can be retried or deleted together. */
export async function failurePage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t } = v
  const fingerprint = c.params.fingerprint!.slice(0, 200)
  const [[group, trend], list] = await Promise.all([
    visibleError(c, fingerprint).then(async (group) => {
      const trends = group && (await readTrendsOf(c, [group]))
      return [group, trends?.get(fingerprint)] as const
    }),
    drawJobs(c, { state: 'failed', error: fingerprint }),
  ])
  const sample = group && fromRef(group.sample)
  const title = group?.name ?? fingerprint
  const body = (
    <>
      <Head
        title={<Foreign text={title} />}
        crumbs={<a href={href(v, 'failures')}>{t.failures.title}</a>}
        actions={group && (await c.access.can('failure:snooze')) && <Snooze v={v} group={group} />}
      />
      {group && (
        <Panel live="group">
          <div class="stack">
            <pre data-copy>
              <Foreign text={c.hide.text(group.message)} />
            </pre>
            <dl class="facts">
              <div>
                <dt>{t.failures.jobs}</dt>
                <dd>{v.format.number(group.jobs)}</dd>
              </div>
              <div>
                <dt>{t.failures.trend}</dt>
                <dd>
                  <Trend v={v} trend={trend} />
                </dd>
              </div>
              <div>
                <dt>{t.failures.ever}</dt>
                <dd>{v.format.number(group.count)}</dd>
              </div>
              <div>
                <dt>{t.failures.first}</dt>
                <dd>
                  <Time v={v} at={group.firstAt} />
                </dd>
              </div>
              <div>
                <dt>{t.failures.last}</dt>
                <dd>
                  <Time v={v} at={group.lastAt} />
                </dd>
              </div>
              <div>
                <dt>{t.failures.functions}</dt>
                <dd>
                  <Foreign text={group.functions.join(', ')} />
                </dd>
              </div>
              <div>
                <dt>{t.failures.queues}</dt>
                <dd>
                  <QueueLinks v={v} queues={group.queues} />
                </dd>
              </div>
              {group.snoozedUntil !== null && (
                <div>
                  <dt>{t.failures.snoozedUntil}</dt>
                  <dd>
                    <Time v={v} at={group.snoozedUntil} />
                  </dd>
                </div>
              )}
              {sample && c.visibility.sees(sample.queue) && (
                <div>
                  <dt>{t.failures.sample}</dt>
                  <dd>
                    <JobLink v={v} job={sample} />
                  </dd>
                </div>
              )}
            </dl>
          </div>
        </Panel>
      )}
      {list}
    </>
  )
  return { title: t.failures.groupTitle(title), section: 'failures', body }
}

/** It tells of what is failed still, and says so: a job that was retried is in no hour. */
function Trend({ v, trend = [] }: { v: View; trend: readonly number[] | undefined }) {
  return <Sparkline v={v} values={trend} words={v.t.failures.failedLastDay} kind="bad" />
}

const SNOOZES = ['1h', '4h', '1d', '7d', '30d'] as const

/** Nobody wants to hear of it for a while, or again. */
function Snooze({ v, group: { fingerprint, snoozedUntil } }: { v: View; group: ErrorGroup }) {
  const { t } = v
  const path = `failures/${segment(fingerprint)}`
  if (snoozedUntil !== null) return <ActionButton v={v} to={`${path}/wake`} label={t.failures.wake} />
  return (
    <form method="post" action={href(v, `${path}/snooze`)} class="inline">
      <Hidden fields={{ back: 'failures' }} />
      <label class="inline">
        <span class="sr">{t.failures.snoozeFor}</span>
        <select name="for">
          {SNOOZES.map((each) => (
            <option value={each} selected={each === '1d'}>
              {v.format.duration(toMs(each, 'for'))}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">{t.failures.snooze}</button>
    </form>
  )
}
