import type { Context } from './context.ts'
import type { AuditEntry } from './data/index.ts'
import { visibleCronNames } from './reads.ts'

/** Of entries of the audit log those that this user may see, with secrets hidden. */
export async function visibleEntries(
  c: Context,
  entries: readonly AuditEntry[],
): Promise<readonly AuditEntry[]> {
  const shown = entries.map((entry) => ({ ...entry, note: c.hide.text(entry.note) }))
  if (c.visibility.isAll) return shown
  const cron = new Set(await visibleCronNames(c))
  return shown.filter((entry) =>
    entry.action.startsWith('cron:')
      ? cron.has(entry.subject)
      : queuesOf(entry)?.every((queue) => c.visibility.sees(queue)),
  )
}

/** The queues that an entry names; undefined where it may be about any. */
function queuesOf({ action, subject }: AuditEntry): readonly string[] | undefined {
  if (action.startsWith('queue:')) return [subject]
  if (!action.startsWith('job:')) return []
  const [, what = '', to] = /^(.*?)(?: to (\S+))?$/s.exec(subject) ?? []
  const queue = filteredQueue(what) ?? /^(?:[\w.-]+@|.* in |)(\S+)(?: and \d+ more)?$/s.exec(what)?.[1]
  return queue === undefined ? undefined : to === undefined ? [queue] : [queue, to]
}

function filteredQueue(json: string): string | undefined {
  if (!json.startsWith('{')) return undefined
  try {
    return (JSON.parse(json) as { queue?: string }).queue
  } catch {
    // It was cut.
    return undefined
  }
}
