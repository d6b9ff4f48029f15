import { type CommandEntry, type CommandGroup, type CommandSpec, isGroup } from './command.ts'
import { GLOBAL_OPTIONS } from './globals.ts'

/** Where the words of a command line lead: a command, or the group where they end. */
export interface Route {
  readonly node: CommandSpec | CommandGroup
  /** `['rq', 'job', 'show']` */
  readonly path: readonly string[]
  /** What is left for the parser. */
  readonly rest: readonly string[]
}

/** Follows the command words, and loads what they name. */
export async function route(root: CommandSpec | CommandGroup, argv: readonly string[]): Promise<Route> {
  let node = root
  const path = [root.name]
  const words = [...argv]
  const leading = isGroup(root) ? words.splice(0, leadingOptions(words)) : []
  while (isGroup(node)) {
    const named = node.commands.find(({ name }) => name === words[0])
    const entry: CommandEntry | undefined = named ?? unnamed(node, words[0])
    if (!entry) break
    if (named) words.shift()
    path.push(entry.name)
    node = await entry.load()
  }
  // A group knows none of them: what is wrong there is the word that follows.
  return { node, path, rest: isGroup(node) ? words : [...leading, ...words] }
}

function unnamed({ commands, otherwise, alone }: CommandGroup, word = '-'): CommandEntry | undefined {
  const meant = word === '-h' || word === '--help' ? undefined : word.startsWith('-') ? alone : otherwise
  return commands.find(({ name }) => name === meant)
}

/** How many words at the start are options that all commands share, as in `rq --url redis://h info`. */
function leadingOptions(words: readonly string[]): number {
  let count = 0
  while (count < words.length) {
    const word = words[count]!
    const option = GLOBAL_OPTIONS.find(({ flags, aliases = [] }) =>
      [...flags.split(/[, ]+/), ...aliases].some(
        (flag) => flag === word || (word.startsWith('--') && word.startsWith(`${flag}=`)),
      ),
    )
    if (!option) break
    count += option.flags.includes('<') && !word.includes('=') ? 2 : 1
  }
  // At the end of the line they lead to no command.
  return count < words.length ? count : 0
}
