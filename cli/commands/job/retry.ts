import type { CommandSpec } from '../../command.ts'
import { EXIT, UsageError } from '../../exit-codes.ts'
import type { Host } from '../../host.ts'
import { noted } from '../../lib.ts'
import { note, reply } from '../../reply.ts'
import { withSession } from '../../session.ts'
import { changeCommand } from './change.ts'
import { findRecord, type JobFlags } from './ids.ts'

interface RetryFlags extends JobFlags {
  readonly atFront?: true
  readonly edit?: true
}

const requeueCommand = changeCommand<RetryFlags>({
  name: 'retry',
  purpose: 'Queue failed, stopped or canceled jobs again, with all their attempts.',
  action: 'job:retry',
  done: 'requeued',
  options: [
    { flags: '--at-front', what: 'ahead of all that wait', conflicts: ['edit'] },
    {
      flags: '--edit',
      what: "change one job's arguments in $EDITOR, as JSON; what comes of it is a new job",
      conflicts: ['dryRun'],
    },
  ],
  examples: [
    ['rq job retry a1 a2 --at-front', 'two, as the next to run'],
    ['rq job retry a1 --edit', 'with other arguments, as a new job'],
    ['rq jobs --state stopped --ids | xargs rq job retry', 'all that were stopped'],
  ],
  change: (job, { atFront = false }) => job.requeue({ atFront }),
})

export const retryCommand: CommandSpec<RetryFlags> = {
  ...requeueCommand,
  run: (ids, flags, host) =>
    flags.edit ? retryEdited(ids, flags, host) : requeueCommand.run(ids, flags, host),
}

async function retryEdited(ids: readonly string[], flags: RetryFlags, host: Host) {
  const [id, ...others] = ids
  if (id === undefined || others.length > 0)
    throw new UsageError(`--edit: expected one job, got ${ids.length}`)
  await withSession(flags, host, async (session) => {
    const { enqueueEdited } = await import('../../edited-job.ts')
    const record = await findRecord(session, flags, id)
    const act = { action: 'job:edit', subject: `${id}@${record.queue}` }
    const created = await noted(
      session,
      act,
      () => enqueueEdited(session, host, record),
      (made) => (made ? 1 : 0),
    )
    if (created === undefined) return note(host, flags, 'nothing was changed, and nothing enqueued')
    reply(host, flags, {
      schema: 'rq.job.retry.edit/1',
      data: { from: id, id: created, queue: record.queue },
      text: () => `${created}\n`,
    })
  })
  return EXIT.done
}
