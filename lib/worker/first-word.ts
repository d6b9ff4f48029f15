import type { Connection } from '../redis/connection.ts'
import { unsafeSettings } from '../redis/settings-check.ts'
import { type Log, silent } from './logger.ts'

/** A Redis that is not there after this long is told of. */
const SAY_AFTER_MS = 1_000

/** The first word with Redis: what is refused for good is thrown, what is away is waited for. False when the worker is stopped before. */
export async function firstWord(
  connection: Connection,
  log: Log,
  introduce: () => Promise<void>,
  stopRequested: Promise<void>,
): Promise<boolean> {
  const notice = setTimeout(() => log.warn(`${connection.trouble.message} Waiting for it.`), SAY_AFTER_MS)
  for (;;) {
    const connecting = introduce()
    connecting.catch(() => {})
    try {
      const connected = connecting.then(() => true)
      return await Promise.race([connected, stopRequested.then(() => false)])
    } catch (error) {
      if (!connection.isUnreachable(error)) throw error
      log.warn(`${(error as Error).message} Waiting for it.`)
    } finally {
      clearTimeout(notice)
    }
  }
}

/** Once, and only for whoever reads it. */
export async function warnOfSettings(
  connection: Connection,
  log: Log,
  stopRequested: Promise<void>,
): Promise<void> {
  if (log === silent) return
  const unsafe = await Promise.race([unsafeSettings(connection), stopRequested])
  for (const warning of unsafe ?? []) log.warn(warning)
}
