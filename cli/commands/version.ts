import { version } from '../../lib/core/version.ts'
import type { CommandSpec } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { reply } from '../reply.ts'

export const versionCommand: CommandSpec<GlobalFlags> = {
  name: 'version',
  purpose: 'Print the version of funq.',
  options: [],
  globals: ['json'],
  examples: [
    ['rq version', 'the number alone'],
    ['rq --version', 'the same'],
    ['rq version --json', 'with that of Node'],
  ],
  exitCodes: [[EXIT.done, 'printed']],

  async run(_, flags, host) {
    reply(host, flags, {
      schema: 'rq.version/1',
      data: { funq: version(), node: process.version },
      text: () => `${version()}\n`,
    })
    return EXIT.done
  },
}
