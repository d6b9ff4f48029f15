import { type CommandGroup, type CommandSpec, isGroup } from './command.ts'
import { allOptions, longFlag } from './globals.ts'
import { environment, exitCodes } from './help.ts'

/** A command as data without functions: for `rq help --json` and docs/cli.md. */
export interface Description {
  /** `rq job show` */
  readonly command: string
  readonly purpose: string
  readonly arguments: readonly { readonly term: string; readonly what: string }[]
  readonly groups: readonly {
    readonly title: string
    readonly options: readonly {
      readonly flags: string
      readonly name: string
      readonly what: string
      readonly default: string | null
      readonly repeatable: boolean
    }[]
  }[]
  readonly examples: readonly (readonly [string, string])[]
  readonly environment: readonly (readonly [string, string])[]
  readonly exitCodes: readonly (readonly [string, string])[]
}

export function describe(spec: CommandSpec, path: readonly string[]): Description {
  return {
    command: path.join(' '),
    purpose: spec.purpose,
    arguments: [spec.argument ?? []].flat(),
    groups: allOptions(spec).map(({ title, options }) => ({
      title,
      options: options.map(({ flags, what, fallback, repeatable, aliases = [] }) => ({
        flags,
        name: longFlag(flags).slice(2),
        what: aliases.length === 0 ? what : `${what}; also ${aliases.join(', ')}`,
        default: fallback ?? null,
        repeatable: repeatable ?? false,
      })),
    })),
    examples: spec.examples,
    environment: environment(spec),
    exitCodes: exitCodes(spec),
  }
}

/** Every command below a group, in order. */
export async function describeTree(group: CommandGroup, path: readonly string[]): Promise<Description[]> {
  const all = await Promise.all(
    group.commands
      .filter(({ isHidden }) => !isHidden)
      .map(async ({ name, load }) => {
        const node = await load()
        const inner = [...path, name]
        return isGroup(node) ? describeTree(node, inner) : [describe(node, inner)]
      }),
  )
  return all.flat()
}
