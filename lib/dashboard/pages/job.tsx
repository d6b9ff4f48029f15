import { isEnded } from '../../core/states.ts'
import { type Context, type Drawn, mustSee } from '../context.ts'
import type { JobDetail } from '../data/index.ts'
import { StateBadge } from '../parts/badge.tsx'
import { ErrorView } from '../parts/error.tsx'
import { ActionButton, Field, Hidden, Known } from '../parts/form.tsx'
import { JobFacts } from '../parts/job-facts.tsx'
import { Head, Panel } from '../parts/panel.tsx'
import { decodePayload, PayloadView } from '../parts/payload.tsx'
import { Foreign, JobLink, QueueLink, shortTitle, TagLinks } from '../parts/text.tsx'
import { Timeline } from '../parts/timeline.tsx'
import { UseAgain } from '../parts/use-again.tsx'
import { visibleNames } from '../reads.ts'
import { NotFound } from '../refusals.ts'
import { REVEALED, type Redactor } from '../security/redact.ts'
import { href, segment, type View } from '../view.ts'

const RIGHTS = ['job:retry', 'job:enqueue', 'job:cancel', 'job:move', 'job:delete', 'job:reveal'] as const
type Right = (typeof RIGHTS)[number]

const NO_ARGUMENTS = { text: '[]', bytes: 2, isCut: false }

/** The job that the address names, where this user may see it. @throws NotFound */
export async function readVisibleJob(c: Context): Promise<JobDetail> {
  const id = c.params.id!
  const queue = c.v.query.get('queue') ?? undefined
  if (queue !== undefined) mustSee(c, queue)
  const job = await c.reads.get(`job ${id} ${queue}`, () => c.data.readJob(c.store, id, queue))
  if (job === undefined || !c.visibility.sees(job.row.queue)) {
    throw new NotFound(c.v.t.job.notFoundDetail(id))
  }
  return job
}

export async function jobPage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t } = v
  const job = await readVisibleJob(c)
  const { row } = job
  const rights = await c.access.allowed(RIGHTS, { queue: row.queue, job: row.id })
  const isRevealed = rights.has('job:reveal') && v.query.get('reveal') === '1'
  const hide = isRevealed ? REVEALED : c.hide
  const queues = isMovable(job, rights) ? await visibleNames(c) : []
  const body = (
    <>
      <Head
        title={<Foreign text={hide.text(shortTitle(row.preview || row.func))} />}
        crumbs={
          <>
            <a href={href(v, 'jobs')}>{t.jobs.title}</a> / <QueueLink v={v} queue={row.queue} /> /{' '}
            <code data-copy>
              <bdi>{row.id}</bdi>
            </code>
          </>
        }
        actions={<Actions v={v} job={job} rights={rights} />}
      >
        <span data-live="state">
          <StateBadge v={v} state={row.state} />
        </span>
        <TagLinks v={v} tags={row.tags} />
      </Head>
      <div class="cols">
        <Panel title={t.job.timeline} live="timeline">
          <Timeline v={v} job={job} hide={hide} />
        </Panel>
        <JobFacts v={v} job={job} hide={hide} traceUrl={c.options.traceUrl} />
      </div>
      {job.error && (
        <Panel
          title={t.job.error}
          live="error"
          more={
            job.fingerprint && <a href={href(v, `failures/${segment(job.fingerprint)}`)}>{t.job.sameError}</a>
          }
        >
          <ErrorView v={v} error={job.error} hide={hide} />
        </Panel>
      )}
      <Payload v={v} job={job} field="args" hide={hide} mayReveal={rights.has('job:reveal')} />
      <Payload v={v} job={job} field="result" hide={hide} mayReveal={rights.has('job:reveal')} />
      <Payload v={v} job={job} field="progress" hide={hide} mayReveal={rights.has('job:reveal')} />
      <Payload v={v} job={job} field="meta" hide={hide} mayReveal={rights.has('job:reveal')} />
      <Dependencies c={c} job={job} />
      <Log v={v} job={job} hide={hide} />
      <Payload v={v} job={job} field="options" hide={hide} mayReveal={rights.has('job:reveal')} />
      <UseAgain v={v} job={row} args={decodePayload(job.payloads.args ?? NO_ARGUMENTS, hide)} />
      <MoreActions v={v} job={job} rights={rights} queues={queues} />
    </>
  )
  return { title: t.job.title(row.id), section: 'jobs', body }
}

