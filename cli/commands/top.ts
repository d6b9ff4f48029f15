import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT, UsageError } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { interval } from '../parse.ts'
import { withSession } from '../session.ts'

interface TopFlags extends GlobalFlags {
  readonly interval?: number
}

const EVERY_MS = 1_000

export const topCommand: CommandSpec<TopFlags> = {
  name: 'top',
  purpose: 'Watch queues, jobs, workers and failures full-screen, and sort them out by single keys.',
  globals: ['url', 'prefix', 'config', 'timeout', 'no-color'],
  options: [
    {
      title: 'View',
      options: [
        {
          flags: '-i, --interval <seconds>',
          what: 'look again that often',
          fallback: String(EVERY_MS / 1000),
          parse: interval,
        },
      ],
    },
  ],
  examples: [
    ['rq top', 'Tab or 1 to 4 choose what is shown; Enter opens, / filters, q quits'],
    ['rq top --url redis://10.0.0.5:6379/1', 'another server'],
    ['rq top --interval 5', 'with fewer looks at a distant Redis'],
  ],
  exitCodes: [[EXIT.done, 'left by q, Ctrl-C or SIGTERM'], ...COMMON_EXITS],

  async run(_, { interval = EVERY_MS, ...flags }, host) {
    if (host.output.stdout.isTTY !== true || host.stdin.isTTY !== true) {
      throw new UsageError(
        'rq top needs a terminal to show itself on and to hear keys from',
        "For scripts there is 'rq info --json', and 'rq info --interval' prints again and again.",
      )
    }
    await withSession(flags, host, async (session) => {
      // Before the screen is taken: what is wrong with Redis is told below the command.
      await session.store.queues()
      const { Top } = await import('../top/top.ts')
      await new Top(session, host, interval).run()
    })
    return EXIT.done
  },
}
