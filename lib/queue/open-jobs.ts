import { withConfiguration } from './configure.ts'
import { checkPrefix, DEFAULT_PREFIX, type StoreOptions } from './open-store.ts'
import { openPlace, type QueueOptions } from './queue-options.ts'
import { type Backing, seam } from './stand-in.ts'
import { syncOf } from './sync.ts'

/** Where jobs and groups are looked up. */
export interface LookupOptions extends StoreOptions {
  /** As their queue's: `false` for jobs that run in this process, which are in memory unless a connection is given. @default as configured, else true */
  readonly async?: boolean
}

/** Where jobs and groups are looked up: where a queue with these options has them, or what a test has in its place. */
export function openJobs(given: LookupOptions | QueueOptions): Backing & { release: () => Promise<void> } {
  const { defaults: _, durability: __, ...options } = withConfiguration(given)
  const runsHere = options.async === false
  const standIn = seam.standIn?.()
  if (standIn) {
    const backing = standIn.backing(checkPrefix(options.prefix ?? DEFAULT_PREFIX), runsHere)
    return { ...backing, release: async () => {} }
  }
  const { store, release } = openPlace(options)
  return { store, sync: runsHere ? syncOf(store) : undefined, release }
}
