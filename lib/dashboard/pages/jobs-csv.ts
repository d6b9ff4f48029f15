import type { Context } from '../context.ts'
import type { JobRow } from '../data/index.ts'
import { toCsv } from '../security/csv.ts'
import { filterOf } from './jobs.tsx'

/** An export is for a spreadsheet: more is what the API is for. */
const MOST_ROWS = 10_000
const PAGE = 500

const COLUMNS = [
  'id',
  'queue',
  'state',
  'func',
  'call',
  'tags',
  'attempt',
  'worker',
  'created',
  'queued',
  'started',
  'ended',
  'waited_ms',
  'ran_ms',
  'error',
] as const

/** What a list shows, redacted as it is there, page after page as it is read. */
export async function jobsCsv(c: Context): Promise<Response> {
  const filter = filterOf(c.v.query, c.v.now, c.v.timeZone)
  await c.access.need('job:export', filter.queue === undefined ? {} : { queue: filter.queue })
  const encoder = new TextEncoder()
  let cursor: string | undefined
  let rows = 0
  let isDone = false
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(toCsv([COLUMNS])))
    },
    async pull(controller) {
      if (isDone) return controller.close()
      const page = await c.data.findJobs(c.store, filter, { limit: PAGE, ...(cursor && { cursor }) })
      const visible = c.visibility.of(page.rows)
      rows += page.rows.length
      cursor = page.next ?? undefined
      isDone = cursor === undefined || rows >= MOST_ROWS
      controller.enqueue(encoder.encode(toCsv(visible.map((row) => cellsOf(c, row)))))
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="jobs.csv"',
    },
  })
}

function cellsOf({ hide }: Context, row: JobRow): readonly unknown[] {
  const time = (at: number | null) => (at === null ? '' : new Date(at).toISOString())
  return [
    row.id,
    row.queue,
    row.state,
    row.func,
    hide.text(row.preview),
    row.tags.join(' '),
    row.attempt,
    row.worker ?? '',
    time(row.createdAt),
    time(row.queuedAt),
    time(row.startedAt),
    time(row.endedAt),
    row.waitedMs ?? '',
    row.ranMs ?? '',
    row.error === null ? '' : hide.text(row.error),
  ]
}
