import { checkQueueName } from '../lib/core/names.ts'
import type { JobStatus } from '../lib/core/states.ts'
import { confirm } from './confirm.ts'
import { EXIT, type ExitCode, UsageError } from './exit-codes.ts'
import type { GlobalFlags } from './globals.ts'
import type { Host } from './host.ts'
import { allQueues, emptyQueue } from './lib.ts'
import { Progress } from './progress.ts'
import { reply } from './reply.ts'
import { type Session, withSession } from './session.ts'

export interface EmptyFlags extends GlobalFlags {
  readonly all?: true
  readonly yes?: true
  readonly dryRun?: true
}

/** Deletes the jobs of some states from queues, and tells it in RQ's words. */
export async function empty(
  names: readonly string[],
  flags: EmptyFlags,
  host: Host,
  schema: string,
  states: readonly JobStatus[] = ['queued'],
): Promise<ExitCode> {
  for (const name of names) checkQueueName(name)
  if (flags.all && names.length > 0) throw new UsageError('expected either queues or --all, got both')
  return withSession(flags, host, async (session) => {
    const queues = flags.all ? await allQueues(session) : [...new Set(names)]
    if (queues.length > 0 && !flags.dryRun) {
      await confirm(host, flags.yes, `Delete all jobs that wait in ${queues.join(', ')}?`)
    }
    const progress = new Progress(host, flags, 'jobs removed')
    const done: { queue: string; removed: number }[] = []
    for (const queue of queues) {
      const removed = flags.dryRun
        ? await countOf(session, queue, states)
        : await emptyQueue(session, queue, states, (count) => progress.at(count))
      done.push({ queue, removed })
    }
    progress.stop()
    const verb = flags.dryRun ? 'would be removed' : 'removed'
    reply(host, flags, {
      schema,
      data: done,
      text: () =>
        done.map(({ queue, removed }) => `${removed} jobs ${verb} from ${queue} queue\n`).join('') ||
        'Nothing to do\n',
    })
    return EXIT.done
  })
}

async function countOf({ store }: Session, queue: string, states: readonly JobStatus[]): Promise<number> {
  const counts = await store.counts(queue)
  return states.reduce((sum, state) => sum + counts[state], 0)
}
