import type { CommandSpec } from '../../command.ts'
import { COMMON_EXITS, EXIT } from '../../exit-codes.ts'
import type { Shown } from '../../job-text.ts'
import { reply } from '../../reply.ts'
import { withSession } from '../../session.ts'
import { findRecord, type JobFlags, QUEUE } from './ids.ts'

export const showCommand: CommandSpec<JobFlags> = {
  name: 'show',
  purpose: 'Show all that is known of jobs: state, times, arguments, result or error, runs, dependencies.',
  argument: { term: '<ids...>', what: 'ids of jobs' },
  options: [{ title: 'How', options: [QUEUE] }],
  examples: [
    ['rq job show a6cc042b-0b1c-4a6f-a2f9-8dd9e7a2c1de', 'one job'],
    ['rq job show import-7 --queue low', 'an id that several queues have'],
    ['rq job show import-7 --json | jq -r .data[0].error.stack', 'its traceback'],
  ],
  exitCodes: [[EXIT.done, 'shown'], [EXIT.notFound, 'no such job'], ...COMMON_EXITS],

  async run(ids, flags, host) {
    await withSession(flags, host, async (session) => {
      const [{ jobData }, { jobText, lookAt }] = await Promise.all([
        import('../../job-view.ts'),
        import('../../job-text.ts'),
      ])
      const shown: Shown[] = []
      for (const id of ids) shown.push(await lookAt(session, await findRecord(session, flags, id)))
      const { codec } = session.store
      reply(host, flags, {
        schema: 'rq.job.show/1',
        data: shown.map(({ record, ...more }) => ({ ...jobData(record, codec), ...more })),
        text: () => shown.map((each) => jobText(each, codec)).join('\n'),
      })
    })
    return EXIT.done
  },
}
