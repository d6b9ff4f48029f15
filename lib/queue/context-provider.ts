import { checkKnown } from '../core/did-you-mean.ts'
import { InvalidArgumentError } from '../core/errors.ts'
import { checkHeaders } from '../core/headers.ts'
import { use } from './plugin.ts'

/** Something that belongs to whoever enqueues a job, such as a request's id or locale, and is to hold while the job runs. */
export interface ContextProvider {
  /** The header that it travels in: letters, digits, `_`, `-`, `.`. A header that the enqueue itself gives goes before it. */
  readonly name: string
  /** As a text, in the process that enqueues; undefined where there is none now. */
  readonly capture: () => string | undefined
  /** Runs `next` with it, in the work-horse; return what `next` returns. */
  readonly restore: (value: string, next: () => Promise<unknown>) => unknown
}

const NAMES = ['name', 'capture', 'restore']

/**
 * Carries a context from where jobs are enqueued to where they run: call it in a module that both load. One of the same name is replaced.
 * A job that enqueues others passes it on. Answers a function that removes it.
 * @throws InvalidArgumentError
 */
export function provideContext(provider: ContextProvider): () => void {
  checkKnown(provider, NAMES)
  const { name, capture, restore } = provider
  checkHeaders({ [name]: '' })
  for (const [what, fn] of Object.entries({ capture, restore })) {
    if (typeof fn !== 'function') {
      throw new InvalidArgumentError(`${what}: expected a function, got ${typeof fn}`)
    }
  }
  return use({
    name: `context ${name}`,
    client(job, next) {
      const value = capture()
      if (value !== undefined) job.headers[name] ??= value
      return next()
    },
    worker(job, next) {
      const value = job.headers[name]
      return value === undefined ? next() : restore(value, next)
    },
  })
}
