import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { version } from '../lib/core/version.ts'
import { hasColour } from './colour.ts'
import type { CommandSpec, OptionSpec } from './command.ts'
import { EXIT, type ExitCode, exitCodeOf, UsageError } from './exit-codes.ts'
import { afterHelp } from './help.ts'
import type { Host } from './host.ts'

const WIDTH = 100

/** Runs a command line and answers its exit code; whatever goes wrong is on stderr. It never rejects. */
export async function runProgram<O extends object>(
  spec: CommandSpec<O>,
  argv: readonly string[],
  host: Host,
): Promise<ExitCode> {
  let code: ExitCode = EXIT.done
  try {
    const program = toCommand(spec, host, (exitCode) => {
      code = exitCode
    })
    await program.version(version(), '-V, --version', 'print the version').parseAsync(argv, { from: 'user' })
  } catch (error) {
    code = report(error, host)
  }
  await host.output.flush()
  return code
}

/** The parser of one command. */
export function toCommand<O extends object>(
  spec: CommandSpec<O>,
  host: Host,
  onExit: (code: ExitCode) => void,
): Command {
  const command = new Command(spec.name)
    .description(spec.purpose)
    .exitOverride()
    .showHelpAfterError(`Try '${spec.name} --help'.`)
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', afterHelp(spec))
    .configureOutput({
      writeOut: (text) => host.output.out(text),
      writeErr: (text) => host.output.err(text),
      getOutHelpWidth: () => host.output.stdout.columns ?? WIDTH,
      getErrHelpWidth: () => host.output.stderr.columns ?? WIDTH,
      getOutHasColors: () => hasColour(host.output.stdout, host.env),
      getErrHasColors: () => hasColour(host.output.stderr, host.env),
    })
  if (spec.argument) command.argument(spec.argument.term, spec.argument.what)
  const options = spec.options.flatMap((group) =>
    group.options.map((option) => ({ spec: option, option: toOption(option).helpGroup(`${group.title}:`) })),
  )
  for (const { option } of options) command.addOption(option)
  return command.action(async () => {
    for (const { spec, option } of options) takeFromEnv(command, option, spec, host)
    onExit(await spec.run(command.args, command.opts<O>(), host))
  })
}

function toOption({
  flags,
  what,
  fallback,
  parse = (text) => text,
  repeatable,
  conflicts,
}: OptionSpec): Option {
  const option = new Option(flags, fallback === undefined ? what : `${what} (default: ${fallback})`)
  if (conflicts) option.conflicts([...conflicts])
  if (option.isBoolean()) return option
  return option.argParser((text: string, before: unknown) => {
    const value = orUsage(() => parse(text))
    return repeatable ? [...((before as readonly unknown[] | undefined) ?? []), value] : value
  })
}

/** Not commander's own `env()`: that knows one variable an option, and only this process's. */
function takeFromEnv(
  command: Command,
  option: Option,
  { env = [], parse = (text) => text }: OptionSpec,
  host: Host,
): void {
  const key = option.attributeName()
  if (command.getOptionValueSource(key) !== undefined) return
  const variable = env.find((name) => host.env[name])
  if (variable === undefined) return
  try {
    command.setOptionValueWithSource(key, parse(host.env[variable]!), 'env')
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

function report(error: unknown, { output }: Host): ExitCode {
  // Commander has written its own.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  const code = exitCodeOf(error)
  const text = error instanceof Error ? (code === EXIT.bug ? error.stack : error.message) : String(error)
  output.err(`error: ${text}\n`)
  if (code === EXIT.bug)
    output.err('This is a bug in funq, or in what it was given to run; please report it with these lines.\n')
  return code
}
