import { addCell, type MetricCell, type OpenCell, openCell } from '../core/metric-cell.ts'
import type { ScrapeFacts } from '../redis/scrape-facts.ts'
import type { RedisStore } from '../redis/store.ts'

/** Functions of all queues that have lines of their own; the rest of a queue is its `other`. */
export const FUNCTIONS_TOLD = 200
const OTHER = 'other'

export interface FunctionCell {
  readonly queue: string
  readonly func: string
  readonly cell: MetricCell
}

/**
 * Which functions have lines of their own: those that had run most when they were first looked at, for a label with more values would cost
 * Prometheus more than it tells. They stay so, for where a function left the others their sum would fall, which is taken for a restart.
 */
export class ToldFunctions {
  readonly #own = new Set<string>()

  of({ queues }: Pick<ScrapeFacts, 'queues'>): FunctionCell[] {
    const all = queues.flatMap(({ name, functions }) =>
      [...functions].map(([func, cell]) => ({ queue: name, func, cell })),
    )
    const room = FUNCTIONS_TOLD - this.#own.size
    const unseen = room > 0 ? all.filter((each) => each.func !== OTHER && !this.#isOwn(each)) : []
    const most = unseen.length > room ? unseen.sort((a, b) => runs(b.cell) - runs(a.cell)) : unseen
    for (const each of most.slice(0, room)) this.#own.add(keyOf(each))
    const others = new Map<string, OpenCell>()
    for (const { queue, cell } of all.filter((each) => !this.#isOwn(each))) {
      const sum = others.get(queue) ?? openCell()
      addCell(sum, cell)
      others.set(queue, sum)
    }
    const told = all.filter((each) => this.#isOwn(each))
    return [...told, ...[...others].map(([queue, cell]) => ({ queue, func: OTHER, cell }))]
  }

  #isOwn(each: FunctionCell): boolean {
    return this.#own.has(keyOf(each))
  }
}

const byStore = new WeakMap<RedisStore, ToldFunctions>()

/** Of all registries that tell of one store. */
export function toldOf(store: RedisStore): ToldFunctions {
  const told = byStore.get(store) ?? new ToldFunctions()
  byStore.set(store, told)
  return told
}

function keyOf({ queue, func }: FunctionCell): string {
  return JSON.stringify([queue, func])
}

function runs({ finished, failed, retried, stopped }: MetricCell): number {
  return finished + failed + retried + stopped
}
