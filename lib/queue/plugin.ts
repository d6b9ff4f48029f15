import { checkKnown } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { type WorkerMiddleware, workerMiddleware } from '../run/worker-middleware.ts'
import { type ClientMiddleware, clientMiddleware } from './client-middleware.ts'

/** What `use` takes: code around every job of a process. */
export interface Plugin {
  /** A plugin of the same name is replaced, so that a module that is loaded twice registers once. */
  readonly name?: string
  /** Around each enqueue of this process. */
  readonly client?: ClientMiddleware
  /** Around each run of a job in this process: a work-horse loads it by `--import`. */
  readonly worker?: WorkerMiddleware
}

const NAMES = ['name', 'client', 'worker']
const NAME = Symbol.for('funq.plugin')

/**
 * Registers middleware for the whole process; the first that was registered is the outermost. Answers a function that removes it.
 * @throws InvalidArgumentError for what is no plugin
 */
export function use(plugin: Plugin): () => void {
  if (typeof plugin !== 'object' || plugin === null) {
    throw new InvalidArgumentError(`use(): expected { client, worker }, got ${String(plugin)}`)
  }
  checkKnown(plugin, NAMES)
  const { name, client, worker } = plugin
  if (client === undefined && worker === undefined) {
    throw new InvalidArgumentError(
      'use(): expected a plugin with a client or a worker middleware, got neither',
    )
  }
  const removers = [
    enlist(clientMiddleware, client, 'client', name),
    enlist(workerMiddleware, worker, 'worker', name),
  ]
  return () => {
    for (const remove of removers) remove()
  }
}

type Named = ((...args: never[]) => unknown) & { [NAME]?: string | undefined }

function enlist<M extends (...args: never[]) => unknown>(
  list: M[],
  middleware: M | undefined,
  what: string,
  name: string | undefined,
): () => void {
  if (middleware === undefined) return () => {}
  if (typeof middleware !== 'function') {
    throw new InvalidArgumentError(`use(): expected ${what} to be a function, got ${typeof middleware}`)
  }
  // A function of its own, so that one that is registered twice can be removed once.
  const entry = ((...args: never[]) => middleware(...args)) as unknown as M & Named
  Object.defineProperty(entry, 'name', { value: name || middleware.name || '' })
  entry[NAME] = name
  const before = name === undefined ? -1 : list.findIndex((each) => (each as Named)[NAME] === name)
  if (before < 0) list.push(entry)
  else list[before] = entry
  return () => {
    const at = list.indexOf(entry)
    if (at >= 0) list.splice(at, 1)
  }
}
