import { InvalidStateError } from '../../../lib/core/errors.ts'
import type { Job } from '../../../lib/queue/job.ts'
import { each, notedEach, replyOutcomes } from '../../bulk.ts'
import type { CommandSpec, OptionSpec } from '../../command.ts'
import { confirm } from '../../confirm.ts'
import { COMMON_EXITS, EXIT } from '../../exit-codes.ts'
import { withSession } from '../../session.ts'
import { plural } from '../../words.ts'
import { findJob, IDS, type JobFlags, QUEUE } from './ids.ts'

interface Change<F extends JobFlags> extends Pick<CommandSpec, 'name' | 'purpose' | 'examples'> {
  /** As the audit log has it. */
  readonly action: `job:${string}`
  /** As in `canceled`. */
  readonly done: string
  readonly options?: readonly OptionSpec[]
  /** Asked before anything is destroyed. */
  readonly question?: (what: string) => string
  change(job: Job, flags: F): Promise<unknown>
}

const DRY_RUN: OptionSpec = { flags: '--dry-run', what: 'look whether the jobs are there, change nothing' }
const YES: OptionSpec = { flags: '-y, --yes', what: 'do not ask' }

/** A command that does one thing to each of the jobs that it is given. */
export function changeCommand<F extends JobFlags = JobFlags>({
  name,
  purpose,
  examples,
  action,
  done,
  options = [],
  question,
  change,
}: Change<F>): CommandSpec<F> {
  return {
    name,
    purpose,
    examples,
    argument: IDS,
    options: [{ title: 'How', options: [QUEUE, ...options, DRY_RUN, ...(question ? [YES] : [])] }],
    exitCodes: [
      [EXIT.done, `all were ${done}`],
      [EXIT.failed, 'some were not; a line for each says why'],
      [EXIT.notFound, 'none of the jobs is there'],
      ...(question ? ([[EXIT.refused, 'needs --yes']] as const) : []),
      ...COMMON_EXITS,
    ],

    async run(ids, flags, host) {
      if (question && !flags.dryRun) await confirm(host, flags.yes, question(plural(ids.length, 'job')))
      return withSession(flags, host, async (session) => {
        const isExpected = (error: unknown) => error instanceof InvalidStateError
        const outcomes = flags.dryRun
          ? await each(ids, `would be ${done}`, (id) => findJob(session, flags, id), isExpected)
          : await notedEach(session, action, ids, () =>
              each(ids, done, async (id) => change(await findJob(session, flags, id), flags), isExpected),
            )
        return replyOutcomes(host, flags, `rq.job.${name}/1`, outcomes)
      })
    },
  }
}
