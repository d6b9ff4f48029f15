import type { ExitCode } from './exit-codes.ts'
import type { Host } from './host.ts'

/** A command as data: its parser, its help and its documentation are made from this. */
export interface CommandSpec<O extends object = any> {
  readonly name: string
  /** One line. */
  readonly purpose: string
  readonly argument?: ArgumentSpec | readonly ArgumentSpec[]
  readonly options: readonly OptionGroup[]
  /** Which of the options that all commands share it takes, by their long names. @default all of them */
  readonly globals?: readonly string[]
  /** Command lines to copy, each with what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[]
  /** Variables that belong to no single option. */
  readonly environment?: readonly (readonly [name: string, what: string])[]
  readonly exitCodes: readonly (readonly [code: ExitCode, when: string])[]
  run(args: readonly string[], options: O, host: Host): Promise<ExitCode>
}

/** Commands under a common word, as `rq job`. */
export interface CommandGroup {
  readonly name: string
  readonly purpose: string
  readonly commands: readonly CommandEntry[]
  /** The command that takes a word which is no command's name, as a file in `rq cron FILE`. */
  readonly otherwise?: string
  /** The command that is meant where none is named, as in `rq failed --queue mail`. */
  readonly alone?: string
}

/** A command that is imported when it is asked for: `rq --help` must not wait for all of them. */
export interface CommandEntry {
  readonly name: string
  readonly purpose: string
  /** For programs: left out of help, documentation and completions. */
  readonly isHidden?: true
  load(): Promise<CommandSpec | CommandGroup>
}

export interface ArgumentSpec {
  /** `[queues...]` */
  readonly term: string
  readonly what: string
}

export interface OptionGroup {
  readonly title: string
  readonly options: readonly OptionSpec[]
}

export interface OptionSpec {
  /** `-u, --url <url>` */
  readonly flags: string
  readonly what: string
  /** Shown in the help only; the library knows its own defaults. */
  readonly fallback?: string
  /** Variables that stand in for the option, the first that is set. */
  readonly env?: readonly string[]
  /** The variables are for the help: settings.ts weighs them against the config file. */
  readonly weighed?: true
  /** Converts the text. @throws UsageError, InvalidArgumentError */
  readonly parse?: (text: string) => unknown
  /** Converts a variable's text, where that may say less than the option's. @default parse */
  readonly parseEnv?: (text: string) => unknown
  /** May be given more than once; its value is a list. */
  readonly repeatable?: boolean
  /** Other spellings, as those of other systems. */
  readonly aliases?: readonly string[]
  /** Names of options, as in `verbose`, that make no sense beside this one. */
  readonly conflicts?: readonly string[]
}

export function isGroup(node: CommandSpec | CommandGroup): node is CommandGroup {
  return 'commands' in node
}

/** An entry for a command that is loaded already. */
export function entryOf(node: CommandSpec | CommandGroup): CommandEntry {
  return { name: node.name, purpose: node.purpose, load: async () => node }
}
