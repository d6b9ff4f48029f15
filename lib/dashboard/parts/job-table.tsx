import type { JobRow } from '../data/index.ts'
import type { Redactor } from '../security/redact.ts'
import { jobHref, queueHref, shortId, type View } from '../view.ts'
import { StateBadge } from './badge.tsx'
import { Table } from './table.tsx'
import { Duration, Foreign, TagLinks, Time } from './text.tsx'

/** What happened to a job last, or will next. */
export function whenOf(row: JobRow): number {
  return row.endedAt ?? row.dueAt ?? row.startedAt ?? row.queuedAt ?? row.createdAt
}

/** A list of jobs. With `form` each row can be selected for the form of that id. */
export function JobTable({
  v,
  rows,
  hide,
  form,
  withQueue = true,
  live,
}: {
  v: View
  rows: readonly JobRow[]
  hide: Redactor
  form?: string | undefined
  withQueue?: boolean
  live?: string
}) {
  const { t } = v
  return (
    <Table
      v={v}
      name={t.jobs.caption}
      columns={[
        [t.common.job, 'grow'],
        t.common.state,
        ...(withQueue ? [t.common.queue] : []),
        [t.common.attempt, 'n middle'],
        [t.common.waited, 'n wide'],
        [t.common.ran, 'n middle'],
        [t.common.worker, 'wide'],
        [t.common.when, 'n'],
      ]}
      rows="hold"
      live={live}
      pick={
        form && (
          <td class="pick">
            <label>
              <input type="checkbox" data-select-all hidden aria-label={t.common.selectAll} />
            </label>
          </td>
        )
      }
    >
      {rows.map((row) => (
        <Row v={v} row={row} hide={hide} form={form} withQueue={withQueue} />
      ))}
    </Table>
  )
}

function Row({
  v,
  row,
  hide,
  form,
  withQueue,
}: {
  v: View
  row: JobRow
  hide: Redactor
  form?: string | undefined
  withQueue: boolean
}) {
  const ref = `${row.id}@${row.queue}`
  return (
    <tr data-key={ref}>
      {form && (
        <td class="pick">
          <label>
            <input
              type="checkbox"
              name="ref"
              value={ref}
              form={form}
              aria-label={v.t.common.selectJob(shortId(row.id))}
            />
          </label>
        </td>
      )}
      <td class="grow">
        <a href={jobHref(v, row)}>
          <code class="clip">
            <Foreign text={hide.text(row.preview || row.func)} />
          </code>
        </a>
        <span class="small muted">
          <code>{shortId(row.id)}</code> <TagLinks v={v} tags={row.tags} />
        </span>
        {row.error && (
          <span class={`small clip ${row.state === 'failed' ? 'bad' : 'muted'}`}>
            <Foreign text={hide.text(row.error)} />
          </span>
        )}
      </td>
      <td>
        <StateBadge v={v} state={row.state} />
      </td>
      {withQueue && (
        <td>
          <a href={queueHref(v, row.queue)}>
            <Foreign text={row.queue} clip />
          </a>
        </td>
      )}
      <td class="n middle">{row.attempt > 0 ? v.format.number(row.attempt) : '–'}</td>
      <td class="n wide">
        <Duration v={v} ms={row.waitedMs} />
      </td>
      <td class="n middle">
        <Duration v={v} ms={row.ranMs} />
      </td>
      <td class="wide">{row.worker ? <Foreign text={row.worker} clip /> : <span class="muted">–</span>}</td>
      <td class="n">
        <Time v={v} at={whenOf(row)} />
      </td>
    </tr>
  )
}
