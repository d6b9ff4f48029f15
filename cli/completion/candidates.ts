import { type CommandGroup, type CommandSpec, isGroup, type OptionSpec } from '../command.ts'
import { allOptions, longFlag } from '../globals.ts'
import { route } from '../route.ts'

/** A word that may stand here, and what it does. */
export interface Candidate {
  readonly word: string
  readonly what: string
}

/** What only Redis knows. */
export interface Names {
  queues(): Promise<readonly string[]>
  functions(): Promise<readonly string[]>
}

/** What may stand in place of the last word, which is unfinished, or empty. */
export async function candidates(
  root: CommandSpec | CommandGroup,
  words: readonly string[],
  names: Names,
): Promise<Candidate[]> {
  const last = words.at(-1) ?? ''
  const { node, rest } = await route(root, words.slice(0, -1))
  const found = isGroup(node) ? commandsOf(node, rest) : await wordsOf(node, rest, last, names)
  return found.filter(({ word }) => word.startsWith(last))
}

function commandsOf({ commands }: CommandGroup, rest: readonly string[]): Candidate[] {
  if (rest.length > 0) return []
  return commands
    .filter(({ isHidden }) => !isHidden)
    .map(({ name, purpose }) => ({ word: name, what: purpose }))
}

async function wordsOf(
  spec: CommandSpec,
  rest: readonly string[],
  last: string,
  names: Names,
): Promise<Candidate[]> {
  const options = allOptions(spec).flatMap((group) => group.options)
  const before = rest.at(-1) ?? ''
  const open = before.startsWith('-') ? options.find((option) => takesValue(option, before)) : undefined
  if (open) return valuesOf(open.flags, names)
  if (last.startsWith('-')) return options.map(({ flags, what }) => ({ word: longFlag(flags), what }))
  return valuesOf(
    [spec.argument ?? []]
      .flat()
      .map(({ term }) => term)
      .join(' '),
    names,
  )
}

function takesValue({ flags }: OptionSpec, word: string): boolean {
  return /[<[]/.test(flags) && flags.split(/[, ]+/).includes(word)
}

/** By what its name says that it is. */
async function valuesOf(term: string, names: Names): Promise<Candidate[]> {
  if (/queue/i.test(term)) return toCandidates(await names.queues(), 'queue')
  if (/func/i.test(term)) return toCandidates(await names.functions(), 'function')
  return []
}

function toCandidates(words: readonly string[], what: string): Candidate[] {
  return words.map((word) => ({ word, what }))
}
