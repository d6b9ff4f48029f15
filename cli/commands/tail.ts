import { STATES } from '../../lib/core/states.ts'
import { cleanText } from '../clean-text.ts'
import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT, NotFoundError } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { toJson } from '../json.ts'
import { type QueueEvent, watchQueues } from '../lib.ts'
import { oneOf } from '../parse.ts'
import { knownQueues } from '../queues.ts'
import { whileRead } from '../screen.ts'
import { withSession } from '../session.ts'

interface TailFlags extends GlobalFlags {
  readonly queue?: string[]
  readonly state?: (typeof STATES)[number][]
}

export const tailCommand: CommandSpec<TailFlags> = {
  name: 'tail',
  purpose: 'Follow what happens to jobs, until Ctrl-C.',
  options: [
    {
      title: 'Which',
      options: [
        { flags: '--queue <queue>', what: 'may be repeated', fallback: 'all', repeatable: true },
        {
          flags: '-s, --state <state>',
          what: `one of ${STATES.join(', ')}; may be repeated`,
          fallback: 'all',
          parse: oneOf(STATES),
          repeatable: true,
        },
      ],
    },
  ],
  examples: [
    ['rq tail', 'everything'],
    ['rq tail --queue mail --state failed', 'what fails in one queue'],
    ['rq tail --json | jq -c .data', 'a line of JSON for each event'],
  ],
  exitCodes: [[EXIT.done, 'stopped by Ctrl-C or SIGTERM'], [EXIT.notFound, 'no such queue'], ...COMMON_EXITS],

  async run(_, flags, host) {
    await withSession(flags, host, async (session) => {
      const queues = await knownQueues(session, flags.queue)
      if (queues.length === 0)
        throw new NotFoundError('there are no queues yet', 'Enqueue a job or start a worker first.')
      const show = (event: QueueEvent) => {
        if (flags.state && !flags.state.includes(event.status)) return
        host.output.line(flags.json ? `${toJson({ schema: 'rq.tail/1', data: event })}\n` : lineOf(event))
      }
      await whileRead(host, (signal) => watchQueues(session, queues, show, signal))
    })
    return EXIT.done
  },
}

function lineOf({ at, queue, id, status }: QueueEvent): string {
  const time = at.toTimeString().slice(0, 8)
  return cleanText(`${time} ${queue}: ${status.padEnd(9)} ${id}`).concat('\n')
}
