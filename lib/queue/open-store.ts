import { InvalidArgumentError } from '../core/errors.ts'
import { getOrMake } from '../core/get-or-make.ts'
import type { Store } from '../core/store.ts'
import { Connection } from '../redis/connection.ts'
import { RedisStore } from '../redis/store.ts'
import { type ConnectionSpec, toTarget } from '../redis/target.ts'

export interface StoreOptions {
  /** @default REDIS_URL, else redis://127.0.0.1:6379 */
  readonly connection?: ConnectionSpec
  /** What every key begins with. @default 'funq' */
  readonly prefix?: string
}

export const DEFAULT_PREFIX = 'funq'

interface Shared {
  readonly store: RedisStore
  users: number
}

/** Stores by connection and prefix: whatever number of queues a process has, it needs one connection. */
const shared = new Map<string | object, Map<string, Shared>>()

/** A store that others of the same connection and prefix share. The last `release` closes it. */
export function openStore(options: StoreOptions): { store: Store; release: () => void } {
  const prefix = checkPrefix(options.prefix ?? DEFAULT_PREFIX)
  const target = toTarget(options.connection)
  const byPrefix = getOrMake(shared, target.key, () => new Map<string, Shared>())
  const entry = getOrMake(byPrefix, prefix, () => ({
    store: new RedisStore(new Connection(target), prefix),
    users: 0,
  }))
  entry.users++
  const { store } = entry
  let released = false
  return {
    store,
    release: () => {
      if (released) return
      released = true
      if (--entry.users > 0) return
      byPrefix.delete(prefix)
      if (byPrefix.size === 0) shared.delete(target.key)
      void store.close()
    },
  }
}

function checkPrefix(prefix: unknown): string {
  if (typeof prefix === 'string' && /^[^\s{},\p{C}]{1,64}$/u.test(prefix)) return prefix
  throw new InvalidArgumentError(
    `prefix: expected 1 to 64 characters without braces, commas, spaces or control characters, got ${JSON.stringify(prefix)}`,
  )
}
