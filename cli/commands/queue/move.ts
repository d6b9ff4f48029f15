import { InvalidStateError } from '../../../lib/core/errors.ts'
import { checkQueueName } from '../../../lib/core/names.ts'
import { each, type Outcome } from '../../bulk.ts'
import type { CommandSpec } from '../../command.ts'
import { COMMON_EXITS, EXIT, UsageError } from '../../exit-codes.ts'
import type { GlobalFlags } from '../../globals.ts'
import { noted } from '../../lib.ts'
import { Progress } from '../../progress.ts'
import { knownQueues } from '../../queues.ts'
import { note, reply } from '../../reply.ts'
import { type Session, withSession } from '../../session.ts'
import { plural } from '../../words.ts'

interface MoveFlags extends GlobalFlags {
  readonly to?: string
}

const PAGE = 100

export const queueMoveCommand: CommandSpec<MoveFlags> = {
  name: 'move',
  purpose: 'Move the jobs that are queued by now into another queue, in their order.',
  argument: { term: '<queue>', what: 'where they wait' },
  options: [
    { title: 'How', options: [{ flags: '--to <queue>', what: 'where to; required', parse: checkQueueName }] },
  ],
  examples: [
    ['rq queue move low --to high', 'all that wait in low'],
    ['rq queue pause low && rq queue move low --to high', 'while no worker takes any'],
    ['rq queue move low --to high --json', 'for a program'],
  ],
  exitCodes: [
    [EXIT.done, 'all were moved that no worker took meanwhile'],
    [EXIT.failed, 'some were not; a line for each says why'],
    [EXIT.notFound, 'no such queue'],
    ...COMMON_EXITS,
  ],

  run([from = ''], flags, host) {
    const { to } = flags
    if (to === undefined) throw new UsageError('expected --to with a queue')
    return withSession(flags, host, async (session) => {
      const [queue] = await knownQueues(session, [from])
      const progress = new Progress(host, flags, 'jobs moved')
      const act = { action: 'job:move', subject: `${queue} to ${to}` }
      const outcomes = await noted(
        session,
        act,
        () => moveAll(session, queue!, to, (done, all) => progress.at(done, all)),
        (all) => all.filter(({ ok }) => ok).length,
      )
      progress.stop()
      const failed = outcomes.filter(({ ok, isMissing }) => !ok && !isMissing)
      const moved = outcomes.filter(({ ok }) => ok).length
      for (const { what } of failed) note(host, flags, what)
      reply(host, flags, {
        schema: 'rq.queue.move/1',
        data: { from: queue, to, moved, failed: failed.map(({ id, what }) => ({ id, what })) },
        text: () => `${plural(moved, 'job')} moved from ${queue} to ${to}\n`,
      })
      return failed.length === 0 ? EXIT.done : EXIT.failed
    })
  },
}

async function moveAll(
  { store }: Session,
  from: string,
  to: string,
  onProgress: (done: number, all: number) => void,
): Promise<Outcome[]> {
  const { Job } = await import('../../../lib/queue/job.ts')
  const all = (await store.counts(from)).queued
  const outcomes: Outcome[] = []
  // Those that could not be moved stay ahead of the next page.
  for (let kept = 0; outcomes.length < all; ) {
    const ids = await store.list(from, 'queued', {
      offset: kept,
      limit: Math.min(PAGE, all - outcomes.length),
    })
    if (ids.length === 0) break
    const records = await store.fetch(from, ids)
    const jobs = new Map(ids.map((id, i) => [id, records[i] && new Job(store, records[i])]))
    const done = await each(
      ids,
      'moved',
      async (id) => jobs.get(id)?.moveTo(to),
      (error) => error instanceof InvalidStateError,
    )
    kept += done.filter(({ ok }) => !ok).length
    outcomes.push(...done)
    onProgress(outcomes.length, all)
  }
  return outcomes
}
