import { readDefinition, readHistory, slotJobId } from '../../core/cron-definition.ts'
import type { StoredEntry } from '../../core/cron-store.ts'
import { describeCall } from '../../core/describe-call.ts'
import { fromRef } from '../../core/record.ts'
import { CronEntry } from '../../queue/cron-entry.ts'
import { RedisCronStore } from '../../redis/cron-store.ts'
import { readRows, readStates } from '../../redis/rows.ts'
import type { RedisStore } from '../../redis/store.ts'
import type { CronRow, JobLink } from './types.ts'

const SLOTS_SHOWN = 5

/** The names of all cron entries in order, in a round trip. @param queues those whose jobs go there alone */
export async function readCronNames(store: RedisStore, queues?: readonly string[]): Promise<string[]> {
  const cron = new RedisCronStore(store.connection, store.prefix)
  if (queues === undefined) return (await cron.names()).sort()
  const seen = new Set(queues)
  const all = Object.entries(await cron.definitions())
  return all.flatMap(([name, definition]) => (seen.has(queueOf(name, definition)) ? [name] : [])).sort()
}

/** A damaged one is of no queue. */
function queueOf(name: string, definition: string): string {
  try {
    return readDefinition(name, definition).queue
  } catch {
    return ''
  }
}

/** Cron entries of these names, else all by name, in two round trips behind the names. One that is damaged is there, with what is wrong. */
export async function readCron(store: RedisStore, names?: readonly string[]): Promise<CronRow[]> {
  const cron = new RedisCronStore(store.connection, store.prefix)
  const entries = await cron.fetch(names ?? (await readCronNames(store)))
  const fired = entries.map((entry) => ({ entry, ...firedBy(entry) }))
  const [{ records }, states] = await Promise.all([
    readRows(
      store,
      fired.flatMap(({ last }) => last ?? []),
    ),
    readStates(
      store,
      fired.flatMap(({ earlier }) => earlier),
    ),
  ])
  const [rows, before] = [records.values(), states.values()]
  return fired.map(({ entry, last, earlier }) => {
    const record = last && rows.next().value
    const link = last && {
      id: last.id,
      queue: last.queue,
      func: record?.func ?? '',
      state: record?.status ?? GONE,
    }
    const history = earlier.map(({ at }) => ({ at, state: before.next().value ?? GONE }))
    if (last && link) history.push({ at: last.at, state: link.state })
    return toCronRow(entry, last?.at ?? null, link ?? null, history)
  })
}

const GONE = 'gone' as const

interface SlotJob {
  readonly at: number
  readonly id: string
  readonly queue: string
}

/** The jobs of its last slots, as far as it remembers them: their ids are made of the slots. */
function firedBy({ name, last }: StoredEntry): { last?: SlotJob; earlier: readonly SlotJob[] } {
  const history = readHistory(last)
  if (!history) return { earlier: [] }
  const { id, queue } = fromRef(history.ref)
  const earlier = history.earlier.map((at) => ({ at, id: slotJobId(name, at), queue }))
  return { last: { at: history.slot, id, queue }, earlier: earlier.reverse() }
}

function toCronRow(
  stored: StoredEntry,
  lastAt: number | null,
  lastJob: JobLink | null,
  history: CronRow['history'],
): CronRow {
  const common = { name: stored.name, isPaused: stored.paused, lastJob, lastAt, history }
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
