import { type Outcome, replyOutcomes } from '../../bulk.ts'
import type { CommandSpec } from '../../command.ts'
import { COMMON_EXITS, EXIT } from '../../exit-codes.ts'
import type { GlobalFlags } from '../../globals.ts'
import { pauseQueue } from '../../lib.ts'
import { duration } from '../../parse.ts'
import { knownQueues } from '../../queues.ts'
import { withSession } from '../../session.ts'

interface PauseFlags extends GlobalFlags {
  readonly for?: string
  readonly reason?: string
}

export const queuePauseCommand: CommandSpec<PauseFlags> = {
  name: 'pause',
  purpose: 'Let workers take no more jobs from queues; what runs goes on, and enqueueing still works.',
  argument: { term: '<queues...>', what: 'queues to pause' },
  options: [
    {
      title: 'How',
      options: [
        { flags: '--for <time>', what: 'as 10m', fallback: 'until rq queue resume', parse: duration },
        { flags: '--reason <text>', what: 'why, for whoever looks at the queue' },
      ],
    },
  ],
  examples: [
    ['rq queue pause mail', 'until it is resumed'],
    ['rq queue pause mail sms --for 10m', 'two queues, for ten minutes'],
    ["rq queue pause mail --reason 'the provider is down'", 'with a reason, which the dashboard shows'],
    ['rq queue pause mail --json', 'for a program'],
  ],
  exitCodes: [[EXIT.done, 'paused'], [EXIT.notFound, 'no such queue'], ...COMMON_EXITS],

  run(queues, flags, host) {
    return withSession(flags, host, async (session) => {
      const outcomes: Outcome[] = []
      for (const queue of await knownQueues(session, queues)) {
        await pauseQueue(session, queue, flags)
        outcomes.push({
          id: queue,
          ok: true,
          what: flags.for === undefined ? 'paused' : `paused for ${flags.for}`,
        })
      }
      return replyOutcomes(host, flags, 'rq.queue.pause/1', outcomes)
    })
  },
}
