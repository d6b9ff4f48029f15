import type { CommandSpec } from '../../command.ts'
import { COMMON_EXITS, EXIT } from '../../exit-codes.ts'
import { Progress } from '../../progress.ts'
import { reply } from '../../reply.ts'
import { requeue, requeueText } from '../../requeue.ts'
import { withSession } from '../../session.ts'
import { terminalOf } from '../../terminal.ts'
import { plural } from '../../words.ts'
import type { FailedFlags } from './find.ts'
import { ALL, DRY_RUN, FAILED_IDS, WHICH } from './options.ts'

export const retryCommand: CommandSpec<FailedFlags> = {
  name: 'retry',
  purpose: 'Queue failed jobs again, with all their attempts.',
  argument: FAILED_IDS,
  options: [
    { title: 'Which', options: [...WHICH, ALL] },
    {
      title: 'How',
      options: [DRY_RUN, { flags: '-y, --yes', what: 'accepted; nothing is asked, as nothing is lost' }],
    },
  ],
  examples: [
    ['rq failed retry --error 3f2a9c11', 'one group'],
    ['rq failed retry --all --queue mail --since 1d', 'what failed within a day in one queue'],
    ['rq failed retry --all --dry-run', 'only count them'],
  ],
  exitCodes: [
    [EXIT.done, 'requeued, even if there were none'],
    [EXIT.notFound, 'none of the ids has failed, or no such queue'],
    ...COMMON_EXITS,
  ],

  run(ids, flags, host) {
    return withSession(flags, host, async (session) => {
      const { chooseFailed } = await import('./find.ts')
      const { records, warnings } = await chooseFailed(session, ids, flags)
      const progress = new Progress(host, flags, 'jobs requeued')
      const done = flags.dryRun
        ? { requeued: 0, skipped: [] }
        : await requeue(session, records, (count) => progress.at(count, records.length))
      progress.stop()
      reply(host, flags, {
        schema: 'rq.failed.retry/1',
        data: { found: records.length, dryRun: flags.dryRun ?? false, ...done },
        warnings,
        text: () =>
          flags.dryRun
            ? `${plural(records.length, 'job')} would be requeued\n`
            : requeueText(done, terminalOf(host)),
      })
      return ids.length > 0 && records.length === 0 ? EXIT.notFound : EXIT.done
    })
  },
}
