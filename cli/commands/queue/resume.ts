import { type Outcome, replyOutcomes } from '../../bulk.ts'
import type { CommandSpec } from '../../command.ts'
import { COMMON_EXITS, EXIT } from '../../exit-codes.ts'
import type { GlobalFlags } from '../../globals.ts'
import { resumeQueue } from '../../lib.ts'
import { knownQueues } from '../../queues.ts'
import { withSession } from '../../session.ts'

export const queueResumeCommand: CommandSpec<GlobalFlags> = {
  name: 'resume',
  purpose: 'Let workers take jobs again from queues that were paused.',
  argument: { term: '<queues...>', what: 'queues to resume' },
  options: [],
  examples: [
    ['rq queue resume mail', 'one queue'],
    ['rq queue resume mail sms', 'two'],
    ['rq queue resume mail --json', 'for a program'],
  ],
  exitCodes: [[EXIT.done, 'resumed'], [EXIT.notFound, 'no such queue'], ...COMMON_EXITS],

  run(queues, flags, host) {
    return withSession(flags, host, async (session) => {
      const outcomes: Outcome[] = []
      for (const queue of await knownQueues(session, queues)) {
        await resumeQueue(session, queue)
        outcomes.push({ id: queue, ok: true, what: 'resumed' })
      }
      return replyOutcomes(host, flags, 'rq.queue.resume/1', outcomes)
    })
  },
}
