import { InvalidJobError } from '../core/errors.ts'
import { followUpsOf } from '../core/follow-ups.ts'
import { type JobRecord, toRef } from '../core/record.ts'
import { isEnded } from '../core/states.ts'
import { queueBase } from './keys.ts'
import type { RedisStore } from './store.ts'

/**
 * What follows a job's end: its callback and webhooks are enqueued, its group is told. The outbox keeps the job's record until
 * this is through; done twice it changes nothing, for the jobs' ids are made from this very end. What follows from a job that nobody
 * signed goes unsigned: a worker refuses it where everybody sees it.
 */
export async function followUp(store: RedisStore, queue: string, id: string): Promise<void> {
  const record = await readable(store, queue, id)
  // Requeued before this came about: its next end speaks for it.
  if (record && isEnded(record.status)) {
    const isSigned = store.signer?.isJob(queue, record) ?? true
    const jobs = followUpsOf(record).map((job) => (isSigned ? job : { ...job, signature: '' }))
    if (jobs.length > 0) await store.enqueue(queue, jobs)
    const { group } = record.options
    if (group !== undefined) await store.groups.settle(group, toRef(id, queue), record.status)
  }
  await store.connection.run('served', queueBase(store.prefix, queue), [id])
}

/** From a damaged record nothing can follow. */
async function readable(store: RedisStore, queue: string, id: string): Promise<JobRecord | undefined> {
  try {
    return (await store.fetch(queue, [id]))[0]
  } catch (error) {
    if (error instanceof InvalidJobError) return undefined
    throw error
  }
}
