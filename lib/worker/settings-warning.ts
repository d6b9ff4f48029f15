import type { Connection } from '../redis/connection.ts'
import { unsafeSettings } from '../redis/settings-check.ts'
import { type Logger, silent } from './logger.ts'

/** Tells of settings of Redis that lose jobs: once, and only whoever reads it. */
export async function warnOfSettings(
  connection: Connection,
  log: Logger,
  stopRequested: Promise<void>,
): Promise<void> {
  if (log === silent) return
  const unsafe = await Promise.race([unsafeSettings(connection), stopRequested])
  for (const warning of unsafe ?? []) log.warn(warning)
}
