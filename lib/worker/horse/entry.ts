import { fileURLToPath } from 'node:url'
import { InvalidArgumentError } from '../../core/errors.ts'

/** Where funq runs from its TypeScript sources, its horses do too, through the loader that its tests use. */
const FROM_SOURCE = import.meta.url.endsWith('.ts')

/**
 * What `node` needs to run `process-entry`.
 * @throws InvalidArgumentError in a horse that runs something else before it, or in its place: that would start horses without end
 */
export function processArgs(argv: readonly string[] = process.argv): string[] {
  const path = fileURLToPath(urlOf('process-entry'))
  // What follows the path is taken off by `process-entry` itself.
  if (argv[1] === path && argv.length > 2)
    throw new InvalidArgumentError(
      'expected a worker in a process of its own, got one in a work-horse that is starting: have no flag of node or NODE_OPTIONS start it',
    )
  return FROM_SOURCE ? ['--import', import.meta.resolve('tsx'), path] : [path]
}

/** What `fork()` needs to run a worker of a pool. */
export function poolEntry(): { path: string; flags: string[] } {
  const path = fileURLToPath(urlOf('../pool-entry'))
  return { path, flags: FROM_SOURCE ? ['--import', import.meta.resolve('tsx')] : [] }
}

/** What `new Worker()` needs to run a thread of this folder. */
export function threadUrl(name: 'thread-entry' | 'warden'): URL {
  if (!FROM_SOURCE) return urlOf(name)
  // Node 20 gives a thread's own loaders no say in its first module (nodejs/node#47747): so that one is JavaScript.
  const bootstrap = `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))}
register()
await import(${JSON.stringify(urlOf(name).href)})`
  return new URL(`data:text/javascript,${encodeURIComponent(bootstrap)}`)
}

function urlOf(name: string): URL {
  return new URL(`./${name}.${FROM_SOURCE ? 'ts' : 'js'}`, import.meta.url)
}
