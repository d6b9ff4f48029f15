import type { Case, Row } from './case.ts'
import { formatFigures, formatRatio } from './figures.ts'
import { HORSES, type Isolation, type Library, type LibraryName } from './libs/library.ts'
import { type Machine, machineLine } from './machine.ts'
import type { Results } from './results.ts'
import { median } from './stats.ts'
import { table } from './table.ts'

export interface Run {
  readonly machine: Machine
  readonly cases: readonly Case[]
  readonly libraries: ReadonlyMap<LibraryName, Library>
  readonly results: Results
  readonly runs: number
  readonly quick: boolean
}

/** Everything a run has to say, as Markdown that also reads well in a terminal. */
export function report(run: Run): string {
  const versions = [...run.libraries].map(([name, { version }]) => `${name} ${version}`).join(', ')
  const fewer = run.cases.flatMap(({ name, maxRounds = run.runs }) =>
    maxRounds < run.runs ? [`, ${maxRounds} for ${name}`] : [],
  )
  const rounds = run.runs === 1 ? 'One round' : `Medians of ${run.runs} rounds${fewer.join('')} [min..max]`
  return [
    `${machineLine(run.machine)}; ${versions}.`,
    `${rounds}, after each figure how many times better than BullMQ it is (median of the rounds' ratios; ` +
      'above 1 is better). Peers run jobs in their own process; every isolation of funq is compared with that. ' +
      `Process and thread isolation use ${HORSES} work-horses above concurrency 1.`,
    ...(run.quick ? ['A quick run: it shows that the bench works, its figures mean nothing.'] : []),
    figuresTable(run),
    'What one job costs the server: commands (those in scripts included), bytes on its sockets, CPU time.',
    costTable(run),
    ...lostResults(run),
  ].join('\n\n')
}

function figuresTable({ cases, libraries, results }: Run): string {
  const lines = cases.flatMap((one) =>
    one.rows.map((row) => ({
      label: `${row.label}, ${row.unit}`,
      cells: [...libraries.keys()].map((name) => figuresCell(results, one, row, name)),
      goal: row.goal ? `≥ ${formatRatio(row.goal)}` : '',
    })),
  )
  return table(
    ['', ...titles(libraries), 'goal'],
    lines.filter(hasFigures).map(({ label, cells, goal }) => [label, ...cells, goal]),
  )
}

function figuresCell(results: Results, one: Case, row: Row, library: LibraryName): string {
  const isolation = row.isolation ?? 'none'
  const values = results.values(one.name, library, isolation, row.metric)
  if (values.length === 0) return ''
  const figures = formatFigures(values, row.unit)
  const ratio = results.timesBetter(one, row, library, isolation)
  return ratio === undefined || library === 'bullmq' ? figures : `${figures} ${formatRatio(ratio)}`
}

function costTable({ cases, libraries, results }: Run): string {
  const lines = cases.flatMap((one) =>
    (['process', 'thread', 'none'] as const).map((isolation) => ({
      label: isolation === 'none' ? one.name : `${one.name}, isolation ${isolation}`,
      cells: [...libraries.keys()].map((name) => costCell(results, one, name, isolation)),
    })),
  )
  return table(
    ['', ...titles(libraries)],
    lines.filter(hasFigures).map(({ label, cells }) => [label, ...cells]),
  )
}

function costCell(results: Results, one: Case, library: LibraryName, isolation: Isolation): string {
  const middle = (metric: string) => median(results.values(one.name, library, isolation, metric))
  const commands = middle('commands')
  if (Number.isNaN(commands)) return ''
  return `${commands.toFixed(2)} cmd, ${middle('bytes').toFixed(0)} B, ${middle('cpu').toFixed(1)} µs`
}

function lostResults({ results }: Run): string[] {
  return results.all.flatMap(({ library, isolation, rounds }) => {
    const lost = rounds.reduce((sum, figures) => sum + (figures.lost ?? 0), 0)
    return lost > 0 ? [`${library} (${isolation}) never told its caller of ${lost} results.`] : []
  })
}

function titles(libraries: Run['libraries']): string[] {
  return [...libraries.values()].map(({ title }) => title)
}

/** False for a line on which no library of this run has a figure. */
function hasFigures({ cells }: { readonly cells: readonly string[] }): boolean {
  return cells.some((cell) => cell !== '')
}
