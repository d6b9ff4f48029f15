import { parseArgs } from 'node:util'
import type { Case } from './case.ts'
import { LIBRARY_NAMES, type LibraryName } from './libs/library.ts'

export const HELP = `Measures funq beside BullMQ and bee-queue, on a server of its own.

  --runs N         rounds; every figure is the median over them  (default 5)
  --quick          one round of tiny counts: shows that the bench works, not how fast anything is
  --only CASE      only this case, or all whose names start so: enqueue, noop, noop-100, round-trip, memory
  --libs A,B       only these libraries: ${LIBRARY_NAMES.join(', ')}
  --json           write everything to stdout as JSON instead of the tables
  --markdown FILE  also put the tables into FILE, between its bench:start and bench:end markers
  --help           this text
`

export interface Options {
  readonly runs: number
  readonly quick: boolean
  readonly json: boolean
  readonly help: boolean
  readonly markdown: string | undefined
  readonly cases: readonly Case[]
  readonly libraries: readonly LibraryName[]
}

export function parseOptions(args: string[], cases: readonly Case[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string', default: '5' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      libs: { type: 'string', default: LIBRARY_NAMES.join(',') },
      json: { type: 'boolean', default: false },
      markdown: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  return {
    runs: values.quick ? 1 : parseRuns(values.runs),
    quick: values.quick,
    json: values.json,
    help: values.help,
    markdown: values.markdown,
    cases: chooseCases(values.only, cases),
    libraries: values.libs.split(',').map(parseLibrary),
  }
}

function parseRuns(text: string): number {
  const runs = Number(text)
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`Expected --runs to be a whole number from 1, got '${text}'`)
  return runs
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
