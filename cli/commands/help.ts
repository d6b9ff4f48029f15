import { type CommandGroup, type CommandSpec, isGroup } from '../command.ts'
import { describe, describeTree } from '../describe.ts'
import { EXIT, NotFoundError } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { toCommand, toGroupCommand } from '../parser.ts'
import { reply } from '../reply.ts'
import { route } from '../route.ts'

/** @param root gives the whole tree, of which this command is a part */
export function helpCommand(root: () => CommandGroup): CommandSpec<GlobalFlags> {
  return {
    name: 'help',
    purpose: 'Print the help of a command.',
    argument: { term: '[command...]', what: 'as job show' },
    options: [],
    globals: ['json', 'no-color'],
    examples: [
      ['rq help', 'all commands'],
      ['rq help job show', 'the same as rq job show --help'],
      ['rq help --json', 'every command and option, for a program'],
    ],
    exitCodes: [
      [EXIT.done, 'printed'],
      [EXIT.notFound, 'no such command'],
    ],

    async run(words, flags, host) {
      const { node, path, rest } = await route(root(), words)
      if (rest.length > 0) {
        throw new NotFoundError(
          `there is no command '${[...path, ...rest].join(' ')}'`,
          `Try '${path.join(' ')} --help'.`,
        )
      }
      const data = isGroup(node) ? await describeTree(node, path) : describe(node, path)
      const parser = isGroup(node)
        ? toGroupCommand(node, path, host, false)
        : toCommand(node, path, host, false, () => {})
      if (flags.json) reply(host, flags, { schema: 'rq.help/1', data, text: () => '' })
      else parser.outputHelp()
      return EXIT.done
    },
  }
}
