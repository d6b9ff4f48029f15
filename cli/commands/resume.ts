import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { resumeAll } from '../lib.ts'
import { reply } from '../reply.ts'
import { withSession } from '../session.ts'

export const resumeCommand: CommandSpec<GlobalFlags> = {
  name: 'resume',
  purpose: 'Let workers take jobs again after rq suspend.',
  options: [],
  examples: [
    ['rq resume', 'all queues'],
    ['rq resume --url redis://10.0.0.5/1', 'of another server'],
    ['rq resume --json', 'for a program'],
  ],
  exitCodes: [[EXIT.done, 'resumed'], ...COMMON_EXITS],

  async run(_, flags, host) {
    await withSession(flags, host, async (session) => {
      await resumeAll(session)
      reply(host, flags, {
        schema: 'rq.resume/1',
        data: { suspended: false },
        text: () => 'Resuming workers.\n',
      })
    })
    return EXIT.done
  },
}
