import type { JobDetail } from '../data/index.ts'
import type { DashboardOptions } from '../options.ts'
import type { Redactor } from '../security/redact.ts'
import { href, segment, type View } from '../view.ts'
import { Panel } from './panel.tsx'
import { Foreign, FullTime } from './text.tsx'

/** What else there is to know of a job. Only what says something. */
export function JobFacts({
  v,
  job,
  hide,
  traceUrl,
}: {
  v: View
  job: JobDetail
  hide: Redactor
  traceUrl: DashboardOptions['traceUrl']
}) {
  const { t, format } = v
  const { row } = job
  const duration = (ms: number | null) => (ms === null ? t.common.forever : format.duration(ms))
  const facts: (readonly [string, any] | false | null)[] = [
    [
      t.common.function,
      <code class="wrap">
        <Foreign text={row.func} />
      </code>,
    ],
    job.description !== null && [t.job.description, <Foreign text={hide.text(job.description)} />],
    row.worker !== null && [t.common.worker, <Foreign text={row.worker} />],
    row.waitedMs !== null && [t.common.waited, format.duration(row.waitedMs)],
    row.ranMs !== null && [t.common.ran, format.duration(row.ranMs)],
    job.priority !== 0 && [t.job.priority, format.number(job.priority)],
    [t.job.timeout, duration(job.timeoutMs)],
    job.retry !== null && [t.job.retries, t.job.retriesOf(job.retry.left, job.retry.max)],
    job.repeat !== null && [t.job.repetitions, t.job.retriesOf(job.repeat.left, job.repeat.times)],
    job.recoveries > 0 && [t.job.recoveries, format.number(job.recoveries)],
    job.requeues > 0 && [t.job.requeues, format.number(job.requeues)],
    [t.job.resultTtl, duration(job.resultTtlMs)],
    [t.job.failureTtl, duration(job.failureTtlMs)],
    job.isSigned && [t.job.signed, t.job.yes],
    job.group !== null && [
      t.job.group,
      <a href={href(v, `flows/group/${segment(job.group.id)}`)}>
        {t.job.groupOf(job.group.ended, job.group.total)}
      </a>,
    ],
    job.traceId !== null && [t.job.trace, <Trace id={job.traceId} url={traceUrl?.(job.traceId)} />],
    job.cronEntry !== null && [t.job.cron, <Foreign text={job.cronEntry} />],
    job.retriedFrom !== null && [
      t.job.retriedFrom,
      <a class="mono" href={href(v, 'search', { q: job.retriedFrom })}>
        <Foreign text={job.retriedFrom} />
      </a>,
    ],
    job.expiresAt !== null && [t.job.expiresAt, <FullTime v={v} at={job.expiresAt} />],
  ]
  return (
    <Panel title={t.job.facts} live="facts">
      <dl class="lines">
        {facts.map(
          (fact) =>
            fact && (
              <>
                <dt>{fact[0]}</dt>
                <dd>{fact[1]}</dd>
              </>
            ),
        )}
      </dl>
    </Panel>
  )
}

function Trace({ id, url }: { id: string; url: string | undefined }) {
  const code = <code class="wrap">{id}</code>
  return url !== undefined && /^https?:\/\//i.test(url) ? (
    <a href={url}>{code}</a>
  ) : (
    <span data-copy>{code}</span>
  )
}
