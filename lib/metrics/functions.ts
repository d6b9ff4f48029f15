import { addCell, type MetricCell, type OpenCell, openCell } from '../core/metric-cell.ts'
import type { ScrapeFacts } from '../redis/scrape-facts.ts'

/** Functions of all queues that have lines of their own; the rest of a queue is its `other`. */
export const FUNCTIONS_TOLD = 200
const OTHER = 'other'

export interface FunctionCell {
  readonly queue: string
  readonly func: string
  readonly cell: MetricCell
}

/** Those that have run most; a label with more values would cost Prometheus more than it tells. */
export function toldFunctions({ queues }: Pick<ScrapeFacts, 'queues'>): FunctionCell[] {
  const all = queues.flatMap(({ name, functions }) =>
    [...functions].map(([func, cell]) => ({ queue: name, func, cell })),
  )
  if (all.length <= FUNCTIONS_TOLD) return all
  const byRuns = all.toSorted((a, b) => runs(b.cell) - runs(a.cell))
  const told = byRuns.slice(0, FUNCTIONS_TOLD).filter(({ func }) => func !== OTHER)
  const others = new Map<string, OpenCell>()
  for (const { queue, cell } of byRuns.filter((each) => !told.includes(each))) {
    const sum = others.get(queue) ?? openCell()
    addCell(sum, cell)
    others.set(queue, sum)
  }
  return [...told, ...[...others].map(([queue, cell]) => ({ queue, func: OTHER, cell }))]
}

function runs({ finished, failed, retried, stopped }: MetricCell): number {
  return finished + failed + retried + stopped
}
