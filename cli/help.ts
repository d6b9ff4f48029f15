import type { CommandSpec } from './command.ts'

/** What follows the options in `--help`: examples, environment and exit codes. */
export function afterHelp<O extends object>(spec: CommandSpec<O>): string {
  const examples = spec.examples.map(([line, what]) => `  # ${what}\n  $ ${line}`)
  return [
    ['', 'Examples:', ...examples],
    ['', 'Environment:', ...columns(environment(spec))],
    ['', 'Exit codes:', ...columns(spec.exitCodes.map(([code, when]) => [String(code), when]))],
  ]
    .flat()
    .join('\n')
}

function environment<O extends object>(spec: CommandSpec<O>): (readonly [string, string])[] {
  const options = spec.options.flatMap((group) => group.options)
  const ofOptions = options.flatMap(({ env = [], flags }) =>
    env.length === 0 ? [] : [[env.join(', '), `stands in for ${longFlag(flags)}`] as const],
  )
  return [...ofOptions, ...(spec.environment ?? [])]
}

function longFlag(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([term]) => term.length))
  return rows.map(([term, what]) => `  ${term.padEnd(width)}  ${what}`)
}
