import type { JobRecord } from '../../../lib/core/record.ts'
import type { RemoteError } from '../../../lib/core/remote-error.ts'
import type { Run } from '../../../lib/core/store.ts'
import { cleanText } from '../../clean-text.ts'
import type { CommandSpec } from '../../command.ts'
import { COMMON_EXITS, EXIT } from '../../exit-codes.ts'
import { reply } from '../../reply.ts'
import { type Session, withSession } from '../../session.ts'
import { findRecord, type JobFlags, QUEUE } from './ids.ts'

interface Shown {
  readonly record: JobRecord
  readonly runs: readonly Run[]
  readonly waitsFor: readonly { readonly ref: string; readonly state: string }[]
  readonly dependents: readonly string[]
  readonly position: number | null
}

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
      const shown: Shown[] = []
      for (const id of ids) shown.push(await look(session, await findRecord(session, flags, id)))
      const { jobData, callOf, errorOf, iso } = await import('../../job-view.ts')
      const text = ({ record, runs, waitsFor, dependents, position }: Shown): string => {
        const error = errorOf(record)
        const data = jobData(record, session.store.codec)
        const value = (of: unknown) => (of === null || of === undefined ? '' : JSON.stringify(of))
        const rows: (readonly [string, string | null])[] = [
          ['id', record.id],
          ['queue', position === null ? record.queue : `${record.queue}, ${position} ahead of it`],
          ['job', callOf(record, session.store.codec)],
          ['function', record.func],
          ['state', record.reason === undefined ? record.status : `${record.status}: ${record.reason}`],
          ['priority', record.priority === 0 ? '' : String(record.priority)],
          ['created', iso(record.createdAt)],
          ['scheduled for', record.status === 'scheduled' ? iso(record.scheduledFor) : null],
          ['started', iso(record.startedAt)],
          ['ended', iso(record.endedAt)],
          ['worker', record.worker ?? ''],
          ['attempt', record.attempt === 0 ? '' : String(record.attempt)],
          ['progress', value(data.progress)],
          ['meta', record.meta === undefined ? '' : value(data.meta)],
          ['result', record.result === undefined ? '' : value(data.result) || 'undefined'],
          ['waits for', waitsFor.map(({ ref, state }) => `${ref} (${state})`).join(', ')],
          ['dependents', dependents.join(', ')],
          [
            'earlier runs',
            runs.map(({ attempt, outcome, worker }) => `${attempt}: ${outcome} on ${worker}`).join(', '),
          ],
        ]
        const lines = rows.flatMap(([name, shown]) =>
          shown ? [`${name.padEnd(14)}${cleanText(shown)}\n`] : [],
        )
        return lines.join('') + (error ? `\n${cleanText(traceback(error))}\n` : '')
      }
      reply(host, flags, {
        schema: 'rq.job.show/1',
        data: shown.map(({ record, ...more }) => ({ ...jobData(record, session.store.codec), ...more })),
        text: () => shown.map(text).join('\n'),
      })
    })
    return EXIT.done
  },
}

async function look({ store }: Session, record: JobRecord): Promise<Shown> {
  const { queue, id } = record
  const [runs, parents, dependents, position] = await Promise.all([
    store.runs(queue, id),
    store.parents(queue, id),
    store.dependents(queue, id),
    store.position(queue, id),
  ])
  const waitsFor = [...parents].map(([ref, { state }]) => ({ ref, state }))
  return { record, runs, waitsFor, dependents, position }
}

function traceback({ name, message, stack, cause }: RemoteError): string {
  const own = stack ?? `${name}: ${message}`
  return cause ? `${own}\n[cause]: ${traceback(cause)}` : own
}
