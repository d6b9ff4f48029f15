import type { CommandSpec } from './command.ts'
import { allOptions, longFlag } from './globals.ts'

type Row = readonly [term: string, what: string]

/** What follows the options in `--help`: examples, environment and exit codes. */
export function afterHelp<O extends object>(spec: CommandSpec<O>): string {
  const examples = spec.examples.map(([line, what]) => `  # ${what}\n  $ ${line}`)
  return [
    ['', 'Examples:', ...examples],
    ['', 'Environment:', ...columns(environment(spec))],
    ['', 'Exit codes:', ...columns(exitCodes(spec))],
  ]
    .flat()
    .join('\n')
}

export function environment<O extends object>(spec: CommandSpec<O>): Row[] {
  const options = allOptions(spec).flatMap((group) => group.options)
  const ofOptions = options.flatMap(({ env = [], flags }) =>
    env.length === 0 ? [] : [[env.join(', '), `stands in for ${longFlag(flags)}`] as const],
  )
  return [...ofOptions, ...(spec.environment ?? [])]
}

export function exitCodes<O extends object>(spec: CommandSpec<O>): Row[] {
  return [...spec.exitCodes].sort(([a], [b]) => a - b).map(([code, when]) => [String(code), when])
}

function columns(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([term]) => term.length))
  return rows.map(([term, what]) => `  ${term.padEnd(width)}  ${what}`)
}