function path({ row }: JobDetail, verb: string): string {
  return `jobs/${segment(row.id)}/${verb}`
}

function Actions({ v, job, rights }: { v: View; job: JobDetail; rights: ReadonlySet<Right> }) {
  const { t } = v
  const { state, queue } = job.row
  const fields = { queue }
  const isFailure = state === 'failed' || state === 'stopped' || state === 'canceled'
  const waits = state === 'queued' || state === 'scheduled' || state === 'deferred' || state === 'limited'
  return (
    <>
      {isFailure && rights.has('job:retry') && (
        <ActionButton v={v} to={path(job, 'retry')} fields={fields} label={t.actions.retry} kind="primary" />
      )}
      {isEnded(state) && rights.has('job:enqueue') && (
        <a class="button" href={href(v, path(job, 'edit'), fields)}>
          {t.actions.retryEdited}
        </a>
      )}
      {isEnded(state) && rights.has('job:enqueue') && (
        <ActionButton v={v} to={path(job, 'duplicate')} fields={fields} label={t.actions.duplicate} />
      )}
      {state === 'queued' && rights.has('job:move') && (
        <ActionButton v={v} to={path(job, 'front')} fields={fields} label={t.actions.front} />
      )}
      {waits && rights.has('job:cancel') && (
        <ActionButton v={v} to={path(job, 'cancel')} fields={fields} label={t.actions.cancel} />
      )}
      {state === 'started' && rights.has('job:cancel') && (
        <ActionButton v={v} to={path(job, 'stop')} fields={fields} label={t.actions.stop} kind="danger" />
      )}
      {state !== 'started' && rights.has('job:delete') && (
        <form method="post" action={href(v, 'bulk')} class="inline">
          <Hidden fields={{ back: `queues/${segment(queue)}`, ref: `${job.row.id}@${queue}` }} />
          <button type="submit" name="action" value="delete" class="danger">
            {t.actions.delete}…
          </button>
        </form>
      )}
    </>
  )
}

function isMovable({ row: { state } }: JobDetail, rights: ReadonlySet<Right>): boolean {
  return rights.has('job:move') && (state === 'queued' || state === 'scheduled')
}

function MoreActions({
  v,
  job,
  rights,
  queues,
}: {
  v: View
  job: JobDetail
  rights: ReadonlySet<Right>
  queues: readonly string[]
}) {
  const { t } = v
  const { queue } = job.row
  if (!isMovable(job, rights)) return null
  return (
    <div class="cols">
      <Panel title={t.job.moveTo}>
        <form method="post" action={href(v, path(job, 'move'))} class="filters">
          <Hidden fields={{ queue, back: `jobs/${segment(job.row.id)}` }} />
          <Field label={t.common.queue} name="target" list="queues" required />
          <Known id="queues" names={queues} />
          <button type="submit">{t.actions.move}</button>
        </form>
      </Panel>
      <Panel title={t.actions.reschedule}>
        <form method="post" action={href(v, path(job, 'reschedule'))} class="filters">
          <Hidden fields={{ queue, back: v.here }} />
          <Field label={t.job.rescheduleTo} name="at" hint={t.job.rescheduleHint(v.timeZone)} required />
          <button type="submit">{t.actions.reschedule}</button>
        </form>
      </Panel>
    </div>
  )
}

