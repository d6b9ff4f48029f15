import { parseArgs } from 'node:util'
import type { Case } from './case.ts'
import { LIBRARY_NAMES, type LibraryName, NODE_LIBRARIES } from './libs/library.ts'

export const HELP = `Measures funq beside BullMQ, bee-queue, node-resque and the barest life of a job, and beside Python RQ, Celery and
Sidekiq where this machine has them, on a server of its own.

  --runs N         rounds at most; every figure is the median over them  (default 5)
  --minutes M      begins no round that would end after this time  (default 15)
  --quick          one round of tiny counts of what is written for Node: shows that the bench works, not how fast anything is
  --only CASE      only this case, or all whose names start so: enqueue, noop, noop-100, workers, round-trip, memory, …
  --libs A,B       only these libraries: ${LIBRARY_NAMES.join(', ')}
  --scale          instead: funq with 1,000, 1 million and 10 million waiting jobs, and with 1,000 idle workers
  --million        instead: a million awaited results, of which none may be lost
  --all            the comparison, --scale and --million, within the time of --minutes
  --json           write everything to stdout as JSON instead of the tables
  --markdown FILE  also put the tables into FILE, between its <!-- bench:start --> and <!-- bench:end --> (scale:, million: too), with
                   plots in the folder images beside it
  --help           this text
`

export interface Options {
  readonly runs: number
  readonly minutes: number
  readonly quick: boolean
  readonly json: boolean
  readonly help: boolean
  readonly markdown: string | undefined
  readonly cases: readonly Case[]
  readonly libraries: readonly LibraryName[]
  readonly parts: readonly Part[]
}

const PARTS = ['million', 'scale', 'comparison'] as const
export type Part = (typeof PARTS)[number]

export function parseOptions(args: string[], cases: readonly Case[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string', default: '5' },
      minutes: { type: 'string', default: '15' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      libs: { type: 'string' },
      scale: { type: 'boolean', default: false },
      million: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      markdown: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const asked = PARTS.filter((part) => values.all || (part !== 'comparison' && values[part]))
  return {
    runs: values.quick ? 1 : parseCount('runs', values.runs),
    minutes: parseCount('minutes', values.minutes),
    quick: values.quick,
    json: values.json,
    help: values.help,
    markdown: values.markdown,
    cases: chooseCases(values.only, cases),
    libraries: values.libs?.split(',').map(parseLibrary) ?? (values.quick ? NODE_LIBRARIES : LIBRARY_NAMES),
    parts: asked.length > 0 ? asked : ['comparison'],
  }
}

function parseCount(option: string, text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`Expected --${option} to be a whole number from 1, got '${text}'`)
  return count
}

function parseLibrary(text: string): LibraryName {
  const name = LIBRARY_NAMES.find((known) => known === text)
  if (!name) throw new Error(`Expected --libs to list some of ${LIBRARY_NAMES.join(', ')}, got '${text}'`)
  return name
}

function chooseCases(wanted: string, cases: readonly Case[]): readonly Case[] {
  const exact = cases.filter(({ name }) => name === wanted)
  const chosen = exact.length > 0 ? exact : cases.filter(({ name }) => name.startsWith(wanted))
  if (chosen.length > 0) return chosen
  const names = cases.map(({ name }) => name).join(', ')
  throw new Error(`Expected --only to be, or to start, one of ${names}, got '${wanted}'`)
}
