import { checkQueueName } from '../../lib/core/names.ts'
import { type Outcome, replyOutcomes } from '../bulk.ts'
import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT, UsageError } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { Progress } from '../progress.ts'
import { reply } from '../reply.ts'
import { requeue, requeueText } from '../requeue.ts'
import { type Session, withSession } from '../session.ts'
import { terminalOf } from '../terminal.ts'

interface RequeueFlags extends GlobalFlags {
  readonly queue?: string
  readonly all?: true
}

export const requeueCommand: CommandSpec<RequeueFlags> = {
  name: 'requeue',
  purpose: 'Queue failed jobs of one queue again, as rq requeue always did.',
  argument: { term: '[ids...]', what: 'ids of failed, stopped or canceled jobs' },
  options: [
    {
      title: 'Which',
      options: [
        {
          flags: '--queue <queue>',
          what: 'the queue they are in',
          fallback: 'default',
          parse: checkQueueName,
        },
        { flags: '-a, --all', what: 'every failed job of the queue' },
      ],
    },
  ],
  examples: [
    ['rq requeue --queue mail a1 a2', 'two jobs'],
    ['rq requeue --queue mail --all', 'all that failed'],
    ['rq requeue -a --json', 'of the queue default, for a program'],
  ],
  exitCodes: [
    [EXIT.done, 'all were requeued'],
    [EXIT.failed, 'an id is unknown, or its job has not ended badly; the others were requeued'],
    ...COMMON_EXITS,
  ],

  run(ids, flags, host) {
    const { queue = 'default', all } = flags
    if (all && ids.length > 0) throw new UsageError('expected either ids or --all, got both')
    if (!all && ids.length === 0) throw new UsageError('expected ids of failed jobs, or --all')
    return withSession(flags, host, async (session) => {
      if (!all) {
        const answers = await session.store.requeue(queue, ids)
        const outcomes = answers.map((status, i) => outcomeOf(ids[i]!, queue, status))
        return replyOutcomes(host, flags, 'rq.requeue/1', outcomes) === EXIT.done ? EXIT.done : EXIT.failed
      }
      const progress = new Progress(host, flags, 'jobs requeued')
      const records = await failedOf(session, queue)
      const done = await requeue(session, records, (count) => progress.at(count, records.length))
      progress.stop()
      reply(host, flags, {
        schema: 'rq.requeue.all/1',
        data: done,
        text: () => requeueText(done, terminalOf(host)),
      })
      return EXIT.done
    })
  },
}

/** All ids by now, before the first of them fails anew. */
async function failedOf({ store }: Session, queue: string): Promise<{ queue: string; id: string }[]> {
  const { failed } = await store.counts(queue)
  const ids: string[] = []
  for (let offset = 0; offset < failed; offset += 1_000) {
    ids.push(...(await store.list(queue, 'failed', { offset, limit: Math.min(1_000, failed - offset) })))
  }
  return ids.map((id) => ({ queue, id }))
}

function outcomeOf(id: string, queue: string, status: string): Outcome {
  if (['queued', 'deferred', 'limited'].includes(status)) return { id, ok: true, what: 'requeued' }
  if (status === 'gone') {
    return { id, ok: false, what: `job ${id} is not there: queue ${queue} has no such job`, isMissing: true }
  }
  return { id, ok: false, what: `job ${id} is ${status}; expected failed, stopped or canceled` }
}
