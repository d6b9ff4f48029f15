import { fromRef } from '../../core/record.ts'
import type { Context, Drawn } from '../context.ts'
import { Empty, Head, Panel } from '../parts/panel.tsx'
import { Table } from '../parts/table.tsx'
import { Foreign, JobLink, Num, QueueLinks, Time } from '../parts/text.tsx'
import { visibleErrors } from '../reads.ts'
import { href, segment } from '../view.ts'
import { drawJobs } from './jobs.tsx'

const MOST = 100

/** What is failed, by its cause. */
export async function failuresPage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t } = v
  const groups = await visibleErrors(c, undefined, MOST)
  const body = (
    <>
      <Head title={t.failures.title} />
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
              [t.failures.ever, 'n middle'],
              [t.failures.functions, 'wide'],
              [t.failures.queues, 'middle'],
              [t.failures.first, 'n wide'],
              [t.failures.last, 'n'],
            ]}
            rows="hold"
            live="failures"
          >
            {groups.map((group) => (
              <tr data-key={group.fingerprint}>
                <td class="grow">
                  <a href={href(v, `failures/${segment(group.fingerprint)}`)}>
                    <span class="bad">
                      <Foreign text={group.name} />
                    </span>
                    <span class="clip">
                      <Foreign text={c.hide.text(group.message)} />
                    </span>
                  </a>
                </td>
                <Num v={v} n={group.jobs} />
                <Num v={v} n={group.count} class="middle" />
                <td class="wide">
                  <span class="clip">
                    <Foreign text={group.functions.join(', ')} />
                  </span>
                </td>
                <td class="middle">
                  <QueueLinks v={v} queues={group.queues} />
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
  const [groups, list] = await Promise.all([
    visibleErrors(c, undefined, MOST),
    drawJobs(c, { state: 'failed', error: fingerprint }),
  ])
  const group = groups.find((each) => each.fingerprint === fingerprint)
  const sample = group && fromRef(group.sample)
  const title = group?.name ?? fingerprint
  const body = (
    <>
      <Head title={<Foreign text={title} />} crumbs={<a href={href(v, 'failures')}>{t.failures.title}</a>} />
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
