/** One mark a process or thread, even where funq is loaded twice. */
const KEY = Symbol.for('funq.isWorker')
const shared = globalThis as { [KEY]?: true }

/**
 * Whether this code runs where jobs run: in a work-horse, or in a process whose worker runs jobs itself. For what must be set up there
 * and nowhere else, as the size of a pool of connections.
 */
export function isWorker(): boolean {
  return shared[KEY] === true
}

/** Says that jobs run here from now on. */
export function markWorker(): void {
  shared[KEY] = true
}
