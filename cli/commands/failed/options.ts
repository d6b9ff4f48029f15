import type { ArgumentSpec, OptionSpec } from '../../command.ts'
import { duration } from '../../parse.ts'

export const WHICH: readonly OptionSpec[] = [
  { flags: '--queue <queue>', what: 'may be repeated', fallback: 'all', repeatable: true },
  {
    flags: '--error <error>',
    what: "fingerprint or name, as 'rq failed groups' shows them, or a part of the text",
  },
  { flags: '--since <time>', what: 'failed within this time, as 1h', parse: duration },
]

export const FAILED_IDS: ArgumentSpec = { term: '[ids...]', what: 'ids of failed jobs' }
export const ALL: OptionSpec = { flags: '-a, --all', what: 'every failed job' }
export const DRY_RUN: OptionSpec = { flags: '--dry-run', what: 'say what would be done, change nothing' }
