import type { RedisStore } from './store.ts'

/** What somebody did. */
export interface AuditEntry {
  /** The id of its entry in the stream, a cursor at once. */
  readonly id: string
  /** Milliseconds since 1970, of Redis's clock. */
  readonly at: number
  readonly who: string
  readonly via: string
  readonly action: string
  /** The job, queue, worker, entry or filter that it was about. */
  readonly subject: string
  readonly count: number
  readonly outcome: 'done' | 'failed'
  /** A reason, or what went wrong. */
  readonly note: string
}

export interface AuditPage {
  /** The latest first. */
  readonly entries: readonly AuditEntry[]
  /** Gives those before them; null at the end. */
  readonly next: string | null
}

/** Entries kept, and how long a text of one may be. */
const KEPT = 10_000
const LONGEST = 500
const LIMIT = 100
/** Entries of one answer. */
const MOST = 1_000

/** Appends an entry; the oldest go. */
export async function writeAudit(
  { connection, prefix }: RedisStore,
  { who, via, action, subject, count, outcome, note }: Omit<AuditEntry, 'id' | 'at'>,
): Promise<void> {
  const fields = { who, via, action, subject, count: String(count), outcome, note }
  const flat = Object.entries(fields).flatMap(([name, value]) => [name, value.slice(0, LONGEST)])
  await connection.attempt((client) => client.xadd(`${prefix}:audit`, 'MAXLEN', '~', KEPT, '*', ...flat))
}

/** @param cursor what the answer before gave as `next`; one that is none begins anew @param limit 1,000 at most. @default 100 */
export async function readAudit(
  { connection, prefix }: RedisStore,
  { cursor, limit = LIMIT }: { readonly cursor?: string; readonly limit?: number } = {},
): Promise<AuditPage> {
  const end = cursor !== undefined && /^\d{1,20}-\d{1,20}$/.test(cursor) ? `(${cursor}` : '+'
  const count = Math.min(Math.max(1, limit), MOST)
  const found = await connection.attempt((client) =>
    client.xrevrange(`${prefix}:audit`, end, '-', 'COUNT', count),
  )
  const entries = found.map(([id, fields]) => toEntry(id, fields))
  return { entries, next: entries.length < count ? null : entries.at(-1)!.id }
}

function toEntry(id: string, fields: readonly string[]): AuditEntry {
  const field = (name: string) => {
    const at = fields.findIndex((each, i) => i % 2 === 0 && each === name)
    return at < 0 ? '' : (fields[at + 1] ?? '')
  }
  return {
    id,
    at: Number(id.split('-')[0]),
    who: field('who'),
    via: field('via'),
    action: field('action'),
    subject: field('subject'),
    count: Number(field('count')) || 0,
    outcome: field('outcome') === 'failed' ? 'failed' : 'done',
    note: field('note'),
  }
}
