import type { Redis } from 'ioredis'
import type { MetricCell } from '../core/metric-cell.ts'
import type { Connection } from './connection.ts'
import { cronBase, groupBase, queueBase } from './keys.ts'
import { readMetricTotals } from './metrics.ts'
import { type QueueFacts, readQueueFacts } from './overview.ts'
import type { RedisStore } from './store.ts'
import { redisNow } from './time.ts'

/** All that metrics are made of, as of one moment. Times are milliseconds of Redis's clock. */
export interface ScrapeFacts {
  readonly queues: readonly (QueueFacts & {
    /** How many runs were lost with their worker, since the queue was made. */
    readonly lost: number
    /** What each function has done, since the queue was made. */
    readonly functions: ReadonlyMap<string, MetricCell>
    /** When its next scheduled job is due. */
    readonly due: number | undefined
  })[]
  readonly workers: readonly {
    readonly name: string
    readonly state: string
    readonly concurrency: number
    readonly heartbeatAgeMs: number
    /** How late its event loop was; undefined of workers that do not tell. */
    readonly lag: { readonly p99Ms: number; readonly maxMs: number } | undefined
  }[]
  readonly now: number
  /** When the next cron entry is due. */
  readonly cronDue: number | undefined
  readonly openGroups: number
  readonly server: { readonly errorReplies: number; readonly evictedKeys: number }
}

/** Groups looked at: those made last. */
const GROUPS = 500

/** In three round trips, whatever the number of queues, workers and functions. */
export async function readScrapeFacts(store: RedisStore): Promise<ScrapeFacts> {
  const { connection, prefix } = store
  const [now, queues, names, groups, cron, info] = await connection.attempt((client) =>
    Promise.all([
      redisNow(client),
      store.queues(),
      client.zrange(`${prefix}:workers`, '0', '-1'),
      client.zrange(`${prefix}:groups`, String(-GROUPS), '-1'),
      client.zrange(`${cronBase(prefix)}due`, '0', '0', 'WITHSCORES'),
      // Managed servers forbid some commands; metrics do without.
      client.info('stats').catch(() => ''),
    ]),
  )
  const [facts, totals, rest, workers, openGroups] = await Promise.all([
    readQueueFacts(connection, prefix, queues, now),
    readMetricTotals(store, queues),
    connection.attempt((client) => Promise.all(queues.map((queue) => readRest(client, prefix, queue)))),
    readWorkers(connection, prefix, names, now),
    connection.attempt((client) => countOpen(client, prefix, groups)),
  ])
  return {
    queues: facts.map((each, i) => ({ ...each, ...rest[i]!, functions: totals.get(each.name) ?? new Map() })),
    workers,
    now,
    cronDue: firstScore(cron),
    openGroups,
    server: {
      errorReplies: infoField(info, 'total_error_replies'),
      evictedKeys: infoField(info, 'evicted_keys'),
    },
  }
}

async function readRest(client: Redis, prefix: string, queue: string) {
  const base = queueBase(prefix, queue)
  const [recovered, next] = await Promise.all([
    client.hget(`${base}stats`, 'recovered'),
    client.zrange(`${base}scheduled`, '0', '0', 'WITHSCORES'),
  ])
  return { lost: Number(recovered ?? 0), due: firstScore(next) }
}

async function readWorkers(
  connection: Connection,
  prefix: string,
  names: readonly string[],
  now: number,
): Promise<ScrapeFacts['workers']> {
  const found = await connection.attempt((client) =>
    Promise.all(
      names.map((name) =>
        client.hmget(`${prefix}:worker:${name}`, 'state', 'concurrency', 'heartbeat', 'lagP99Ms', 'lagMaxMs'),
      ),
    ),
  )
  return names.flatMap((name, i) => {
    const [state, concurrency, heartbeat, p99, max] = found[i]!
    if (state == null) return []
    const heartbeatAgeMs = Math.max(0, now - Number(heartbeat ?? now))
    const lag = p99 == null ? undefined : { p99Ms: Number(p99), maxMs: Number(max) }
    return [{ name, state, concurrency: Number(concurrency ?? 0), heartbeatAgeMs, lag }]
  })
}

async function countOpen(client: Redis, prefix: string, ids: readonly string[]): Promise<number> {
  const found = await Promise.all(
    ids.map((id) => client.hmget(`${groupBase(prefix, id)}info`, 'created', 'announced')),
  )
  return found.filter(([created, announced]) => created != null && announced == null).length
}

function infoField(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
}

/** RESP3 pairs what RESP2 lists one after the other. */
function firstScore(reply: readonly (string | readonly unknown[])[]): number | undefined {
  const score = reply.flat()[1]
  return score === undefined ? undefined : Number(score)
}
