import type { LogLine } from '../../../lib/core/log-line.ts'
import { cleanText } from '../../clean-text.ts'
import type { CommandSpec } from '../../command.ts'
import { COMMON_EXITS, EXIT } from '../../exit-codes.ts'
import type { Host } from '../../host.ts'
import { toJson } from '../../json.ts'
import { reply } from '../../reply.ts'
import { whileRead } from '../../screen.ts'
import { type Session, withSession } from '../../session.ts'
import { findRecord, type JobFlags, QUEUE } from './ids.ts'

interface LogFlags extends JobFlags {
  readonly follow?: true
}

export const logsCommand: CommandSpec<LogFlags> = {
  name: 'logs',
  purpose:
    'Print what a job wrote by currentJob().log(), and what it printed where its worker keeps that: the last thousand lines.',
  argument: { term: '<id>', what: 'id of a job' },
  options: [
    {
      title: 'How',
      options: [QUEUE, { flags: '-f, --follow', what: 'go on until the job has ended' }],
    },
  ],
  examples: [
    ['rq job logs a6cc042b-0b1c-4a6f-a2f9-8dd9e7a2c1de', 'all lines'],
    ['rq job logs import-7 -f', 'as they come'],
    ['rq job logs import-7 --json', 'for a program'],
  ],
  exitCodes: [[EXIT.done, 'printed'], [EXIT.notFound, 'no such job'], ...COMMON_EXITS],

  async run([id = ''], flags, host) {
    await withSession(flags, host, async (session) => {
      const { queue } = await findRecord(session, flags, id)
      if (flags.follow) {
        await whileRead(host, (signal) => follow(session, queue, id, flags, host, signal))
        return
      }
      const { lines } = await session.store.log(queue, id)
      reply(host, flags, {
        schema: 'rq.job.logs/1',
        data: { id, queue, lines: lines.map(({ text }) => text), entries: lines.map(toEntry) },
        text: () => lines.map(shown).join(''),
      })
    })
    return EXIT.done
  },
}

async function follow(
  { store }: Session,
  queue: string,
  id: string,
  { json }: LogFlags,
  host: Host,
  signal: AbortSignal,
): Promise<void> {
  const { followLog } = await import('../../../lib/queue/follow.ts')
  for await (const line of followLog(store, queue, id, { signal })) {
    host.output.out(json ? `${toJson({ schema: 'rq.job.logs.line/1', data: toEntry(line) })}\n` : shown(line))
  }
}

function toEntry({ at, source, text }: LogLine): object {
  return { at: at === undefined ? null : new Date(at), source, text }
}

/** What is no output of the job's own needs no mark. */
function shown({ at, source, text }: LogLine): string {
  const time = at === undefined ? ' '.repeat(8) : new Date(at).toTimeString().slice(0, 8)
  const from = source === 'log' ? '' : `${source}: `
  return `${cleanText(`${time} ${from}${text}`)}\n`
}
