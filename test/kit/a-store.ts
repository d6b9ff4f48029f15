import { afterEach, beforeEach } from 'vitest'
import { Connection } from '../../lib/redis/connection.ts'
import { RedisStore } from '../../lib/redis/store.ts'
import { toTarget } from '../../lib/redis/target.ts'

/** A store beside the queues and workers of a harness, for each test. */
export function storeOf(h: { readonly url: string; readonly prefix: string }): {
  readonly store: RedisStore
} {
  const held = { store: undefined as unknown as RedisStore }
  beforeEach(() => {
    held.store = new RedisStore(new Connection(toTarget(h.url)), h.prefix)
  })
  afterEach(() => held.store.close())
  return held
}
