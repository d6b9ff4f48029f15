import { toRef } from '../../core/record.ts'
import type { Context, Drawn } from '../context.ts'
import { PAYLOADS, type PayloadField } from '../data/index.ts'
import { Head, Panel } from '../parts/panel.tsx'
import { Foreign } from '../parts/text.tsx'
import { NotFound } from '../refusals.ts'
import { hrefHere, jobHref } from '../view.ts'
import { readVisibleJob } from './job.tsx'

/** A long payload, 64 KB after 64 KB. A piece begins anywhere, so redaction could not tell a secret: it needs job:reveal. */
export async function payloadPage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t, format } = v
  const field = c.params.field as PayloadField
  if (!PAYLOADS.includes(field)) throw new NotFound(`no payload ${field}`)
  const { row } = await readVisibleJob(c)
  await c.access.need('job:reveal', { queue: row.queue, job: row.id })
  const offset = Math.max(0, Math.floor(Number(v.query.get('offset')) || 0))
  const piece = await c.data.readPayload(c.store, toRef(row.id, row.queue), field, offset)
  if (piece === undefined) throw new NotFound(`no payload ${field}`)
  const title = `${t.job.title(row.id)}: ${field}`
  const end = piece.next ?? piece.bytes
  const body = (
    <>
      <Head
        title={<code>{field}</code>}
        crumbs={
          <a href={jobHref(v, row)}>
            <Foreign text={t.job.title(row.id)} />
          </a>
        }
      />
      <Panel flush>
        <pre class="code">
          <Foreign text={piece.text} />
        </pre>
        <div class="pager">
          <span>
            {t.job.bytes(`${format.bytes(piece.offset)}–${format.bytes(end)}`, format.bytes(piece.bytes))}
          </span>
          {piece.next !== null && (
            <a class="button" href={hrefHere(v, { offset: piece.next })}>
              {t.common.next}
            </a>
          )}
        </div>
      </Panel>
    </>
  )
  return { title, section: 'jobs', body }
}
