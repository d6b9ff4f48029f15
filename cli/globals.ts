import type { CommandSpec, OptionGroup, OptionSpec } from './command.ts'
import { duration } from './parse.ts'

/** What every command is given beside its own options. */
export interface GlobalFlags {
  readonly url?: string
  readonly prefix?: string
  readonly config?: string
  readonly profile?: string
  readonly codec?: string
  readonly timeout?: string
  readonly json?: true
  readonly quiet?: true
  readonly verbose?: true
}

export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '-u, --url <url>',
    what: 'the server, as redis://user:password@host:6379/0',
    fallback: 'redis://127.0.0.1:6379',
    env: ['RQ_REDIS_URL', 'REDIS_URL'],
    weighed: true,
  },
  {
    flags: '--prefix <prefix>',
    what: 'what every key begins with',
    fallback: 'funq',
    env: ['RQ_PREFIX'],
    weighed: true,
  },
  {
    flags: '-c, --config <file>',
    what: 'settings, see docs/cli.md',
    fallback: 'rq.config.{ts,mjs,js,json,yml}, upward to the project root',
    env: ['RQ_CONFIG'],
    weighed: true,
    aliases: ['-C'],
  },
  {
    flags: '--profile <environment>',
    what: "which of the config file's env blocks counts",
    fallback: 'development',
    env: ['RQ_ENV', 'NODE_ENV'],
    weighed: true,
  },
  {
    flags: '--codec <path>',
    what: "what arguments and results go through, as './codec#codec'",
    fallback: 'none',
    env: ['RQ_CODEC'],
    weighed: true,
  },
  {
    flags: '--timeout <time>',
    what: 'how long Redis may take to answer',
    fallback: '10s',
    env: ['RQ_TIMEOUT'],
    weighed: true,
    parse: duration,
  },
  { flags: '--json', what: 'print one JSON document, or a line for each event' },
  { flags: '-q, --quiet', what: 'no hints, warnings and progress on stderr', conflicts: ['verbose'] },
  { flags: '-v, --verbose', what: 'say on stderr what is used, and from where', conflicts: ['quiet'] },
  { flags: '--no-color', what: 'never colour; NO_COLOR does the same' },
]

export function longFlag(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags
}

/** The command's own option groups, then those that all share; where both have a flag, the command's own stands. */
export function allOptions({ options, globals }: CommandSpec): readonly OptionGroup[] {
  const own = options.flatMap((group) => group.options)
  const longs = new Set(own.map(({ flags }) => longFlag(flags)))
  const shorts = new Set(own.flatMap(({ flags }) => /^-\w/.exec(flags)?.[0] ?? []))
  const shared = GLOBAL_OPTIONS.filter(
    ({ flags }) => !longs.has(longFlag(flags)) && (globals?.includes(longFlag(flags).slice(2)) ?? true),
  ).map((option) => {
    const short = /^(-\w), /.exec(option.flags)?.[1]
    return short !== undefined && shorts.has(short)
      ? { ...option, flags: option.flags.slice(short.length + 2) }
      : option
  })
  return shared.length === 0 ? options : [...options, { title: 'For every command', options: shared }]
}
