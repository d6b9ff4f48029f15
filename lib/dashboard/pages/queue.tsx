import { type JobStatus, STATES } from '../../core/states.ts'
import { type Context, type Drawn, mustSee } from '../context.ts'
import type { Pause, QueueRow } from '../data/index.ts'
import { ActionButton, Field, Hidden } from '../parts/form.tsx'
import { Head, Notice, Panel } from '../parts/panel.tsx'
import { Duration, exact, Foreign, Time } from '../parts/text.tsx'
import { printable } from '../printable.ts'
import { NotFound } from '../refusals.ts'
import type { Action } from '../security/actions.ts'
import { href, queueHref, segment, type View } from '../view.ts'
import { drawJobs, filterOf } from './jobs.tsx'

const ACTIONS = ['queue:pause', 'queue:empty', 'queue:delete', 'job:enqueue'] as const

export async function queuePage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t } = v
  const name = c.params.queue!
  mustSee(c, name)
  const filter = { ...filterOf(v.query, v.now, v.timeZone), queue: name }
  const rights = await c.access.allowed(ACTIONS, { queue: name })
  const [queue, list, functions] = await Promise.all([
    c.reads.get(`queue ${name}`, () => c.data.readQueue(c.store, name)),
    drawJobs(c, filter, { withQueue: false }),
    rights.has('job:enqueue') ? c.reads.get('functions', () => c.data.readFunctions(c.store)) : [],
  ])
  if (queue === undefined) throw new NotFound(`no queue ${name}`)
  const body = (
    <>
      <Head
        title={<Foreign text={name} />}
        crumbs={<a href={href(v, 'queues')}>{t.queues.title}</a>}
        actions={
          rights.has('queue:pause') && queue.pauses.some(({ kind }) => kind === 'paused') ? (
            <ActionButton
              v={v}
              to={`queues/${segment(name)}/resume`}
              label={t.actions.resume}
              kind="primary"
            />
          ) : undefined
        }
      />
      <div class="stack" data-live="pauses">
        {queue.pauses.map((pause) => (
          <PauseNotice v={v} pause={pause} />
        ))}
        {queue.workers === 0 && queue.counts.queued > 0 && (
          <Notice kind="bad">
            <span>{t.queue.noWorkersTitle}</span>
            <code>rq worker {name}</code>
          </Notice>
        )}
      </div>
      <Summary v={v} queue={queue} />
      <nav class="tabs" aria-label={t.queue.states} data-live="tabs">
        <Tab v={v} queue={queue} state={undefined} current={filter.state} />
        {STATES.map((state) => (
          <Tab v={v} queue={queue} state={state} current={filter.state} />
        ))}
      </nav>
      {list}
      <Settings v={v} name={name} rights={rights} functions={functions} paused={queue.pauses.length > 0} />
    </>
  )
  return { title: t.queue.title(name), section: 'queues', body }
}

function PauseNotice({ v, pause }: { v: View; pause: Pause }) {
  const { t } = v
  return (
    <Notice kind="warn">
      <span>{pause.kind === 'suspended' ? t.queue.suspendedPlain : t.queue.pausedPlain}</span>
      <span>
        {pause.since !== null &&
          t.queue.paused(pause.by && printable(pause.by), v.format.relative(pause.since, v.now))}{' '}
        {pause.until !== null && t.queues.until(exact(v, pause.until))}
      </span>
      {pause.reason && (
        <span>
          {t.queue.reason}: <Foreign text={pause.reason} />
        </span>
      )}
    </Notice>
  )
}

function Summary({ v, queue }: { v: View; queue: QueueRow }) {
  const { t, format } = v
  const { totals } = queue
  return (
    <Panel live="summary">
      <dl class="facts">
        <div>
          <dt>{t.queues.oldest}</dt>
          <dd>
            <Duration v={v} ms={queue.oldestMs} />
          </dd>
        </div>
        <div>
          <dt>{t.queues.workers}</dt>
          <dd>{format.number(queue.workers)}</dd>
        </div>
        <div>
          <dt>{t.queues.nextDue}</dt>
          <dd>
            <Time v={v} at={queue.nextDueAt} />
          </dd>
        </div>
        {(
          [
            [t.queues.finishedSince, totals.finished],
            [t.queues.failedSince, totals.failed],
            [t.queue.retried, totals.retried],
            [t.queue.recovered, totals.recovered],
          ] as const
        ).map(([label, n]) => (
          <div>
            <dt>{label}</dt>
            <dd>{format.number(n)}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}

function Tab({
  v,
  queue,
  state,
  current,
}: {
  v: View
  queue: QueueRow
  state: JobStatus | undefined
  current: JobStatus | undefined
}) {
  const n = state === undefined ? undefined : queue.counts[state]
  return (
    <a href={queueHref(v, queue.name, { state })} aria-current={state === current ? 'page' : undefined}>
      {state === undefined ? v.t.common.all : v.t.states[state]}
      {n !== undefined && n > 0 && (
        <span class={`count ${state === 'failed' ? 'bad' : ''}`}>{v.format.compact(n)}</span>
      )}
    </a>
  )
}

function Settings({
  v,
  name,
  rights,
  functions,
  paused,
}: {
  v: View
  name: string
  rights: ReadonlySet<Action>
  functions: readonly string[]
  paused: boolean
}) {
  const { t } = v
  const path = `queues/${segment(name)}`
  if (rights.size === 0) return null
  return (
    <div class="cols">
      {rights.has('queue:pause') && !paused && (
        <Panel title={t.queue.pauseTitle}>
          <form method="post" action={href(v, `${path}/pause`)} class="stack">
            <Hidden fields={{ back: v.here }} />
            <Field label={t.queue.reason} name="reason" hint={t.queue.reasonHint} />
            <Field label={t.queue.forHowLong} name="for" hint={t.queue.forHint} />
            <div>
              <button type="submit">{t.actions.pause}</button>
            </div>
          </form>
        </Panel>
      )}
      {rights.has('job:enqueue') && (
        <Panel title={t.queue.enqueueTitle}>
          {functions.length === 0 ? (
            <p class="muted">{t.queue.noFunctions}</p>
          ) : (
            <form method="post" action={href(v, `${path}/enqueue`)} class="stack">
              <Hidden fields={{ back: v.here }} />
              <p class="muted small">{t.queue.enqueueDetail}</p>
              <label class="field">
                {t.common.function}
                <select name="func" required>
                  <option value="">–</option>
                  {functions.map((func) => (
                    <option value={func}>{printable(func)}</option>
                  ))}
                </select>
              </label>
              <Field label={t.queue.argsJson} name="args" value="[]" required />
              <div>
                <button type="submit">{t.actions.enqueue}</button>
              </div>
            </form>
          )}
        </Panel>
      )}
      {(rights.has('queue:empty') || rights.has('queue:delete')) && (
        <Panel title={t.queue.dangerTitle}>
          <div class="stack">
            {rights.has('queue:empty') && (
              <div class="stack">
                <p class="muted small">{t.queue.emptyDetail}</p>
                <div>
                  <a class="button" href={href(v, `${path}/empty`)}>
                    {t.actions.empty}…
                  </a>
                </div>
              </div>
            )}
            {rights.has('queue:delete') && (
              <div class="stack">
                <p class="muted small">{t.queue.deleteDetail}</p>
                <div>
                  <a class="button" href={href(v, `${path}/delete`)}>
                    {t.actions.deleteQueue}…
                  </a>
                </div>
              </div>
            )}
          </div>
        </Panel>
      )}
    </div>
  )
}
