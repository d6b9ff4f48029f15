import { cleanText } from '../../clean-text.ts'
import type { CommandSpec } from '../../command.ts'
import { COMMON_EXITS, EXIT } from '../../exit-codes.ts'
import { reply } from '../../reply.ts'
import { withSession } from '../../session.ts'
import { findRecord, type JobFlags, QUEUE } from './ids.ts'

export const logsCommand: CommandSpec<JobFlags> = {
  name: 'logs',
  purpose: 'Print what a job wrote by currentJob().log(), the last thousand lines.',
  argument: { term: '<id>', what: 'id of a job' },
  options: [{ title: 'How', options: [QUEUE] }],
  examples: [
    ['rq job logs a6cc042b-0b1c-4a6f-a2f9-8dd9e7a2c1de', 'all lines'],
    ['rq job logs import-7 | tail -5', 'the last five'],
    ['rq job logs import-7 --json', 'for a program'],
  ],
  exitCodes: [[EXIT.done, 'printed'], [EXIT.notFound, 'no such job'], ...COMMON_EXITS],

  async run([id = ''], flags, host) {
    await withSession(flags, host, async (session) => {
      const { queue } = await findRecord(session, flags, id)
      const lines = await session.store.log(queue, id)
      reply(host, flags, {
        schema: 'rq.job.logs/1',
        data: { id, queue, lines },
        text: () => lines.map((line) => `${cleanText(line)}\n`).join(''),
      })
    })
    return EXIT.done
  },
}
