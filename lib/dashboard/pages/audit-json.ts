import { visibleEntries } from '../audit-entries.ts'
import type { Context } from '../context.ts'
import type { AuditEntry } from '../data/index.ts'

const PAGE = 1_000
/** More than are kept: a log that is written faster than it is read must end too. */
const MOST_PAGES = 20

/** The whole log, in the form in which the API gives a page of it. */
export async function auditJson(c: Context): Promise<Response> {
  await c.access.need('audit:view')
  const entries: AuditEntry[] = []
  let cursor: string | null = null
  for (let pages = 0; pages < MOST_PAGES && (pages === 0 || cursor !== null); pages++) {
    const page = await c.data.readAudit(c.store, { limit: PAGE, ...(cursor !== null && { cursor }) })
    entries.push(...(await visibleEntries(c, page.entries)))
    cursor = page.next
  }
  const body = JSON.stringify({ schema: 'rq.audit/1', data: { entries, next: cursor } })
  return new Response(body, {
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': 'attachment; filename="audit.json"',
    },
  })
}
