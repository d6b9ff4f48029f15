import type { Row } from '../case.ts'
import { formatFigures } from '../figures.ts'
import type { Isolation, LibraryName } from '../libs/library.ts'
import type { Run } from '../report.ts'
import { median } from '../stats.ts'
import { type Bar, type BarPlot, barPlot } from './bars.ts'

type Group = readonly [caseName: string, metric: string, label: string]

/** A plot of one metric: a group for each case, a bar for each library. */
interface Plot {
  readonly title: string
  readonly note: string
  readonly unit: Row['unit']
  readonly groups: readonly Group[]
}

function ratePlot(title: string, labels: Readonly<Record<string, string>>): Plot {
  const groups = Object.entries(labels).map(([name, label]): Group => [name, 'rate', label])
  return { title, note: 'jobs/s, longer is better', unit: 'jobs/s', groups }
}

/** By the names of their files. */
const PLOTS: Readonly<Record<string, Plot>> = {
  'bench-enqueue.svg': ratePlot('Enqueue', {
    'enqueue-one': 'one by one',
    'enqueue-flight': '100 in flight',
    'enqueue-bulk': 'bulk of 1,000',
  }),
  'bench-noop.svg': ratePlot('No-op jobs worked off', {
    'noop-1': 'concurrency 1',
    'noop-10': 'concurrency 10',
    'noop-100': 'concurrency 100',
    'noop-500': 'concurrency 500',
    'workers-2': '2 workers, concurrency 10',
    'workers-4': '4 workers, concurrency 10',
  }),
  'bench-round-trip.svg': {
    title: 'A result awaited, from enqueue to the value',
    note: 'ms, shorter is better',
    unit: 'ms',
    groups: [
      ['round-trip', 'p50', 'one at a time, p50'],
      ['round-trip', 'p99', 'one at a time, p99'],
      ['round-trip-100', 'p99', '100 at once, p99'],
    ],
  },
  'bench-graphs.svg': ratePlot('Dependencies and schedules', {
    'fan-in': '10,000 into one',
    'fan-out': '10,000 of one',
    scheduled: '10,000 due at once',
  }),
  'bench-memory.svg': {
    title: 'Memory of a job on the server',
    note: 'bytes, shorter is better; the others count their ids, those of funq are UUIDs',
    unit: 'bytes',
    groups: [
      ['memory', 'waiting', 'waiting'],
      ['memory', 'finished', 'finished'],
    ],
  },
}

/** File → SVG, of what was measured. */
export function comparisonPlots(run: Run): Map<string, string> {
  return new Map(
    Object.entries(PLOTS).flatMap(([file, plot]) => {
      const groups = plot.groups
        .map(([name, metric, label]) => ({ label, bars: barsOf(run, name, metric, plot.unit) }))
        .filter(({ bars }) => bars.length > 0)
      const drawn: BarPlot = { title: plot.title, note: plot.note, groups }
      return groups.length > 0 ? [[file, barPlot(drawn)] as const] : []
    }),
  )
}

function barsOf({ libraries, results }: Run, name: string, metric: string, unit: Plot['unit']): Bar[] {
  return [...libraries].flatMap(([library, { title, command }]) => {
    if (command) return []
    return (['process', 'none'] as const).flatMap((isolation: Isolation) => {
      const values = results.values(name, library, isolation, metric)
      const value = median(values)
      // A library without results keeps nothing of a job that has ended.
      if (!(value > 0)) return []
      return [{ name: barName(library, title, isolation), value, text: formatFigures([value], unit) }]
    })
  })
}

function barName(library: LibraryName, title: string, isolation: Isolation): string {
  return library === 'funq' && isolation === 'process' ? `${title}, work-horses` : title
}
