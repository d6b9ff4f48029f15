import type { Context, Drawn } from '../context.ts'
import { Empty, Head, Panel, Scroll } from '../parts/panel.tsx'
import { exact, Foreign, Num } from '../parts/text.tsx'
import { hrefHere } from '../view.ts'

export async function auditPage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t } = v
  await c.access.need('audit:view')
  const cursor = v.query.get('cursor')?.slice(0, 100)
  const { entries, next } = await c.data.readAudit(c.store, { limit: 100, ...(cursor && { cursor }) })
  const body = (
    <>
      <Head title={t.audit.title} />
      <Panel flush>
        {entries.length === 0 ? (
          <Empty title={t.audit.none}>
            <p>{t.audit.noneDetail}</p>
          </Empty>
        ) : (
          <Scroll v={v} name={t.audit.caption}>
            <table data-rows>
              <caption class="sr">{t.audit.caption}</caption>
              <thead>
                <tr>
                  <th scope="col">{t.common.when}</th>
                  <th scope="col">{t.audit.who}</th>
                  <th scope="col">{t.audit.what}</th>
                  <th scope="col">{t.audit.subject}</th>
                  <th scope="col" class="n">
                    {t.common.count}
                  </th>
                  <th scope="col">{t.audit.outcome}</th>
                </tr>
              </thead>
              <tbody data-live="audit">
                {entries.map((entry) => (
                  <tr data-key={entry.id}>
                    <td class="nowrap">
                      <time datetime={new Date(entry.at).toISOString()}>{exact(v, entry.at)}</time>
                    </td>
                    <td>
                      <Foreign text={entry.who} />{' '}
                      <span class="small muted">{t.audit.vias[entry.via] ?? entry.via}</span>
                    </td>
                    <td>
                      <code>{entry.action}</code>
                    </td>
                    <td class="wrap">
                      <Foreign text={entry.subject} />
                    </td>
                    <Num v={v} n={entry.count} />
                    <td>
                      <span class={entry.outcome === 'failed' ? 'bad' : ''}>
                        {t.audit.outcomes[entry.outcome] ?? entry.outcome}
                      </span>
                      {entry.note && (
                        <span class="small muted">
                          {' '}
                          <Foreign text={c.hide.text(entry.note)} />
                        </span>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
        {(next !== null || cursor) && (
          <div class="pager">
            <span />
            <span class="actions">
              {cursor && (
                <a class="button" href={hrefHere(v, { cursor: null })}>
                  {t.common.first}
                </a>
              )}
              {next !== null && (
                <a class="button" href={hrefHere(v, { cursor: next })}>
                  {t.common.next}
                </a>
              )}
            </span>
          </div>
        )}
      </Panel>
    </>
  )
  return { title: t.audit.title, section: 'audit', body }
}
