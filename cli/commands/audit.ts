import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { count } from '../parse.ts'
import { reply } from '../reply.ts'
import { withSession } from '../session.ts'
import { type Column, table } from '../table.ts'
import { terminalOf } from '../terminal.ts'
import { number } from '../words.ts'

interface AuditFlags extends GlobalFlags {
  readonly limit?: number
}

const LIMIT = 50

const COLUMNS: readonly Column[] = [
  { head: 'when' },
  { head: 'who', shrink: true },
  { head: 'via' },
  { head: 'action' },
  { head: 'outcome' },
  { head: 'count', right: true },
  { head: 'subject' },
]

export const auditCommand: CommandSpec<AuditFlags> = {
  name: 'audit',
  purpose: 'Show who changed what, by the dashboard or by rq, the latest first.',
  options: [
    {
      title: 'Which',
      options: [{ flags: '-l, --limit <n>', what: 'at most so many', fallback: String(LIMIT), parse: count }],
    },
  ],
  examples: [
    ['rq audit', 'the last fifty'],
    ['rq audit --limit 1000 --json', 'for a program'],
    ['rq audit --json | jq \'.data[] | select(.action == "queue:delete")\'', 'who deleted queues'],
  ],
  exitCodes: [[EXIT.done, 'listed, even if there is nothing'], ...COMMON_EXITS],

  async run(_, flags, host) {
    await withSession(flags, host, async ({ store }) => {
      const { readAudit } = await import('../../lib/redis/audit.ts')
      const { entries } = await readAudit(store, { limit: flags.limit ?? LIMIT })
      reply(host, flags, {
        schema: 'rq.audit/1',
        data: entries.map(({ at, ...rest }) => ({ at: new Date(at).toISOString(), ...rest })),
        text: () => {
          if (entries.length === 0) return 'nothing yet\n'
          const rows = entries.map((entry) => [
            new Date(entry.at).toISOString(),
            entry.who,
            entry.via,
            entry.action,
            entry.outcome,
            number(entry.count),
            entry.note === '' ? entry.subject : `${entry.subject} (${entry.note})`,
          ])
          return table(COLUMNS, rows, terminalOf(host))
        },
      })
    })
    return EXIT.done
  },
}
