import { CommanderError } from 'commander'
import { version } from '../lib/core/version.ts'
import { type CommandGroup, type CommandSpec, isGroup } from './command.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { allOptions, longFlag } from './globals.ts'
import type { Host } from './host.ts'
import { toCommand, toGroupCommand } from './parser.ts'
import { report, reportUsage } from './report-error.ts'
import { route } from './route.ts'

/** Runs a command line and answers its exit code; whatever goes wrong is on stderr. It never rejects. */
export async function runProgram(
  root: CommandSpec | CommandGroup,
  words: readonly string[],
  given: Host,
): Promise<ExitCode> {
  const argv = withDashes(words)
  const host = forLine(given, [root.name, ...argv])
  const json = asksForJson(argv)
  let code: ExitCode = EXIT.done
  try {
    const { node, path, rest } = await route(root, argv)
    const onExit = (exitCode: ExitCode) => {
      code = exitCode
    }
    const parser = isGroup(node)
      ? toGroupCommand(node, path, host, json)
      : toCommand(node, path, host, json, onExit)
    const words = isGroup(node) ? rest : withoutAliases(rest, node)
    await parser.version(version(), '-V, --version', 'print the version').parseAsync(words, { from: 'user' })
  } catch (error) {
    code = error instanceof CommanderError ? reportUsage(error, host, json) : report(error, host, json)
  }
  await host.output.flush()
  return code
}

function forLine(host: Host, line: readonly string[]): Host {
  const colourless = options(line).includes('--no-color')
  const env = colourless ? { ...host.env, NO_COLOR: '1', FORCE_COLOR: undefined } : host.env
  // Not spread: stdin is opened when it is read.
  return Object.create(host, { line: { value: line }, env: { value: env } }) as Host
}

/** An error in the command line itself must be told in the form that it asks for. */
function asksForJson(argv: readonly string[]): boolean {
  return options(argv).includes('--json')
}

/** RQ spells some of its flags with an underscore: `--logging_level`. */
function withDashes(words: readonly string[]): string[] {
  const flags = options(words).length
  return words.map((word, i) =>
    i < flags ? word.replace(/^--[a-z]+(_[a-z]+)+(?==|$)/, (flag) => flag.replaceAll('_', '-')) : word,
  )
}

/** Other spellings of options, as `-C` and `--exit-on-complete`. */
function withoutAliases(words: readonly string[], spec: CommandSpec): string[] {
  const ours = new Map(
    allOptions(spec).flatMap((group) =>
      group.options.flatMap(({ flags, aliases = [] }) => aliases.map((alias) => [alias, longFlag(flags)])),
    ) as [string, string][],
  )
  const flags = options(words).length
  return words.map((word, i) => {
    const [name, ...value] = word.split('=')
    const long = i < flags ? ours.get(name!) : undefined
    return long === undefined ? word : [long, ...value].join('=')
  })
}

function options(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end < 0 ? argv : argv.slice(0, end)
}
