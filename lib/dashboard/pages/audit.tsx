import { visibleEntries } from '../audit-entries.ts'
import type { Context, Drawn } from '../context.ts'
import { Pager } from '../parts/pager.tsx'
import { Empty, Head, Panel } from '../parts/panel.tsx'
import { Table } from '../parts/table.tsx'
import { exact, Foreign, Num } from '../parts/text.tsx'
import { href } from '../view.ts'

export async function auditPage(c: Context): Promise<Drawn> {
  const { v } = c
  const { t } = v
  await c.access.need('audit:view')
  const cursor = v.query.get('cursor')?.slice(0, 100)
  const { entries: all, next } = await c.data.readAudit(c.store, { limit: 100, ...(cursor && { cursor }) })
  const entries = await visibleEntries(c, all)
  const body = (
    <>
      <Head
        title={t.audit.title}
        actions={
          <a class="button" href={href(v, 'audit.json')}>
            {t.audit.export}
          </a>
        }
      />
      <Panel flush>
        {entries.length === 0 ? (
          <Empty title={t.audit.none}>
            <p>{t.audit.noneDetail}</p>
          </Empty>
        ) : (
          <Table
            v={v}
            name={t.audit.caption}
            columns={[
              t.common.when,
              t.audit.who,
              t.audit.what,
              t.audit.subject,
              [t.common.count, 'n'],
              t.audit.outcome,
            ]}
            rows="walk"
            live="audit"
          >
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
                      <Foreign text={entry.note} />
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </Table>
        )}
        {(next !== null || cursor) && <Pager v={v} by="cursor" isFirst={!cursor} next={next} />}
      </Panel>
    </>
  )
  return { title: t.audit.title, section: 'audit', body }
}
