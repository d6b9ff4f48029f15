import { resolve } from 'node:path'
import type { Cron } from '../../lib/queue/cron.ts'
import type { CronEntry } from '../../lib/queue/cron-entry.ts'
import { cleanText } from '../clean-text.ts'
import { type CommandGroup, type CommandSpec, entryOf, type OptionSpec } from '../command.ts'
import { COMMON_EXITS, EXIT } from '../exit-codes.ts'
import type { GlobalFlags } from '../globals.ts'
import { noted } from '../lib.ts'
import { count } from '../parse.ts'
import { reply } from '../reply.ts'
import { withSession } from '../session.ts'
import { type Column, table } from '../table.ts'
import { terminalOf } from '../terminal.ts'
import { COLUMNS, entryRow, LOADED, nextTimes, scheduleOf, timeOf, warningsOf } from './cron-view.ts'

interface CronFlags extends GlobalFlags {
  readonly count?: number
  readonly timezone?: string
  readonly prune?: true
}

/** What a subcommand has to say: in lines or a table, and as the data of `--json`. */
interface Answer {
  readonly lines?: readonly string[]
  readonly rows?: { readonly columns: readonly Column[]; readonly cells: readonly (readonly string[])[] }
  readonly data: unknown
  readonly warnings?: readonly string[]
}

interface Subcommand {
  readonly name: string
  readonly purpose: string
  readonly argument?: CommandSpec['argument']
  readonly options?: readonly OptionSpec[]
  readonly examples: CommandSpec['examples']
  /** Whether it changes something, which the audit log tells of. */
  readonly isChange?: boolean
  answer(cron: Cron, args: readonly string[], flags: CronFlags): Promise<Answer>
}

const NAMES = { term: '<names...>', what: 'names of entries' } as const

const ls: Subcommand = {
  name: 'ls',
  purpose: 'List cron entries: when they fire, and when they last did.',
  examples: [
    ['rq cron ls', 'every entry'],
    ['rq cron ls --json | jq -r .data[].name', 'their names'],
    ['rq cron ls -u redis://10.0.0.5:6379/1', 'those of another server'],
  ],
  async answer(cron) {
    const entries = await cron.all()
    return {
      ...(entries.length === 0
        ? { lines: ['no cron entries'] }
        : { rows: { columns: COLUMNS, cells: entries.map(entryRow) } }),
      data: entries,
      warnings: warningsOf(entries, Date.now()),
    }
  },
}

const next: Subcommand = {
  name: 'next',
  purpose: 'Show when an entry, or a pattern, fires next. No worker is asked.',
  argument: { term: '<name>', what: "the name of an entry, or a pattern such as '0 3 * * *'" },
  options: [
    { flags: '-n, --count <n>', what: 'how many times', fallback: '5', parse: count },
    { flags: '--timezone <zone>', what: 'the IANA zone that a pattern is meant in', fallback: 'UTC' },
  ],
  examples: [
    ['rq cron next nightly', 'the next five times of an entry'],
    ['rq cron next nightly -n 20', 'the next twenty'],
    ["rq cron next '30 2 * * *' --timezone Europe/Berlin", 'those of a pattern, without Redis'],
  ],
  async answer(cron, [what = ''], { count: n = 5, timezone }) {
    const times = await nextTimes(cron, what, n, timezone)
    return { lines: times.length === 0 ? ['never'] : times.map(timeOf), data: times }
  },
}

const run: Subcommand = {
  name: 'run',
  purpose: "Enqueue an entry's job now, beside its schedule.",
  isChange: true,
  argument: NAMES,
  examples: [
    ['rq cron run nightly', 'once more today'],
    ['rq cron run nightly weekly', 'both'],
    ['rq cron run nightly --json', 'the id of the job, for a script'],
  ],
  async answer(cron, names) {
    const jobs = []
    for (const name of names) {
      const { id, queue, func } = await cron.run(name)
      jobs.push({ name, id, queue, func })
    }
    return { lines: jobs.map(({ func, id }) => `Enqueued ${func} with job-id '${id}'.`), data: jobs }
  },
}

