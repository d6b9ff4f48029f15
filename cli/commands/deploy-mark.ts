import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT, UsageError } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { noted } from '../lib.ts'
import { reply } from '../reply.ts'
import { withSession } from '../session.ts'

export const deployMarkCommand: CommandSpec<GlobalFlags> = {
  name: 'deploy-mark',
  purpose: 'Mark a deployment: the dashboard shows it in its history of runs.',
  argument: { term: '<label>', what: 'up to 100 characters, as v1.2' },
  options: [],
  examples: [
    ['rq deploy-mark v1.2', 'now'],
    ['rq deploy-mark "$(git rev-parse --short HEAD)"', 'the commit'],
    ['rq deploy-mark v1.2 --json', 'for a program'],
  ],
  exitCodes: [[EXIT.done, 'marked'], ...COMMON_EXITS],

  async run([label, ...more], flags, host) {
    if (label === undefined || more.length > 0) throw new UsageError('expected one label, as v1.2')
    await withSession(flags, host, async (session) => {
      const { markDeploy } = await import('../../lib/redis/deploys.ts')
      const { at } = await noted(session, { action: 'deploy:mark', subject: label }, () =>
        markDeploy(session.store, label),
      )
      reply(host, flags, {
        schema: 'rq.deploy-mark/1',
        data: { label, at: new Date(at).toISOString() },
        text: () => `marked ${label}\n`,
      })
    })
    return EXIT.done
  },
}
