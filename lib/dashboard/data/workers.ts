import type { JobRow } from '../../queue/find/filter.ts'
import { toRow } from '../../queue/find/row.ts'
import { queueBase } from '../../redis/keys.ts'
import { readScript } from '../../redis/read-script.ts'
import { readRows } from '../../redis/rows.ts'
import type { RedisStore } from '../../redis/store.ts'
import { redisNow } from '../../redis/time.ts'
import type { WorkerRow } from './types.ts'

/** What a worker told last of itself. */
export interface WorkerFacts {
  readonly name: string
  readonly queues: readonly string[]
  readonly heardAt: number
  readonly fields: Readonly<Record<string, string>>
}

/** A worker speaks every 10 s unless told otherwise; after this it has died, or hangs. */
const SILENT_MS = 45_000
const JOBS_SHOWN = 3
const RESTING = ['stopping', 'suspended', 'quiet'] as const
/** Workers that are told of: pages do not grow without end. */
const MOST = 1_000

interface Known {
  readonly now: number
  readonly workers: readonly WorkerFacts[]
}

/** Every worker that is known, in two round trips. */
export async function readWorkerFacts({ connection, prefix }: RedisStore): Promise<Known> {
  return connection.attempt(async (client) => {
    const [now, names] = await Promise.all([
      redisNow(client),
      client.zrange(`${prefix}:workers`, '0', String(MOST - 1), 'REV'),
    ])
    const found = await Promise.all(names.map((name) => client.hgetall(`${prefix}:worker:${name}`)))
    const workers = names.flatMap((name, i) => {
      const fields = found[i]!
      const queues = readQueueNames(fields.queues)
      return queues ? [{ name, queues, heardAt: Number(fields.heartbeat) || 0, fields }] : []
    })
    return { now, workers: workers.sort((a, b) => (a.name < b.name ? -1 : 1)) }
  })
}

function readQueueNames(json: string | undefined): string[] | undefined {
  try {
    const names = JSON.parse(json ?? '')
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : undefined
  } catch {
    return undefined
  }
}

export function isSilent({ heardAt }: WorkerFacts, now: number): boolean {
  return now - heardAt > SILENT_MS
}

function toHeldJob({ id, queue, func, preview, startedAt }: JobRow): WorkerRow['jobs'][number] {
  return { id, queue, func, preview, startedAt }
}

type Held = [count: number, ids: string[]]

/** Workers with the first jobs that they hold, in two round trips behind their facts. @param known of which workers, else of all */
export async function readWorkers(store: RedisStore, known?: Known): Promise<WorkerRow[]> {
  const { now, workers } = known ?? (await readWorkerFacts(store))
  const queues = [...new Set(workers.flatMap((worker) => worker.queues))]
  const held = await readHeld(store, queues, workers)
  const refs = workers.flatMap(({ name }) => held.get(name)!.refs)
  const { records } = await readRows(store, refs)
  const rows = records.map((record) => record && toRow(record, now))
  const left = rows.values()
  return workers.map((worker) => {
    const { refs, busy } = held.get(worker.name)!
    const jobs = refs.flatMap(() => {
      const row = left.next().value
      return row ? [toHeldJob(row)] : []
    })
    return { ...toWorkerRow(worker, now, busy), jobs }
  })
}

/** How many jobs each worker holds, and the first of them: one command a queue, whatever the number of workers. */
async function readHeld(
  { connection, prefix }: RedisStore,
  queues: readonly string[],
  workers: readonly WorkerFacts[],
): Promise<Map<string, { busy: number; refs: { id: string; queue: string }[] }>> {
  const held = new Map(
    workers.map(({ name }) => [name, { busy: 0, refs: [] as { id: string; queue: string }[] }]),
  )
  const replies = await connection.attempt((client) =>
    Promise.all(
      queues.map((queue) => {
        const names = workers.filter((worker) => worker.queues.includes(queue)).map(({ name }) => name)
        return readScript<Held[]>(client, 'held', queueBase(prefix, queue), [JOBS_SHOWN, ...names])
      }),
    ),
  )
  for (const [i, queue] of queues.entries()) {
    const names = workers.filter((worker) => worker.queues.includes(queue)).map(({ name }) => name)
    for (const [n, [count, ids]] of replies[i]!.entries()) {
      const mine = held.get(names[n]!)!
      mine.busy += count
      mine.refs.push(...ids.slice(0, JOBS_SHOWN - mine.refs.length).map((id) => ({ id, queue })))
    }
  }
  return held
}

function toWorkerRow(worker: WorkerFacts, now: number, busy: number): Omit<WorkerRow, 'jobs'> {
  const { name, queues, heardAt, fields } = worker
  const number = (field: string) => Number(fields[field]) || 0
  const optional = (field: string) => (fields[field] === undefined ? null : number(field))
  const told = RESTING.find((state) => state === fields.state) ?? 'idle'
  return {
    name,
    queues,
    state: told === 'idle' && busy > 0 ? 'busy' : told,
    isSilent: isSilent(worker, now),
    host: fields.host ?? '',
    pid: number('pid'),
    version: fields.version ?? '',
    node: fields.node ?? '',
    isolation: fields.isolation ?? '',
    concurrency: number('concurrency'),
    bornAt: number('birth'),
    heardAt,
    finished: number('finished'),
    failed: number('failed'),
    retried: number('retried'),
    stopped: number('stopped'),
    workedMs: number('workedMs'),
    rssBytes: optional('rss'),
    eventLoopLag:
      fields.lagP99Ms === undefined ? null : { p99Ms: number('lagP99Ms'), maxMs: number('lagMaxMs') },
    busy,
  }
}
