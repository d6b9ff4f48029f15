import { setTimeout as sleep } from 'node:timers/promises'
import { toMs } from '../../lib/core/duration.ts'
import { LONGEST_TIMER_MS } from '../../lib/core/longest-timer.ts'
import { ENDED, type JobStatus } from '../../lib/core/states.ts'
import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT } from '../exit-codes.ts'
import { toJson } from '../json.ts'
import { duration } from '../parse.ts'
import { whileRead } from '../screen.ts'
import { withSession } from '../session.ts'
import { findRecord, type JobFlags, QUEUE } from './job/ids.ts'

interface StatusFlags extends JobFlags {
  readonly watch?: true
  readonly interval?: string
}

/** php-resque's numbers; it knows no others. */
const NUMBERS: Partial<Record<JobStatus, number>> = {
  queued: 1,
  scheduled: 1,
  deferred: 1,
  limited: 1,
  started: 2,
  failed: 3,
  finished: 4,
}

export const statusCommand: CommandSpec<StatusFlags> = {
  name: 'status',
  purpose: "Tell the status of a job, in php-resque's words, once or until it has ended.",
  argument: { term: '<id>', what: 'id of the job' },
  options: [
    {
      title: 'How',
      options: [
        QUEUE,
        { flags: '-w, --watch', what: 'again and again, until it has ended or Ctrl-C' },
        { flags: '--interval <time>', what: 'how often', fallback: '1s', parse: duration },
      ],
    },
  ],
  examples: [
    ['rq status a6cc042b-0b1c-4a6f-a2f9-8dd9e7a2c1de', 'once'],
    ['rq status import-7 --watch', 'a line a second'],
    ['rq status import-7 --json | jq -r .data.status', 'the word alone'],
  ],
  exitCodes: [[EXIT.done, 'told'], [EXIT.notFound, 'no such job'], ...COMMON_EXITS],

  async run([id], flags, host) {
    const everyMs = Math.min(toMs(flags.interval ?? '1s', 'interval'), LONGEST_TIMER_MS)
    await withSession(flags, host, (session) =>
      whileRead(host, async (signal) => {
        if (flags.watch && !flags.json) host.output.out(`Tracking status of ${id}. Press [break] to stop.\n`)
        for (;;) {
          const { status } = await findRecord(session, flags, id!)
          host.output.out(flags.json ? asJson(id!, status) : `Status of ${id} is: ${shown(status)}\n`)
          if (!flags.watch || (ENDED as readonly JobStatus[]).includes(status)) return
          await sleep(everyMs, undefined, { signal }).catch(() => {})
          if (signal.aborted) return
        }
      }),
    )
    return EXIT.done
  },
}

function shown(status: JobStatus): string {
  const number = NUMBERS[status]
  return number === undefined ? status : `${number} (${status})`
}

function asJson(id: string, status: JobStatus): string {
  const data = { id, status, number: NUMBERS[status] ?? null }
  return `${toJson({ schema: 'rq.status/1', data, warnings: [] })}\n`
}
