import type { CommandSpec } from '../../command.ts'
import { COMMON_EXITS, EXIT } from '../../exit-codes.ts'
import { count } from '../../parse.ts'
import { reply } from '../../reply.ts'
import { withSession } from '../../session.ts'
import { type Column, table } from '../../table.ts'
import { terminalOf } from '../../terminal.ts'
import { age, number } from '../../words.ts'
import type { FailedFlags } from './find.ts'
import { WHICH } from './options.ts'

const LIMIT = 50

const COLUMNS: readonly Column[] = [
  { head: 'id', shrink: true },
  { head: 'queue', shrink: true },
  { head: 'ago', right: true },
  { head: 'job', shrink: true },
  { head: 'error' },
]

export const lsCommand: CommandSpec<FailedFlags & { readonly limit?: number }> = {
  name: 'ls',
  purpose: 'List failed jobs with their errors, the latest first.',
  options: [
    {
      title: 'Which',
      options: [
        ...WHICH,
        { flags: '-l, --limit <n>', what: 'at most so many', fallback: String(LIMIT), parse: count },
      ],
    },
  ],
  examples: [
    ['rq failed ls', 'the last fifty'],
    ['rq failed ls --error 3f2a9c11', 'of one group'],
    ['rq failed ls --error TimeoutError --since 1d --json', 'for a program'],
  ],
  exitCodes: [
    [EXIT.done, 'listed, even if there are none'],
    [EXIT.notFound, 'no such queue'],
    ...COMMON_EXITS,
  ],

  async run(_, flags, host) {
    await withSession(flags, host, async (session) => {
      const [{ findFailed }, { callOf, errorOf, jobData, lastTime }] = await Promise.all([
        import('./find.ts'),
        import('../../job-view.ts'),
      ])
      const { records, warnings, now } = await findFailed(session, flags)
      const shown = records.slice(0, flags.limit ?? LIMIT)
      reply(host, flags, {
        schema: 'rq.failed.ls/1',
        data: shown.map((record) => jobData(record, session.store.codec)),
        warnings,
        text: () => {
          if (shown.length === 0) return 'no failed jobs\n'
          const rows = shown.map((record) => {
            const error = errorOf(record)
            const text = error ? `${error.name}: ${error.message}` : ''
            return [
              record.id,
              record.queue,
              age(now - lastTime(record)),
              callOf(record, session.store.codec),
              text,
            ]
          })
          return `${table(COLUMNS, rows, terminalOf(host))}${number(shown.length)} of ${number(records.length)}\n`
        },
      })
    })
    return EXIT.done
  },
}
