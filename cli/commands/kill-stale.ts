import { toMs } from '../../lib/core/duration.ts'
import { InvalidStateError } from '../../lib/core/errors.ts'
import { each, notedEach, replyOutcomes } from '../bulk.ts'
import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT, UsageError } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { duration } from '../parse.ts'
import { knownQueues } from '../queues.ts'
import { withSession } from '../session.ts'
import { startedJobs } from '../started-jobs.ts'

interface KillStaleFlags extends GlobalFlags {
  readonly olderThan?: string
  readonly queue?: string[]
  readonly dryRun?: true
}

export const killStaleCommand: CommandSpec<KillStaleFlags> = {
  name: 'kill-stale',
  purpose: 'Stop the jobs that have run for longer than a time.',
  options: [
    {
      title: 'Which',
      options: [
        { flags: '--older-than <time>', what: 'jobs that have run for longer', parse: duration },
        { flags: '--queue <queue>', what: 'may be repeated', fallback: 'all', repeatable: true },
        { flags: '--dry-run', what: 'say which, stop nothing' },
      ],
    },
  ],
  examples: [
    ['rq kill-stale --older-than 1h', 'in all queues'],
    ['rq kill-stale --older-than 10m --queue mail', 'in one'],
    ['rq kill-stale --older-than 1h --dry-run', 'only look'],
  ],
  exitCodes: [
    [EXIT.done, 'all were asked to stop, or there are none'],
    [EXIT.failed, 'some were not'],
    [EXIT.notFound, 'no such queue'],
    ...COMMON_EXITS,
  ],

  run(_, flags, host) {
    const { olderThan, queue, dryRun } = flags
    if (olderThan === undefined) throw new UsageError('expected --older-than, as in --older-than 1h')
    const limit = Date.now() - toMs(olderThan, 'older-than')
    return withSession(flags, host, async (session) => {
      const started = await startedJobs(session, await knownQueues(session, queue))
      const stale = started.filter(({ startedAt }) => startedAt && startedAt.getTime() < limit)
      // Two queues may each have a job of one id.
      const ids = stale.map(({ id }) => id)
      const isExpected = (error: unknown) => error instanceof InvalidStateError
      const outcomes =
        dryRun || ids.length === 0
          ? await each(ids, 'would be asked to stop', async () => {}, isExpected)
          : await notedEach(session, 'job:stop', ids, () =>
              each(ids, 'asked to stop', (id, i) => session.store.stop(stale[i]!.queue, id), isExpected),
            )
      return replyOutcomes(host, flags, 'rq.kill-stale/1', outcomes)
    })
  },
}
