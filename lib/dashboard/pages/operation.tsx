import type { Context, Drawn } from '../context.ts'
import { explain } from '../explain.ts'
import { ActionButton } from '../parts/form.tsx'
import { Head, Notice, Panel } from '../parts/panel.tsx'
import { Foreign } from '../parts/text.tsx'
import { NotFound } from '../refusals.ts'
import { href, type View } from '../view.ts'

/** It goes on from where it was, once what stopped it is over. */
function Why({ v, error }: { v: View; error: unknown }) {
  const { title, said, cause } = explain(v, error)
  return (
    <Notice kind="bad">
      <strong>{title}</strong>
      {cause && <span>{cause}</span>}
      <span class="small">
        <Foreign text={said} />
      </span>
    </Notice>
  )
}

/** How far a bulk action has come. */
export async function operationPage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t, format } = v
  const operation = c.operations.find(c.params.id!, c.access.user.name)
  if (operation === undefined) throw new NotFound(t.bulk.gone)
  const { state, progress, name } = operation
  const word = t.actions[name as keyof typeof t.actions]
  const label = typeof word === 'string' ? word : name
  const isRunning = state === 'running' || state === 'stopping'
  const title = isRunning
    ? t.bulk.running(label)
    : state === 'done'
      ? t.bulk.finished(label)
      : t.bulk.stopped(label)
  const back = v.query.get('back') ?? 'jobs'
  const body = (
    <>
      <Head
        title={title}
        actions={
          isRunning ? (
            <ActionButton v={v} to={`operations/${operation.id}/stop`} label={t.bulk.abort} />
          ) : (
            state !== 'done' && (
              <ActionButton v={v} to={`operations/${operation.id}/resume`} label={t.bulk.resume} />
            )
          )
        }
      />
      {state === 'failed' && <Why v={v} error={operation.error} />}
      <Panel live="operation">
        <div class="stack">
          <p>
            <Foreign text={operation.subject} />
          </p>
          <progress
            value={progress.done}
            max={Math.max(progress.total, progress.done, 1)}
            aria-label={title}
          ></progress>
          <p>
            {t.bulk.progress(progress.done, Math.max(progress.total, progress.done))}
            {', '}
            <strong>{t.bulk.changedCount(progress.changed)}</strong>
            {operation.skippedCount > 0 && `, ${t.bulk.skipped(operation.skippedCount)}`}
          </p>
          {operation.skipped.length > 0 && (
            <details class="fold">
              <summary>{t.bulk.why}</summary>
              <ul class="small">
                {operation.skipped.map(({ ref, why }) => (
                  <li>
                    <code>
                      <Foreign text={ref} />
                    </code>{' '}
                    <Foreign text={why} />
                  </li>
                ))}
                {operation.skippedCount > operation.skipped.length && (
                  <li>{t.common.and(operation.skippedCount - operation.skipped.length)}</li>
                )}
              </ul>
            </details>
          )}
          <p>
            <a href={href(v, back)}>{t.common.back}</a>{' '}
            <span class="muted">{format.relative(operation.startedAt, Date.now())}</span>
          </p>
        </div>
      </Panel>
    </>
  )
  return { title, section: 'jobs', body, ...(isRunning && { refresh: 2 }) }
}
