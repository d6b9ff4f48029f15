import { toMs } from '../../lib/core/duration.ts'
import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT, UsageError } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { suspendAll } from '../lib.ts'
import { reply } from '../reply.ts'
import { withSession } from '../session.ts'

interface SuspendFlags extends GlobalFlags {
  readonly duration?: string
}

export const suspendCommand: CommandSpec<SuspendFlags> = {
  name: 'suspend',
  purpose: 'Let no worker take jobs from any queue; what runs goes on.',
  options: [
    {
      title: 'How',
      options: [
        {
          flags: '--duration <time>',
          what: 'seconds, or as 10m; at least 1 s',
          fallback: 'until rq resume',
          parse: aSecond,
        },
      ],
    },
  ],
  examples: [
    ['rq suspend', 'until rq resume'],
    ['rq suspend --duration 600', 'for ten minutes'],
    ['rq suspend --duration 10m --json', 'for a program'],
  ],
  exitCodes: [[EXIT.done, 'suspended'], ...COMMON_EXITS],

  async run(_, flags, host) {
    const { duration } = flags
    await withSession(flags, host, async (session) => {
      await suspendAll(session, duration)
      const until = duration === undefined ? '' : ` for ${toMs(duration, 'duration') / 1000} seconds`
      reply(host, flags, {
        schema: 'rq.suspend/1',
        data: { suspended: true, forMs: duration === undefined ? null : toMs(duration, 'duration') },
        text: () => `Suspending workers${until}. Jobs that run now will finish; no others will start.\n`,
      })
    })
    return EXIT.done
  },
}

function aSecond(text: string): string {
  if (toMs(text, 'duration') >= 1_000) return text
  throw new UsageError(`expected at least 1 second, got '${text}'`)
}
