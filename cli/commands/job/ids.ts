import { JobNotFoundError } from '../../../lib/core/errors.ts'
import { checkQueueName } from '../../../lib/core/names.ts'
import type { JobRecord } from '../../../lib/core/record.ts'
import type { Job } from '../../../lib/queue/job.ts'
import type { ArgumentSpec, OptionSpec } from '../../command.ts'
import type { GlobalFlags } from '../../globals.ts'
import type { Session } from '../../session.ts'

export interface JobFlags extends GlobalFlags {
  readonly queue?: string
  readonly yes?: true
  readonly dryRun?: true
}

export const IDS: ArgumentSpec = { term: '<ids...>', what: 'ids of jobs' }

export const QUEUE: OptionSpec = {
  flags: '--queue <queue>',
  what: 'the queue they are in, for ids that several queues have',
  fallback: 'looked for',
  parse: checkQueueName,
}

/** A job's record, wherever it is. @throws JobNotFoundError */
export async function findRecord({ store }: Session, { queue }: JobFlags, id: string): Promise<JobRecord> {
  const where = queue ?? (await store.find(id))
  const [record] = where === undefined ? [] : await store.fetch(where, [id])
  if (record) return record
  const place = queue === undefined ? '' : ` in queue ${queue}`
  throw new JobNotFoundError(
    `job ${id} is not there${place}: it was never enqueued, was deleted, or its time to live is over`,
    id,
  )
}

export async function findJob(session: Session, flags: JobFlags, id: string): Promise<Job> {
  const { Job } = await import('../../../lib/queue/job.ts')
  return new Job(session.store, await findRecord(session, flags, id))
}