function Payload({
  v,
  job,
  field,
  hide,
  mayReveal,
}: {
  v: View
  job: JobDetail
  field: 'args' | 'result' | 'meta' | 'progress' | 'options'
  hide: Redactor
  mayReveal: boolean
}) {
  const { t, format } = v
  const payload = job.payloads[field]
  const title = t.job[field === 'args' ? 'arguments' : field]
  if (payload?.sealed) {
    return (
      <Panel title={title} live={field} more={<span class="muted">{format.bytes(payload.bytes)}</span>}>
        <p class="muted">{t.job.sealed[payload.sealed]}</p>
      </Panel>
    )
  }
  if (payload === null || payload.text === '') {
    return field === 'args' ? (
      <Panel title={title}>
        <p class="muted">{t.job.noArguments}</p>
      </Panel>
    ) : null
  }
  const decoded = decodePayload(payload, hide)
  const refs = { queue: job.row.queue }
  const reveal = { ...refs, reveal: '1' }
  return (
    <Panel
      title={title}
      live={field}
      more={
        <span class="actions">
          {decoded.isRedacted && <span class="muted">{t.job.redacted}</span>}
          {decoded.isRedacted && mayReveal && (
            <a href={href(v, `jobs/${segment(job.row.id)}`, reveal)}>{t.job.reveal}</a>
          )}
          <span class="muted">{format.bytes(payload.bytes)}</span>
        </span>
      }
    >
      <div class="stack">
        {decoded.isLost && <p class="bad">{t.job.lost}</p>}
        <PayloadView decoded={decoded} />
        {payload.isCut && (
          <p class="muted">
            {t.job.cut(format.bytes(payload.bytes))}{' '}
            {mayReveal && <a href={href(v, path(job, `payload/${field}`), refs)}>{t.job.whole}</a>}
            {!mayReveal && t.job.wholeHidden}
          </p>
        )}
      </div>
    </Panel>
  )
}

function Dependencies({ c, job }: { c: Context; job: JobDetail }) {
  const { v } = c
  const { t } = v
  const parents = c.visibility.of(job.parents)
  const dependents = c.visibility.of(job.dependents)
  const told = c.visibility.of(job.told)
  if (parents.length === 0 && dependents.length === 0 && told.length === 0) return null
  return (
    <Panel
      title={t.job.dependencies}
      live="dependencies"
      more={<a href={href(v, `flows/job/${segment(job.row.id)}`, { queue: job.row.queue })}>{t.job.flow}</a>}
    >
      <div class="cols">
        {parents.length > 0 && (
          <div class="stack">
            <h3>{t.job.parents}</h3>
            <ul class="stack">
              {parents.map((parent) => (
                <li>
                  <StateBadge v={v} state={parent.state} /> <JobLink v={v} job={parent} />{' '}
                  <Foreign text={parent.func} />{' '}
                  <span class="muted">{t.job.dependsWord[parent.word] ?? parent.word}</span>
                </li>
              ))}
            </ul>
          </div>
        )}
        {dependents.length > 0 && (
          <Children
            v={v}
            title={t.job.dependents}
            jobs={dependents}
            more={job.dependentsTotal - job.dependents.length}
          />
        )}
        {told.length > 0 && <Children v={v} title={t.job.told} jobs={told} more={0} />}
      </div>
    </Panel>
  )
}

function Children({
  v,
  title,
  jobs,
  more,
}: {
  v: View
  title: string
  jobs: JobDetail['dependents']
  more: number
}) {
  return (
    <div class="stack">
      <h3>{title}</h3>
      <ul class="stack">
        {jobs.map((child) => (
          <li>
            <StateBadge v={v} state={child.state} /> <JobLink v={v} job={child} />{' '}
            <Foreign text={child.func} />
          </li>
        ))}
      </ul>
      {more > 0 && <p class="muted">{v.t.common.and(more)}</p>}
    </div>
  )
}

function Log({ v, job, hide }: { v: View; job: JobDetail; hide: Redactor }) {
  const { t } = v
  const { lines, total } = job.log
  if (total === 0) return null
  return (
    <Panel
      title={t.job.log}
      live="log"
      more={<span class="muted">{t.job.logLast(lines.length, total)}</span>}
    >
      <section class="code" aria-label={t.common.scrollTable(t.job.log)} tabindex={0}>
        <pre>
          {lines.map(({ at, source, text }) => (
            <>
              {at !== null && <span class="muted">{v.format.time(at)} </span>}
              {/* What is no output of the job's own needs no mark. */}
              {source !== 'log' && <span class="warn">{source}: </span>}
              <Foreign text={hide.text(text)} />
              {'\n'}
            </>
          ))}
        </pre>
      </section>
    </Panel>
  )
}
