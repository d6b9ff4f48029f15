import type { CommandSpec } from '../../command.ts'
import { confirm } from '../../confirm.ts'
import { COMMON_EXITS, EXIT } from '../../exit-codes.ts'
import type { GlobalFlags } from '../../globals.ts'
import { deleteQueue } from '../../lib.ts'
import { Progress } from '../../progress.ts'
import { knownQueues } from '../../queues.ts'
import { reply } from '../../reply.ts'
import { withSession } from '../../session.ts'
import { plural } from '../../words.ts'

interface RmFlags extends GlobalFlags {
  readonly yes?: true
}

export const queueRmCommand: CommandSpec<RmFlags> = {
  name: 'rm',
  purpose: 'Delete queues with all their jobs and results.',
  argument: { term: '<queues...>', what: 'queues to delete' },
  options: [{ title: 'How', options: [{ flags: '-y, --yes', what: 'do not ask' }] }],
  examples: [
    ['rq queue rm old', 'one queue, after a question'],
    ['rq queue rm old older --yes', 'two, without'],
    ['rq queue rm old --yes --json', 'for a program'],
  ],
  exitCodes: [
    [EXIT.done, 'deleted'],
    [EXIT.notFound, 'no such queue'],
    [EXIT.refused, 'needs --yes'],
    ...COMMON_EXITS,
  ],

  async run(named, flags, host) {
    await withSession(flags, host, async (session) => {
      const queues = await knownQueues(session, named)
      await confirm(host, flags.yes, `Delete ${queues.join(', ')} with all jobs and results?`)
      const progress = new Progress(host, flags, 'jobs deleted')
      const done: { queue: string; deleted: number }[] = []
      for (const queue of queues) {
        done.push({ queue, deleted: await deleteQueue(session, queue, (count) => progress.at(count)) })
      }
      progress.stop()
      reply(host, flags, {
        schema: 'rq.queue.rm/1',
        data: done,
        text: () =>
          done.map(({ queue, deleted }) => `${queue} deleted, with ${plural(deleted, 'job')}\n`).join(''),
      })
    })
    return EXIT.done
  },
}
