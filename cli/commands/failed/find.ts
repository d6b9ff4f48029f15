import { toMs } from '../../../lib/core/duration.ts'
import { isError } from '../../../lib/core/fingerprint.ts'
import type { JobRecord } from '../../../lib/core/record.ts'
import { redisNow } from '../../../lib/redis/overview.ts'
import { UsageError } from '../../exit-codes.ts'
import type { GlobalFlags } from '../../globals.ts'
import { errorOf, lastTime } from '../../job-view.ts'
import { knownQueues } from '../../queues.ts'
import { isWanted, LOOKED_AT, scan } from '../../scan.ts'
import type { Session } from '../../session.ts'
import { number } from '../../words.ts'

export interface FailedFlags extends GlobalFlags {
  readonly queue?: string[]
  readonly error?: string
  readonly since?: string
  readonly all?: true
  readonly dryRun?: true
  readonly yes?: true
}

export interface Failed {
  readonly records: readonly JobRecord[]
  readonly warnings: readonly string[]
  /** Redis's clock. */
  readonly now: number
}

/** Failed jobs, the latest first. */
export async function findFailed(
  session: Session,
  { queue, error, since }: FailedFlags,
  onProgress?: (done: number) => void,
): Promise<Failed> {
  const now = await session.connection.attempt(redisNow)
  const wanted = isWanted(
    {
      ...(since !== undefined && { since: now - toMs(since, 'since') }),
      ...(error !== undefined && { matches: (record) => isError(errorOf(record), error) }),
    },
    lastTime,
  )
  const warnings: string[] = []
  const records: JobRecord[] = []
  for (const name of await knownQueues(session, queue)) {
    const before = records.length
    const found = await scan(session, name, 'failed', LOOKED_AT, wanted, (done) =>
      onProgress?.(before + done),
    )
    records.push(...found.records)
    if (found.isCut) {
      warnings.push(
        `queue ${name} has more than ${number(LOOKED_AT)} failed jobs; looked at the last that many`,
      )
    }
  }
  return { records, warnings, now }
}

/** The failed jobs that a command is to change: those of the ids, or of the error, or all. */
export async function chooseFailed(
  session: Session,
  ids: readonly string[],
  flags: FailedFlags,
): Promise<Failed> {
  requireChoice(ids, flags)
  const found = await findFailed(session, flags)
  if (ids.length === 0) return found
  const chosen = new Set(ids)
  return { ...found, records: found.records.filter(({ id }) => chosen.has(id)) }
}

/** Nothing named is most likely a slip, and must not mean everything. @throws UsageError */
export function requireChoice(ids: readonly string[], { error, all }: FailedFlags): void {
  if (ids.length > 0 && (all || error !== undefined)) {
    throw new UsageError('expected either ids, or --error, or --all; got ids and one of these')
  }
  if (ids.length === 0 && error === undefined && !all) {
    throw new UsageError(
      'expected ids of failed jobs, --error, or --all',
      "'rq failed groups' lists the errors.",
    )
  }
}
