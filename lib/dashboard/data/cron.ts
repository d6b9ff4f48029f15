import { readDefinition, readHistory } from '../../core/cron-definition.ts'
import { describeCall } from '../../core/describe-call.ts'
import { fromRef } from '../../core/record.ts'
import { CronEntry } from '../../queue/cron-entry.ts'
import { CronStore, type StoredEntry } from '../../redis/cron-store.ts'
import { readRows } from '../../redis/rows.ts'
import type { RedisStore } from '../../redis/store.ts'
import type { CronRow, JobLink } from './types.ts'

const SLOTS_SHOWN = 5

/** Every cron entry, by name, in three round trips. One that is damaged is there, with what is wrong. */
export async function readCron(store: RedisStore): Promise<CronRow[]> {
  const cron = new CronStore(store.connection, store.prefix)
  const entries = await cron.fetch((await cron.names()).sort())
  const refs = entries.map(({ last }) => fromRef(readHistory(last)?.ref ?? '@'))
  const { records } = await readRows(
    store,
    refs.filter(({ id }) => id !== ''),
  )
  let at = 0
  return entries.map((entry, i) => {
    const { id, queue } = refs[i]!
    const record = id === '' ? undefined : records[at++]
    const link =
      id === '' ? null : { id, queue, func: record?.func ?? '', state: record?.status ?? ('gone' as const) }
    return toCronRow(entry, link)
  })
}

function toCronRow(stored: StoredEntry, lastJob: JobLink | null): CronRow {
  const common = {
    name: stored.name,
    isPaused: stored.paused,
    lastJob,
    lastAt: readHistory(stored.last)?.slot ?? null,
  }
  try {
    const entry = new CronEntry(stored)
    const { schedule, job } = readDefinition(stored.name, stored.definition)
    return {
      ...common,
      queue: entry.queue,
      func: entry.func,
      preview: job.options.description ?? describeCall(job.func, job.args),
      schedule,
      next: entry.next(SLOTS_SHOWN).map((slot) => slot.getTime()),
      runs: entry.runs,
      missed: entry.missed,
      overlap: entry.overlap,
      damage: null,
    }
  } catch (error) {
    const nothing = {
      queue: '',
      func: '',
      preview: '',
      schedule: { everyMs: 0 },
      next: [],
      runs: 0,
      missed: '',
      overlap: '',
    }
    return { ...common, ...nothing, damage: (error as Error).message }
  }
}
