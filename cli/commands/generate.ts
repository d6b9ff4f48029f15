import { checkQueueName } from '../../lib/core/names.ts'
import type { CommandGroup, CommandSpec } from '../command.ts'
import { COMMON_EXITS, EXIT, UsageError } from '../exit-codes.ts'
import { writeFiles } from '../generate/files.ts'
import { jobFiles } from '../generate/job.ts'
import type { GlobalFlags } from '../globals.ts'
import { reply } from '../reply.ts'

interface JobFlags extends GlobalFlags {
  readonly queue?: string
  readonly class?: true
}

const jobCommand: CommandSpec<JobFlags> = {
  name: 'job',
  purpose: 'Write a job, and a test of it, into the folder jobs.',
  argument: { term: '<name>', what: 'what it does: order-create or OrderCreate' },
  options: [
    {
      title: 'What',
      options: [
        {
          flags: '--queue <queue>',
          what: 'the queue that it goes to',
          fallback: 'default',
          parse: checkQueueName,
        },
        { flags: '--class', what: 'a class with perform in place of a function' },
      ],
    },
  ],
  globals: ['json', 'quiet', 'no-color'],
  examples: [
    ['rq generate job order-create', 'writes jobs/order-create.ts and its test'],
    ['rq generate job OrderCreate --class --queue mail', 'a class, for the queue mail'],
    ['rq generate job order-create --json', 'for a program: the files that were written'],
  ],
  exitCodes: [
    [EXIT.done, 'written'],
    [EXIT.refused, 'a file is there already; nothing was written'],
    ...COMMON_EXITS,
  ],

  async run([name], flags, host) {
    if (name === undefined) throw new UsageError('expected a name, as in: rq generate job order-create')
    const files = jobFiles(name, { queue: flags.queue ?? 'default', asClass: flags.class === true })
    await writeFiles(host.cwd, files)
    const paths = files.map(({ path }) => path)
    reply(host, flags, {
      schema: 'rq.generate/1',
      data: { written: paths },
      text: () => paths.map((path) => `create  ${path}\n`).join(''),
    })
    return EXIT.done
  },
}

export const generateCommands: CommandGroup = {
  name: 'generate',
  purpose: 'Write code to begin with.',
  commands: [{ name: 'job', purpose: jobCommand.purpose, load: async () => jobCommand }],
}
