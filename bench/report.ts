import type { Case, Row } from './case.ts'
import { formatFigures, formatRatio } from './figures.ts'
import { HORSES, type Isolation, type Library, type LibraryName } from './libs/library.ts'
import { type Machine, machineLine } from './machine.ts'
import type { RawLimit } from './raw.ts'
import type { Results } from './results.ts'
import { median } from './stats.ts'
import { table } from './table.ts'

export interface Run {
  readonly machine: Machine
  readonly cases: readonly Case[]
  readonly libraries: ReadonlyMap<LibraryName, Library>
  /** Libraries that could not take part, and why. */
  readonly absent: readonly string[]
  readonly results: Results
  readonly raw: readonly RawLimit[]
  readonly quick: boolean
}

/** Everything that the comparison has to say, as Markdown that also reads well in a terminal. */
export function report(run: Run): string {
  const { libraries, absent, results } = run
  const versions = [...libraries].map(([, { title, version }]) => `${title} ${version}`).join(', ')
  const others = [...libraries].filter(([, { command }]) => command === undefined)
  const foreign = [...libraries].filter(([name, { command }]) => command || name === 'funq')
  return [
    `${machineLine(run.machine)}; ${versions}.`,
    ...(absent.length > 0 ? [`Absent: ${absent.join('; ')}.`] : []),
    `Medians of ${roundsOf(run)} [min..max]; after a figure how many times better than BullMQ's it is (median of the rounds' ratios; ` +
      "above 1 is better), after the barest lifecycle's the share of it that funq reaches. Peers run jobs in their own process; every " +
      `isolation of funq is compared with that. Process and thread isolation use ${HORSES} work-horses above concurrency 1.`,
    ...(run.quick ? ['A quick run: it shows that the bench works, its figures mean nothing.'] : []),
    figuresTable(run, new Map(others)),
    ...(foreign.length > 1
      ? [
          'Those of other languages, in the same run, after each figure as many times as funq is faster:',
          foreignTable(run, new Map(foreign)),
        ]
      : []),
    "What one job costs: commands (those in scripts included), reads of the server's sockets (messages on the way to it), bytes on " +
      "them both ways, µs of the server's CPU and µs of the CPU of the library's own processes. Costs of results and of graphs include their enqueue.",
    costTable(run, new Map(others)),
    ...(run.raw.length > 0 ? ['What client and server allow at most:', rawTable(run.raw)] : []),
    ...lostResults(run),
    ...results.failures.map((failure) => `Failed: ${failure}`),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function roundsOf({ results }: Run): string {
  const counts = new Set(results.all.map(({ rounds }) => rounds.length))
  return counts.size > 1
    ? `${Math.max(...counts)} rounds, fewer for memory and other languages`
    : `${[...counts][0] ?? 0} round${counts.has(1) ? '' : 's'}`
}

type Libraries = ReadonlyMap<LibraryName, Library>

function figuresTable({ cases, results }: Run, libraries: Libraries): string {
  const lines = cases.flatMap((one) =>
    one.rows.map((row) => ({
      label: `${row.label}, ${row.unit}`,
      cells: [...libraries.keys()].map((name) => figuresCell(results, one, row, name)),
      last: row.goal ? `≥ ${formatRatio(row.goal)}` : '',
    })),
  )
  return tableOf(libraries, lines, 'goal')
}

function figuresCell(results: Results, one: Case, row: Row, library: LibraryName): string {
  const isolation = row.isolation ?? 'none'
  // What runs in its own process is compared with each isolation of funq, and stands beside each.
  const own = library === 'funq' ? isolation : 'none'
  const values = results.values(one.name, library, own, row.metric)
  if (values.length === 0) return ''
  const figures = formatFigures(values, row.unit)
  if (library === 'bullmq') return figures
  if (library === 'bare') {
    const share = results.timesBetter(one, row, 'funq', isolation, 'bare')
    return share === undefined ? figures : `${figures} ${(share * 100).toFixed(0)}%`
  }
  const ratio = results.timesBetter(one, row, library, own, 'bullmq')
  return ratio === undefined ? figures : `${figures} ${formatRatio(ratio)}`
}

function foreignTable({ cases, results }: Run, libraries: Libraries): string {
  const lines = cases
    .filter(({ foreign }) => foreign)
    .flatMap((one) =>
      one.rows.map((row) => {
        const isolation = row.isolation ?? 'none'
        const cells = [...libraries.keys()].map((name) => {
          const values = results.values(one.name, name, name === 'funq' ? isolation : 'none', row.metric)
          if (values.length === 0) return ''
          const times = results.timesBetter(one, row, 'funq', isolation, name)
          const figures = formatFigures(values, row.unit)
          return name === 'funq' || times === undefined ? figures : `${figures} ${formatRatio(times)}`
        })
        return { label: `${row.label}, ${row.unit}`, cells }
      }),
    )
  return tableOf(libraries, lines)
}

function costTable({ cases, results }: Run, libraries: Libraries): string {
  const lines = cases.flatMap((one) =>
    (['process', 'thread', 'none'] as const).map((isolation) => ({
      label: isolation === 'none' ? one.name : `${one.name}, isolation ${isolation}`,
      cells: [...libraries.keys()].map((name) => costCell(results, one, name, isolation)),
    })),
  )
  return tableOf(libraries, lines)
}

function costCell(results: Results, one: Case, library: LibraryName, isolation: Isolation): string {
  const middle = (metric: string) => median(results.values(one.name, library, isolation, metric))
  const commands = middle('commands')
  if (Number.isNaN(commands)) return ''
  const client = middle('client')
  const own = Number.isNaN(client) ? '' : ` + ${client.toFixed(1)}`
  const reads = middle('reads')
  return `${commands.toFixed(2)} cmd, ${reads.toFixed(reads < 0.1 ? 3 : 2)} reads, ${middle('bytes').toFixed(0)} B, ${middle('cpu').toFixed(1)}${own} µs`
}

function rawTable(raw: readonly RawLimit[]): string {
  return table(
    ['', 'values/s'],
    raw.map(({ label, rate }) => [label, formatFigures([rate], 'jobs/s')]),
  )
}

function lostResults({ results }: Run): string[] {
  return results.all.flatMap(({ case: name, library, isolation, rounds }) => {
    const sum = (metric: string) => rounds.reduce((all, figures) => all + (figures[metric] ?? 0), 0)
    const lost = sum('lost')
    const rejected = sum('rejected')
    if (lost + rejected === 0) return []
    return [
      `${name}: ${library} (${isolation}) never told its caller of ${lost} results, and rejected ${rejected}.`,
    ]
  })
}

interface Line {
  readonly label: string
  readonly cells: readonly string[]
  readonly last?: string
}

/** The lines on which some library of this run has a figure; nothing where there is no such line. */
function tableOf(libraries: Libraries, lines: readonly Line[], last?: string): string {
  const filled = lines.filter(({ cells }) => cells.some((cell) => cell !== ''))
  if (filled.length === 0) return ''
  const titles = [...libraries.values()].map(({ title }) => title)
  const head = ['', ...titles, ...(last === undefined ? [] : [last])]
  return table(
    head,
    filled.map((line) => [line.label, ...line.cells, ...(last === undefined ? [] : [line.last ?? ''])]),
  )
}
