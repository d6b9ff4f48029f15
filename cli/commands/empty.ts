import type { CommandSpec } from '../command.ts'
import { type EmptyFlags, empty } from '../empty.ts'
import { COMMON_EXITS, EXIT } from '../exit-codes.ts'

export const emptyCommand: CommandSpec<EmptyFlags> = {
  name: 'empty',
  purpose: 'Delete the jobs that wait in queues; those that run go on.',
  argument: { term: '[queues...]', what: 'queues to empty' },
  options: [
    {
      title: 'How',
      options: [
        { flags: '-a, --all', what: 'every queue' },
        { flags: '--dry-run', what: 'say how many there are, delete nothing' },
        { flags: '-y, --yes', what: 'do not ask' },
      ],
    },
  ],
  examples: [
    ['rq empty low', 'one queue, after a question'],
    ['rq empty --all --yes', 'all, without'],
    ['rq empty high low --dry-run', 'only count'],
  ],
  exitCodes: [[EXIT.done, 'emptied, or nothing to do'], [EXIT.refused, 'needs --yes'], ...COMMON_EXITS],
  run: (queues, flags, host) => empty(queues, flags, host, 'rq.empty/1'),
}
