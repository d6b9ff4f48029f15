import { RedisAuthError, RedisUnavailableError } from '../core/errors.ts'
import { type AuditEntry, writeAudit } from '../redis/audit.ts'
import type { RedisStore } from '../redis/store.ts'

/** Who does something, for the audit log. */
export interface Actor {
  /** A user's name, or `user@host` of a command line. */
  readonly who: string
  readonly via: 'dashboard' | 'api' | 'cli'
  /** Hears of each action, done or failed. What it throws is its own affair. */
  readonly onAction?: (entry: Omit<AuditEntry, 'id' | 'at'>) => void
}

export interface Act {
  readonly action: string
  readonly subject: string
  readonly count?: number
  readonly note?: string
}

/**
 * Does something and writes it into the audit log, done or failed. An action is not undone because the log cannot be written: what went
 * well is told as such.
 * @param countOf how many things were changed, by what was answered
 */
export async function audited<T>(
  store: RedisStore,
  actor: Actor,
  act: Act,
  work: () => Promise<T>,
  countOf: (result: T) => number = () => act.count ?? 1,
): Promise<T> {
  try {
    const result = await work()
    await tell(store, actor, act, { outcome: 'done', count: countOf(result) })
    return result
  } catch (error) {
    const note = (error as Error).message
    // A Redis that is away for the one is away for the other: nobody waits for it twice.
    const isAway = error instanceof RedisUnavailableError || error instanceof RedisAuthError
    await tell(store, actor, { ...act, note }, { outcome: 'failed', count: 0 }, isAway)
    throw error
  }
}

async function tell(
  store: RedisStore,
  { who, via, onAction }: Actor,
  { action, subject, note = '' }: Act,
  result: Pick<AuditEntry, 'outcome' | 'count'>,
  isAway = false,
): Promise<void> {
  const entry = { who, via, action, subject, note, ...result }
  if (!isAway) await writeAudit(store, entry).catch(() => {})
  try {
    onAction?.(entry)
  } catch {
    // A hook of the caller's must not make a done action look failed.
  }
}
