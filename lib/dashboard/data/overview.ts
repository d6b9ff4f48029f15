import { readErrors } from '../../queue/find/errors.ts'
import { glanceAt } from '../../redis/glance.ts'
import { readInfo, toRedisFacts } from '../../redis/info.ts'
import { cronBase } from '../../redis/keys.ts'
import { readMinutes } from '../../redis/metrics.ts'
import type { RedisStore } from '../../redis/store.ts'
import { sumCounts } from './live.ts'
import { findProblems } from './problems.ts'
import { toQueueRows } from './queues.ts'
import type { Overview } from './types.ts'
import { isSilent, readWorkerFacts } from './workers.ts'

const TOP = 5
const MINUTES = 60
const RECENT_MINUTES = 10

/** All of the first page, in four round trips. */
export async function readOverview(store: RedisStore): Promise<Overview> {
  const { connection } = store
  const [queues, { now, workers }, info, cron] = await Promise.all([
    store.queues(),
    readWorkerFacts(store),
    connection.attempt(readInfo),
    readNextCron(store),
  ])
  const [glances, errors, minutes] = await Promise.all([
    glanceAt(store, queues),
    readErrors(store, { limit: TOP, queues, awake: true }),
    readMinutes(store, queues, now, MINUTES),
  ])
  const rows = toQueueRows(glances, workers)
  const silent = workers.filter((worker) => isSilent(worker, now)).map(({ name }) => name)
  const problems = findProblems({
    now,
    queues: rows,
    silent,
    recent: new Map([...minutes].map(([queue, counts]) => [queue, sumOf(counts.slice(-RECENT_MINUTES))])),
    cron: cron.map(({ name, nextAt }) => ({ name, next: [nextAt], isPaused: false })),
    info,
  })
  const totals = sumCounts(glances)
  return {
    now,
    problems,
    totals,
    queues: rows,
    workers: {
      total: workers.length,
      busy: workers.filter(({ fields }) => fields.state === 'busy').length,
      silent: silent.length,
    },
    errors,
    cron,
    lastHour: hourOf([...minutes.values()], now),
    redis: toRedisFacts(info),
  }
}

type Minute = { readonly finished: number; readonly failed: number }

function sumOf(minutes: readonly Minute[]): Minute {
  return minutes.reduce(
    (sum, { finished, failed }) => ({ finished: sum.finished + finished, failed: sum.failed + failed }),
    { finished: 0, failed: 0 },
  )
}

function hourOf(byQueue: readonly (readonly Minute[])[], now: number): Overview['lastHour'] {
  const first = Math.floor(now / 60_000) - MINUTES + 1
  return Array.from({ length: MINUTES }, (_, i) => ({
    at: (first + i) * 60_000,
    ...sumOf(byQueue.map((minutes) => minutes[i]!)),
  }))
}

async function readNextCron({
  connection,
  prefix,
}: RedisStore): Promise<{ name: string; nextAt: number; queue: string }[]> {
  const base = cronBase(prefix)
  return connection.attempt(async (client) => {
    const reply = (await client.zrange(`${base}due`, '0', String(TOP - 1), 'WITHSCORES')) as (
      | string
      | string[]
    )[]
    // RESP3 pairs what RESP2 lists one after the other.
    const flat = reply.flat()
    const names = flat.filter((_, i) => i % 2 === 0)
    const definitions = names.length === 0 ? [] : await client.hmget(`${base}entries`, ...names)
    return names.map((name, i) => ({ name, nextAt: Number(flat[2 * i + 1]), queue: queueOf(definitions[i]) }))
  })
}

function queueOf(definition: string | null | undefined): string {
  try {
    return String(JSON.parse(definition ?? '').queue)
  } catch {
    return ''
  }
}
