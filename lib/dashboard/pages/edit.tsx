import { writeExactly } from '../../core/exact-json.ts'
import type { Context, Drawn } from '../context.ts'
import { Hidden } from '../parts/form.tsx'
import { Head, Notice, Panel } from '../parts/panel.tsx'
import { decodePayload } from '../parts/payload.tsx'
import { Foreign } from '../parts/text.tsx'
import { REVEALED } from '../security/redact.ts'
import { href, jobHref, segment } from '../view.ts'
import { readVisibleJob } from './job.tsx'

/** Retry with other arguments. What is edited is never what redaction has left of it. */
export async function editPage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t } = v
  const job = await readVisibleJob(c)
  const { row } = job
  const resource = { queue: row.queue, job: row.id }
  await c.access.need('job:enqueue', resource)
  const args = job.payloads.args ?? { text: '[]', bytes: 2, isCut: false }
  const redacted = decodePayload(args, c.hide)
  const mayReveal = await c.access.can('job:reveal', resource)
  const decoded = decodePayload(args, REVEALED)
  const isHidden = redacted.isRedacted && !mayReveal
  const body = (
    <>
      <Head
        title={t.job.editTitle}
        crumbs={
          <a href={jobHref(v, row)}>
            <Foreign text={t.job.title(row.id)} />
          </a>
        }
      />
      {args.isCut || args.sealed || isHidden ? (
        <Notice kind="warn">
          {args.sealed ? t.job.sealed[args.sealed] : isHidden ? t.job.editHidden : t.job.editTooLong}
        </Notice>
      ) : (
        <Panel>
          <form method="post" action={href(v, `jobs/${segment(row.id)}/edit`)} class="stack">
            <Hidden fields={{ queue: row.queue }} />
            <p class="muted">{t.job.editDetail}</p>
            <p>
              <code>
                <Foreign text={row.func} />
              </code>
            </p>
            {decoded.isRich && <Notice kind="warn">{t.job.editRich}</Notice>}
            <label class="field">
              {t.job.argsJson}
              <textarea name="args" spellcheck={false} required>
                {decoded.isJson ? writeExactly(decoded.value ?? [], 2) : decoded.text}
              </textarea>
            </label>
            <div class="actions">
              <button type="submit" class="primary">
                {t.job.editSubmit}
              </button>
              <a class="button" href={jobHref(v, row)}>
                {t.common.back}
              </a>
            </div>
          </form>
        </Panel>
      )}
    </>
  )
  return { title: t.job.editTitle, section: 'jobs', body }
}
