import type { JobRecord } from '../../../lib/core/record.ts'
import type { CommandSpec } from '../../command.ts'
import { confirm } from '../../confirm.ts'
import { COMMON_EXITS, EXIT } from '../../exit-codes.ts'
import { noted } from '../../lib.ts'
import { Progress } from '../../progress.ts'
import { reply } from '../../reply.ts'
import { type Session, withSession } from '../../session.ts'
import { plural } from '../../words.ts'
import type { FailedFlags } from './find.ts'
import { ALL, DRY_RUN, FAILED_IDS, WHICH } from './options.ts'

const AT_ONCE = 100

export const rmCommand: CommandSpec<FailedFlags> = {
  name: 'rm',
  purpose: 'Delete failed jobs; what depends on them is canceled.',
  argument: FAILED_IDS,
  options: [
    { title: 'Which', options: [...WHICH, ALL] },
    { title: 'How', options: [DRY_RUN, { flags: '-y, --yes', what: 'do not ask' }] },
  ],
  examples: [
    ['rq failed rm --error 3f2a9c11', 'one group, after a question'],
    ['rq failed rm --all --queue mail --yes', 'a whole queue, without'],
    ['rq failed rm --all --dry-run', 'only count them'],
  ],
  exitCodes: [
    [EXIT.done, 'deleted, even if there were none'],
    [EXIT.notFound, 'none of the ids has failed, or no such queue'],
    [EXIT.refused, 'needs --yes'],
    ...COMMON_EXITS,
  ],

  run(ids, flags, host) {
    return withSession(flags, host, async (session) => {
      const { chooseFailed } = await import('./find.ts')
      const { records, warnings } = await chooseFailed(session, ids, flags)
      if (records.length > 0 && !flags.dryRun) {
        await confirm(host, flags.yes, `Delete ${plural(records.length, 'failed job')}?`)
      }
      const progress = new Progress(host, flags, 'jobs deleted')
      const act = { action: 'job:delete', subject: plural(records.length, 'job') }
      const work = () => deleteAll(session, records, (done) => progress.at(done, records.length))
      const deleted = flags.dryRun || records.length === 0 ? 0 : await noted(session, act, work, (n) => n)
      progress.stop()
      reply(host, flags, {
        schema: 'rq.failed.rm/1',
        data: { found: records.length, dryRun: flags.dryRun ?? false, deleted },
        warnings,
        text: () =>
          flags.dryRun
            ? `${plural(records.length, 'job')} would be deleted\n`
            : `${plural(deleted, 'job')} deleted\n`,
      })
      return ids.length > 0 && records.length === 0 ? EXIT.notFound : EXIT.done
    })
  },
}

async function deleteAll(
  { store }: Session,
  records: readonly Pick<JobRecord, 'queue' | 'id'>[],
  onProgress: (done: number) => void,
): Promise<number> {
  let deleted = 0
  for (let i = 0; i < records.length; i += AT_ONCE) {
    const answers = await Promise.all(
      records.slice(i, i + AT_ONCE).map(({ queue, id }) => store.delete(queue, id)),
    )
    deleted += answers.filter((answer) => answer === 'deleted').length
    onProgress(deleted)
  }
  return deleted
}