const pause = change('pause', 'Keep entries from firing, until they are resumed.', 'Paused', (cron, name) =>
  cron.pause(name),
)
const resume = change('resume', 'Let paused entries fire again.', 'Resumed', (cron, name) =>
  cron.resume(name),
)
const rm = change(
  'rm',
  'Remove entries. Jobs that they have enqueued stay.',
  'Removed',
  async (cron, name) => {
    await cron.fetch(name)
    await cron.remove(name)
  },
)

const load: Subcommand = {
  name: 'load',
  purpose: 'Register the entries of a file, and show when they fire next.',
  isChange: true,
  argument: {
    term: '<file>',
    what: 'a module whose default export is a list of entries, or a function given a Cron',
  },
  options: [{ flags: '--prune', what: 'remove every entry that the file does not name' }],
  examples: [
    ['rq cron load cron.ts', 'register what it lists; those that did not change go on'],
    ['rq cron load cron.ts --prune', 'make Redis hold these entries and no others'],
    ['rq cron cron.ts', 'the same as load, as RQ has it'],
  ],
  async answer(cron, [file = ''], { prune }) {
    const { loadCronFile } = await import('../../lib/queue/cron-file.ts')
    const done = await loadCronFile(cron, resolve(file), { prune: prune ?? false })
    const named = new Set([...done.created, ...done.changed, ...done.kept])
    const entries = (await cron.all()).filter(({ name }) => named.has(name))
    const rows = entries.map((entry) => [entry.name, scheduleOf(entry), upcoming(entry)])
    const removed = done.removed.map((name) => `Removed ${name}`)
    return { rows: { columns: LOADED, cells: rows }, lines: removed, data: { ...done, entries } }
  },
}

function upcoming(entry: CronEntry): string {
  return entry.paused ? 'paused' : entry.next(3).map(timeOf).join(', ') || 'never'
}

function change(
  name: string,
  purpose: string,
  done: string,
  act: (cron: Cron, entry: string) => Promise<void>,
): Subcommand {
  return {
    name,
    purpose,
    isChange: true,
    argument: NAMES,
    examples: [
      [`rq cron ${name} nightly`, 'one entry'],
      [`rq cron ${name} nightly weekly`, 'two'],
      [`rq cron ${name} nightly -u redis://10.0.0.5:6379/1`, 'on another server'],
    ],
    async answer(cron, names) {
      for (const each of names) await act(cron, each)
      return { lines: names.map((each) => `${done} ${each}`), data: names.map((each) => ({ name: each })) }
    },
  }
}

/** `rq cron FILE` is `rq cron load FILE`, as in RQ. */
export const cronCommands: CommandGroup = {
  name: 'cron',
  purpose: 'List, load, run and pause cron entries. `rq cron FILE` is `rq cron load FILE`.',
  commands: [ls, next, run, pause, resume, rm, load].map((each) => entryOf(toSpec(each))),
  otherwise: load.name,
}

function toSpec({
  name,
  purpose,
  argument,
  options = [],
  examples,
  isChange = false,
  answer,
}: Subcommand): CommandSpec<CronFlags> {
  return {
    name,
    purpose,
    ...(argument && { argument }),
    options: options.length > 0 ? [{ title: 'Cron', options }] : [],
    examples,
    exitCodes: [[EXIT.done, 'done'], [EXIT.notFound, 'no such entry'], ...COMMON_EXITS],
    async run(args, flags, host) {
      await withSession(flags, host, async (session) => {
        const { Cron } = await import('../../lib/queue/cron.ts')
        const cron = new Cron(session.place)
        const work = () => answer(cron, args, flags)
        const act = { action: `cron:${name === 'rm' ? 'remove' : name}`, subject: args.join(' ') }
        try {
          const {
            rows,
            lines = [],
            data,
            warnings = [],
          } = isChange
            ? await noted(session, act, work, () => (name === 'load' ? 1 : args.length))
            : await work()
          const text = () =>
            (rows ? table(rows.columns, rows.cells, terminalOf(host)) : '') +
            lines.map((line) => `${cleanText(line)}\n`).join('')
          reply(host, flags, { schema: `rq.cron.${name}/1`, data, warnings, text })
        } finally {
          await cron.close()
        }
      })
      return EXIT.done
    },
  }
}
