import { type Codec, checkCodec } from '../core/codec.ts'
import { type Duration, toMs } from '../core/duration.ts'
import { InvalidArgumentError, TestingError } from '../core/errors.ts'
import { getOrMake } from '../core/get-or-make.ts'
import { DEFAULTS } from '../core/options.ts'
import { type Secret, Signer } from '../core/signature.ts'
import { Connection } from '../redis/connection.ts'
import { RedisStore } from '../redis/store.ts'
import { type ConnectionSpec, toTarget } from '../redis/target.ts'
import { STORE_OPTIONS, withConfiguredStore } from './configure.ts'
import { seam } from './stand-in.ts'

/** Where jobs are kept, and what they go through on their way there. */
export interface StoreOptions {
  /** @default in a worker's job that of the worker; else REDIS_URL, else redis://127.0.0.1:6379 */
  readonly connection?: ConnectionSpec
  /** What every key begins with. @default in a worker's job that of the worker, where the connection is; else 'funq' */
  readonly prefix?: string
  /** How long a command may take, reconnecting included, before it is a RedisUnavailableError. @default 10 s */
  readonly commandTimeout?: Duration
  /**
   * What jobs are signed with, at least 16 characters; of a list the first one signs. A worker that knows a secret runs no job that
   * was not signed with it. See docs/security.md. @default none
   */
  readonly secret?: Secret
  /**
   * What arguments and results go through, such as `encryption(secret)`. Workers name the module of the same one. See
   * docs/security.md. @default none
   */
  readonly codec?: Codec
}

export const DEFAULT_PREFIX = 'funq'

interface Shared {
  readonly store: RedisStore
  users: number
}

/** Stores by connection, and what else they differ in: whatever number of queues a process has, it needs one connection. */
const shared = new Map<string | object, Map<string, Shared>>()

/** What tells one codec from another in a key. */
const numbers = new WeakMap<Codec, number>()
let number = 0

/** A store that others with the same options share. The last `release` closes it; each one ends the waits of waiters that were closed before. */
export function openStore(given: StoreOptions): { store: RedisStore; release: () => Promise<void> } {
  const options = withConfiguredStore(given, STORE_OPTIONS)
  const prefix = checkPrefix(options.prefix ?? DEFAULT_PREFIX)
  const timeoutMs = checkTimeout(options.commandTimeout)
  const target = toTarget(options.connection)
  const ofTarget = getOrMake(shared, target.key, () => new Map<string, Shared>())
  const { secret } = options
  const signer = secret === undefined ? undefined : new Signer(secret, prefix)
  const codec = options.codec === undefined ? undefined : checkCodec(options.codec)
  const key = JSON.stringify([timeoutMs, prefix, secret, codec && getOrMake(numbers, codec, () => ++number)])
  const entry = getOrMake(ofTarget, key, () => ({
    store: new RedisStore(new Connection(target, timeoutMs), prefix, DEFAULTS.leaseMs, { signer, codec }),
    users: 0,
  }))
  entry.users++
  const { store } = entry
  let released = false
  return {
    store,
    release: async () => {
      if (released) return
      released = true
      if (--entry.users > 0) return store.dropWaits()
      ofTarget.delete(key)
      if (ofTarget.size === 0) shared.delete(target.key)
      await store.close()
    },
  }
}

/** Uses the store of workers for as long as it takes. @throws TestingError where a test has none */
export async function withStore<T>(
  options: StoreOptions,
  use: (store: RedisStore) => Promise<T>,
): Promise<T> {
  refuseStandIn()
  const { store, release } = openStore(options)
  try {
    return await use(store)
  } finally {
    await release()
  }
}

/** @throws TestingError where a test has something in the place of Redis */
export function refuseStandIn(): void {
  if (!seam.standIn?.()) return
  throw new TestingError(
    'expected a Redis with workers, got a test in the mode fake or inline, which has neither; use testing.off() and realRedis()',
  )
}

function checkTimeout(given: Duration | undefined): number {
  const ms = given === undefined ? DEFAULTS.commandTimeoutMs : toMs(given, 'commandTimeout')
  if (ms > 0) return ms
  throw new InvalidArgumentError('commandTimeout: expected more than 0, got 0')
}

export function checkPrefix(prefix: unknown): string {
  if (typeof prefix === 'string' && /^[^\s{},\p{C}]{1,64}$/u.test(prefix)) return prefix
  throw new InvalidArgumentError(
    `prefix: expected 1 to 64 characters without braces, commas, spaces or control characters, got ${JSON.stringify(prefix)}`,
  )
}
