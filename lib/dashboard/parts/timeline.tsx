import type { JobDetail } from '../data/index.ts'
import type { Redactor } from '../security/redact.ts'
import type { View } from '../view.ts'
import { Icon } from './icons.tsx'
import { exact, Foreign, Time } from './text.tsx'

interface Event {
  readonly at: number | null
  readonly icon: string
  readonly kind: string
  readonly what: string
  readonly detail?: any
}

/** All that has happened to a job, and what is to come. */
export function Timeline({ v, job, hide }: { v: View; job: JobDetail; hide: Redactor }) {
  return (
    <ol class="timeline">
      {eventsOf(v, job, hide).map(({ at, icon, kind, what, detail }) => (
        <li>
          <span class={kind}>
            <Icon name={icon} size={16} />
          </span>
          <span>{what}</span>
          <span class="muted small">{at !== null && <Time v={v} at={at} />}</span>
          {detail && <div class="detail small">{detail}</div>}
        </li>
      ))}
    </ol>
  )
}

function eventsOf(
  v: View,
  { row, runs, parents, position, reason, expiresAt }: JobDetail,
  hide: Redactor,
): Event[] {
  const { t, format } = v
  const events: Event[] = [{ at: row.createdAt, icon: 'created', kind: 'muted', what: t.job.created }]
  const waitsFor = parents.filter(({ word }) => word === 'waits' || word === 'failed').length
  if (row.state === 'deferred') {
    events.push({ at: null, icon: 'deferred', kind: 's-deferred', what: t.job.deferredOn(waitsFor) })
  }
  if (row.queuedAt !== null && row.state !== 'scheduled' && row.state !== 'deferred') {
    const place =
      position === null
        ? undefined
        : position === 0
          ? t.job.next
          : t.job.position(format.number(position + 1))
    events.push({ at: row.queuedAt, icon: 'queued', kind: 's-queued', what: t.job.queued, detail: place })
  }
  for (const run of runs) {
    const state = stateOf(run.outcome)
    const took = run.endedAt === null ? undefined : t.job.took(format.duration(run.endedAt - run.startedAt))
    const where = run.worker && t.job.onWorker(run.worker)
    events.push({
      at: run.endedAt ?? run.startedAt,
      icon: run.endedAt === null ? 'started' : state,
      kind: `s-${run.endedAt === null ? 'started' : state}`,
      what:
        run.endedAt === null
          ? t.job.startedRun(run.attempt)
          : t.job.outcomeRun(run.attempt, outcomeWord(v, run.outcome)),
      detail: (
        <>
          <Foreign text={[took, where].filter(Boolean).join(', ')} />
          {run.error && (
            <span class="clip">
              <Foreign text={hide.text(`${run.error.name}: ${run.error.message}`)} />
            </span>
          )}
        </>
      ),
    })
  }
  if (row.state === 'scheduled' && row.dueAt !== null) {
    const what =
      runs.length > 0 ? t.job.nextRetry(exact(v, row.dueAt)) : t.job.scheduledFor(exact(v, row.dueAt))
    events.push({ at: row.dueAt, icon: 'scheduled', kind: 's-scheduled', what })
  }
  if (row.state === 'canceled') {
    events.push({
      at: row.endedAt,
      icon: 'canceled',
      kind: 's-canceled',
      what: reason ? t.job.canceledBecause(hide.text(reason)) : t.states.canceled,
    })
  }
  if (expiresAt !== null) {
    events.push({ at: expiresAt, icon: 'scheduled', kind: 'muted', what: t.job.expires(exact(v, expiresAt)) })
  }
  return events.sort((a, b) => (a.at ?? v.now) - (b.at ?? v.now))
}

function stateOf(outcome: string): string {
  if (outcome === 'retry' || outcome === 'retryAsked') return 'retry'
  if (outcome === 'repeat') return 'finished'
  return outcome
}

function outcomeWord({ t }: View, outcome: string): string {
  return Object.hasOwn(t.states, outcome)
    ? t.states[outcome as keyof typeof t.states]
    : (t.job.outcomes[outcome] ?? outcome)
}
