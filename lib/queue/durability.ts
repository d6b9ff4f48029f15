import { checkKnown } from '../core/did-you-mean.ts'
import { type Duration, toMs } from '../core/duration.ts'
import { InvalidArgumentError, NotDurableError } from '../core/errors.ts'
import { DEFAULTS } from '../core/options.ts'
import type { Store } from '../core/store.ts'
import { replicasWith } from '../redis/durable.ts'
import { RedisStore } from '../redis/store.ts'

/** How many replicas an enqueue waits for, and how long. */
export interface DurabilityOptions {
  /** How many replicas must have a job before its enqueue resolves: 1 or more. */
  readonly replicas: number
  /** How long that may take, less than half of the `commandTimeout`. Meanwhile the connection does nothing else. @default 1 s */
  readonly timeout?: Duration
}

/** Resolves when enough replicas have the jobs that were just enqueued. @throws NotDurableError */
export type Durability = (jobs: readonly { readonly id: string }[]) => Promise<void>

/** @throws InvalidArgumentError */
export function toDurability(
  given: DurabilityOptions | undefined,
  queue: string,
  store: Store,
  options: { readonly async?: boolean; readonly commandTimeout?: Duration },
): Durability | undefined {
  if (given === undefined) return undefined
  checkKnown(given, ['replicas', 'timeout'], 'durability')
  const { replicas, timeout = 1 } = Object(given) as DurabilityOptions
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > 100) {
    throw new InvalidArgumentError(
      `durability.replicas: expected a whole number from 1 to 100, got ${String(replicas)}; leave durability away for none`,
    )
  }
  if (options.async === false || !(store instanceof RedisStore)) {
    throw new InvalidArgumentError(
      'durability: expected a queue whose jobs are run by workers, got a synchronous one',
    )
  }
  const timeoutMs = toMs(timeout, 'durability.timeout')
  const commandMs =
    options.commandTimeout === undefined
      ? DEFAULTS.commandTimeoutMs
      : toMs(options.commandTimeout, 'commandTimeout')
  // Zero would wait for ever; and a connection that is silent for half the time is taken for dead.
  if (timeoutMs === 0 || timeoutMs >= commandMs / 2) {
    throw new InvalidArgumentError(
      `durability.timeout: expected more than 0 and less than half of the commandTimeout of ${commandMs / 1000} s, got ${timeoutMs / 1000} s`,
    )
  }
  return async (jobs) => {
    const { connection, prefix } = store
    const acknowledged = await replicasWith(connection, prefix, queue, replicas, timeoutMs)
    if (acknowledged >= replicas) return
    const ids = jobs.map(({ id }) => id)
    const which = ids.length === 1 ? `job ${ids[0]} is` : `${ids.length} jobs are`
    throw new NotDurableError(
      `${which} stored and will run, but within ${timeoutMs / 1000} s only ${acknowledged} of ${replicas} replicas had said that they have it: a failover now may lose it. Do not enqueue it again under another id.`,
      ids,
      acknowledged,
    )
  }
}
