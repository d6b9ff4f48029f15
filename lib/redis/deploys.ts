import { InvalidArgumentError } from '../core/errors.ts'
import { redisNow } from './overview.ts'
import type { RedisStore } from './store.ts'

/** A mark in the history: what was deployed when. */
export interface Deploy {
  /** Milliseconds since 1970, of Redis's clock. */
  readonly at: number
  readonly label: string
}

const KEPT = 1_000

/** Marks now. @throws InvalidArgumentError for a label that is empty or over 100 characters */
export async function markDeploy({ connection, prefix }: RedisStore, label: string): Promise<Deploy> {
  if (!/^[^\p{C}]{1,100}$/u.test(label))
    throw new InvalidArgumentError(
      `label: expected 1 to 100 characters without control characters, got ${JSON.stringify(label.slice(0, 120))}`,
    )
  return connection.attempt(async (client) => {
    const at = await redisNow(client)
    // The time in front keeps two deployments of one label apart.
    await Promise.all([
      client.zadd(`${prefix}:deploys`, at, `${at} ${label}`),
      client.zremrangebyrank(`${prefix}:deploys`, 0, -KEPT - 1),
    ])
    return { at, label }
  })
}

/** The marks of a span of time, the oldest first. */
export async function readDeploys(
  { connection, prefix }: RedisStore,
  from: number,
  to: number,
): Promise<Deploy[]> {
  const found = await connection.attempt((client) => client.zrangebyscore(`${prefix}:deploys`, from, to))
  return found.map((text) => {
    const space = text.indexOf(' ')
    return { at: Number(text.slice(0, space)), label: text.slice(space + 1) }
  })
}
