import { Command, InvalidArgumentError, Option } from 'commander'
import { hasColour } from './colour.ts'
import type { CommandGroup, CommandSpec, OptionSpec } from './command.ts'
import { EXIT, type ExitCode, exitCodeOf, UsageError } from './exit-codes.ts'
import { allOptions } from './globals.ts'
import { afterHelp } from './help.ts'
import type { Host } from './host.ts'

const WIDTH = 100

/** The parser of one command. @param path as in `['rq', 'job', 'show']` */
export function toCommand(
  spec: CommandSpec,
  path: readonly string[],
  host: Host,
  json: boolean,
  onExit: (code: ExitCode) => void,
): Command {
  const command = newCommand(spec, path, host, json).addHelpText('after', afterHelp(spec))
  const terms = [spec.argument ?? []].flat()
  for (const { term, what } of terms) command.argument(term, what)
  // Whoever leaves out what a command is about is best helped by a line that works.
  if (!json && terms.some(({ term }) => term.startsWith('<')))
    command.showHelpAfterError(`For example: ${spec.examples[0]?.[0]}\n${moreHelp(path)}`)
  const options = allOptions(spec).flatMap((group) =>
    group.options.map((option) => ({ spec: option, option: toOption(option).helpGroup(`${group.title}:`) })),
  )
  for (const { option } of options) command.addOption(option)
  return command.action(async () => {
    for (const { spec, option } of options) takeFromEnv(command, option, spec, host)
    // What --no-color says is in the environment by now.
    const { color: _, ...given } = command.opts()
    onExit(await spec.run(command.args, given, host))
  })
}

/** The parser of a group: it only knows the names of its commands, and helps on. */
export function toGroupCommand(
  group: CommandGroup,
  path: readonly string[],
  host: Host,
  json: boolean,
): Command {
  const command = newCommand(group, path, host, json).helpCommand(false)
  for (const { name, purpose, isHidden = false } of group.commands)
    command.addCommand(new Command(name).summary(purpose), { hidden: isHidden })
  const line = path.join(' ')
  return command.addHelpText(
    'after',
    `\nTry '${line} ${path.length > 1 ? '<command> ' : 'help <command>'}${path.length > 1 ? '--help' : ''}'.`,
  )
}

function moreHelp(path: readonly string[]): string {
  return `Try '${path.join(' ')} --help'.`
}

function newCommand(
  { purpose }: { readonly purpose: string },
  path: readonly string[],
  host: Host,
  json: boolean,
): Command {
  const name = path.join(' ')
  return new Command(name)
    .description(purpose)
    .exitOverride()
    .showHelpAfterError(json ? false : moreHelp(path))
    .helpOption('-h, --help', 'print this help')
    .configureOutput({
      writeOut: (text) => host.output.out(text),
      writeErr: (text) => host.output.err(text),
      // As JSON it is told by whoever catches it.
      outputError: (text, write) => json || write(text),
      getOutHelpWidth: () => host.output.stdout.columns ?? WIDTH,
      getErrHelpWidth: () => host.output.stderr.columns ?? WIDTH,
      getOutHasColors: () => hasColour(host.output.stdout, host.env),
      getErrHasColors: () => hasColour(host.output.stderr, host.env),
    })
}

function toOption({
  flags,
  what,
  fallback,
  aliases = [],
  parse = (text) => text,
  repeatable,
  conflicts,
}: OptionSpec): Option {
  const also = aliases.length === 0 ? '' : `; also ${aliases.join(', ')}`
  const option = new Option(flags, `${what}${also}${fallback === undefined ? '' : ` (default: ${fallback})`}`)
  if (conflicts) option.conflicts([...conflicts])
  if (option.isBoolean() || option.negate) return option
  return option.argParser((text: string, before: unknown) => {
    const value = orUsage(() => parse(text))
    return repeatable ? [...((before as readonly unknown[] | undefined) ?? []), value] : value
  })
}

/** Not commander's own `env()`: that knows one variable an option, and only this process's. */
function takeFromEnv(
  command: Command,
  option: Option,
  { env = [], parse = (text) => text, parseEnv = parse, repeatable, weighed }: OptionSpec,
  host: Host,
): void {
  const key = option.attributeName()
  if (weighed || command.getOptionValueSource(key) !== undefined) return
  const variable = env.find((name) => host.env[name])
  if (variable === undefined) return
  try {
    const text = host.env[variable]!
    const parts = text.split(',').map((each) => each.trim())
    const value = repeatable ? parts.filter(Boolean).map(parseEnv) : parseEnv(text)
    command.setOptionValueWithSource(key, value, 'env')
  } catch (error) {
    throw new UsageError(`${variable}: ${(error as Error).message}`)
  }
}

/** Commander names the option that an error belongs to, if the error is its own. */
function orUsage<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (exitCodeOf(error) === EXIT.usage) throw new InvalidArgumentError((error as Error).message)
    throw error
  }
}
