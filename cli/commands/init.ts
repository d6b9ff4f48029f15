import { basename } from 'node:path'
import { checkQueueName } from '../../lib/core/names.ts'
import type { CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT } from '../exit-codes.ts'
import { writeFiles } from '../generate/files.ts'
import { projectFiles } from '../generate/project.ts'
import type { GlobalFlags } from '../globals.ts'
import { reply } from '../reply.ts'

export const initCommand: CommandSpec<GlobalFlags> = {
  name: 'init',
  purpose:
    'Write a config file, and what keeps workers running: a systemd unit, a Dockerfile, a Kubernetes deployment.',
  argument: { term: '[queues...]', what: 'queues to work on; by default default' },
  options: [],
  globals: ['json', 'quiet', 'no-color'],
  examples: [
    ['rq init', 'for the queue default'],
    ['rq init high default low', 'for three queues, the first one first'],
    ['rq init --json', 'for a program: the files that were written'],
  ],
  exitCodes: [
    [EXIT.done, 'written'],
    [EXIT.refused, 'a file is there already; nothing was written'],
    ...COMMON_EXITS,
  ],

  async run(args, flags, host) {
    const queues = (args.length > 0 ? args : ['default']).map(checkQueueName)
    const name =
      basename(host.cwd)
        .toLowerCase()
        .replace(/[^a-z0-9-]+/g, '-')
        .replace(/^-+|-+$/g, '') || 'app'
    const files = projectFiles(name, queues)
    await writeFiles(host.cwd, files)
    const paths = files.map(({ path }) => path)
    reply(host, flags, {
      schema: 'rq.init/1',
      data: { written: paths },
      text: () =>
        `${paths.map((path) => `create  ${path}\n`).join('')}Next: rq generate job hello, then rqworker\n`,
    })
    return EXIT.done
  },
}
