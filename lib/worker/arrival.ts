import type { Connection } from '../redis/connection.ts'
import { unsafeSettings } from '../redis/settings-check.ts'
import { type Logger, silent } from './logger.ts'

/** A Redis that is not there after this long is told of. */
const SAY_AFTER_MS = 1_000

export interface ArrivalOptions {
  readonly connection: Connection
  readonly log: Logger
  /** The first word with Redis. */
  readonly introduce: () => Promise<void>
  /** Resolves when the worker is told to stop. */
  readonly stopRequested: Promise<void>
}

/** What is refused for good ends the worker, what is away is waited for. False where it is stopped before. */
export async function arrive({
  connection,
  log,
  introduce,
  stopRequested,
}: ArrivalOptions): Promise<boolean> {
  const notice = setTimeout(() => log.warn(`${connection.trouble.message} Waiting for it.`), SAY_AFTER_MS)
  const stopped = stopRequested.then(() => false)
  for (;;) {
    const connecting = introduce().then(() => true)
    connecting.catch(() => {})
    try {
      return await Promise.race([stopped, connecting])
    } catch (error) {
      if (!connection.isUnreachable(error)) throw error
      log.warn(`${(error as Error).message} Waiting for it.`)
    } finally {
      clearTimeout(notice)
    }
  }
}

/** Once, and only for whoever reads it. */
export async function warnOfSettings({ connection, log, stopRequested }: ArrivalOptions): Promise<void> {
  if (log === silent) return
  const unsafe = await Promise.race([unsafeSettings(connection), stopRequested])
  for (const warning of unsafe ?? []) log.warn(warning)
}
