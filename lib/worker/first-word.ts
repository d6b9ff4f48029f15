import type { Connection } from '../redis/connection.ts'
import type { Logger } from './logger.ts'

/** A Redis that is not there after this long is told of. */
const SAY_AFTER_MS = 1_000

/** The first word with Redis: what is refused for good ends the worker, what is away is waited for, until it is told to stop. */
export async function firstWord(
  connection: Connection,
  introduce: () => Promise<void>,
  stopRequested: Promise<void>,
  log: Logger,
): Promise<void> {
  const notice = setTimeout(() => log.warn(`${connection.trouble.message} Waiting for it.`), SAY_AFTER_MS)
  for (;;) {
    const connecting = introduce()
    connecting.catch(() => {})
    try {
      await Promise.race([connecting, stopRequested])
      return
    } catch (error) {
      if (!connection.isUnreachable(error)) throw error
      log.warn(`${(error as Error).message} Waiting for it.`)
    } finally {
      clearTimeout(notice)
    }
  }
}
