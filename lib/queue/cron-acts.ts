import { v4 as uuid } from 'uuid'
import { readDefinition, readHistory, slotJob } from '../core/cron-definition.ts'
import { firstSlot, slotAfterPause } from '../core/cron-schedule.ts'
import type { CronStore, StoredEntry } from '../core/cron-store.ts'
import { CronNotFoundError, InvalidArgumentError } from '../core/errors.ts'
import type { Store } from '../core/store.ts'
import { type ScheduleOptions, withSchedule } from './cron-options.ts'
import { Job } from './job.ts'
import { newRecord } from './new-job.ts'
import { notUnique } from './refusal.ts'
import type { Backing } from './stand-in.ts'

/** What is done to one cron entry by its name, whoever does it. Each throws CronNotFoundError. */

export async function storedEntry(store: CronStore, name: string): Promise<StoredEntry> {
  const [stored] = await store.fetch([name])
  if (!stored) throw notFound(name)
  return stored
}

export async function pauseEntry(store: CronStore, name: string): Promise<void> {
  if (!(await store.pause(name))) throw notFound(name)
}

/** It fires at its next time; what would have fired meanwhile is not made up for. */
export async function resumeEntry(store: CronStore, name: string): Promise<void> {
  for (;;) {
    const { definition, last } = await storedEntry(store, name)
    const { rev, schedule } = readDefinition(name, definition)
    const next = slotAfterPause(schedule, readHistory(last)?.slot, await store.now())
    const answer = await store.resume(name, rev, next)
    if (answer === 'resumed') return
    if (answer === 'gone') throw notFound(name)
  }
}

/** Enqueues its job now, beside its schedule. @throws DuplicateJobError where another job has its unique key, as an enqueue does */
export async function runEntry(
  { store: jobs, sync, now }: Backing,
  store: CronStore,
  name: string,
): Promise<Job> {
  const { definition } = await storedEntry(store, name)
  const read = readDefinition(name, definition)
  const { ownId: _, ...job } = slotJob(read, uuid(), jobs.signer)
  const { queue } = read
  const [answer] = sync ? [(await sync.enqueue(queue, job)).answer] : await jobs.enqueue(queue, [job])
  // It depends on nothing, and its id is new: what refuses it is its unique key.
  if (!answer!.ok) throw notUnique(queue, (answer as { by?: string }).by ?? job.id)
  if (answer!.existing === undefined) return new Job(jobs, newRecord(queue, job, now?.()), sync?.host)
  const [record] = await jobs.fetch(queue, [answer!.existing])
  if (!record) throw notUnique(queue, answer!.existing)
  return new Job(jobs, record, sync?.host)
}

/**
 * Gives it another schedule, until whoever registers it does so again. One that is paused stays so.
 * @throws InvalidArgumentError for a schedule that is none, and where it is signed and the secret is not known here
 */
export async function editEntry(
  jobs: Store,
  store: CronStore,
  name: string,
  schedule: ScheduleOptions,
): Promise<void> {
  const { definition } = await storedEntry(store, name)
  const read = readDefinition(name, definition)
  if (read.signature !== undefined && !jobs.signer)
    throw new InvalidArgumentError(
      `cron entry ${name}: it is signed; expected the secret that it was signed with`,
    )
  const changed = withSchedule(read, schedule)
  const signed = jobs.signer?.signedCron(changed) ?? changed
  await store.set(signed, firstSlot(changed.schedule, await store.now()))
}

function notFound(name: string): CronNotFoundError {
  return new CronNotFoundError(
    `there is no cron entry '${name}': it was never registered, or it was removed`,
    name,
  )
}
