import type { CommandSpec } from '../../command.ts'
import { COMMON_EXITS, EXIT } from '../../exit-codes.ts'
import { duration } from '../../parse.ts'
import { reply } from '../../reply.ts'
import { withSession } from '../../session.ts'
import { findJob, IDS, type JobFlags, QUEUE } from './ids.ts'

interface WaitFlags extends JobFlags {
  readonly waitTimeout?: string
}

export const waitCommand: CommandSpec<WaitFlags> = {
  name: 'wait',
  purpose: 'Wait until the jobs have ended, and print their results.',
  argument: IDS,
  options: [
    {
      title: 'How',
      options: [
        QUEUE,
        {
          flags: '--wait-timeout <time>',
          what: 'how long to wait',
          fallback: 'without end',
          parse: duration,
        },
      ],
    },
  ],
  examples: [
    ['rq job wait a6cc042b-0b1c-4a6f-a2f9-8dd9e7a2c1de', 'one job'],
    ['rq job wait a1 a2 --wait-timeout 5m', 'two, for five minutes at most'],
    ['rq job wait a1 --json | jq .data[0].result', 'the result for a program'],
  ],
  exitCodes: [
    [EXIT.done, 'all have finished'],
    [EXIT.failed, 'a job failed, was stopped, canceled or deleted'],
    [EXIT.notFound, 'no such job'],
    [EXIT.unmet, 'the time is over; the jobs go on'],
    ...COMMON_EXITS,
  ],

  run(ids, flags, host) {
    return withSession(flags, host, async (session) => {
      const { awaitJob, resultText } = await import('../../outcome.ts')
      const jobs = await Promise.all(ids.map((id) => findJob(session, flags, id)))
      const outcomes = await Promise.all(jobs.map((job) => awaitJob(job, flags.waitTimeout)))
      const failures = outcomes.filter((outcome) => !outcome.ok)
      reply(host, flags, {
        schema: 'rq.job.wait/1',
        data: outcomes,
        text: () => outcomes.map((outcome) => (outcome.ok ? `${resultText(outcome.result)}\n` : '')).join(''),
      })
      if (!flags.json) {
        for (const { id, error } of failures)
          host.output.err(`job ${id}: ${resultText(`${error.name}: ${error.message}`)}\n`)
      }
      return failures.length === 0 ? EXIT.done : EXIT.failed
    })
  },
}
