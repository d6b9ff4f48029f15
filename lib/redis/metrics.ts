import type { Redis } from 'ioredis'
import {
  addCell,
  isEmptyCell,
  type MetricCell,
  type OpenCell,
  openCell,
  readCell,
  summarize,
  writeCell,
} from '../core/metric-cell.ts'
import type { FunctionMetrics, MetricsQuery, MetricsReport, Tier } from '../core/metrics.ts'
import { queueBase } from './keys.ts'
import type { RedisStore } from './store.ts'
import { redisNow } from './time.ts'

/** Functions of one queue that are counted apart. */
export const FUNCTIONS_KEPT = 200

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** One hash holds so many slots of a tier; the same stands in lua/meter.lua. */
const TIERS: Readonly<Record<Tier, { letter: string; stepMs: number; slots: number; longestMs: number }>> = {
  minute: { letter: 'm', stepMs: MINUTE, slots: 60, longestMs: DAY },
  hour: { letter: 'h', stepMs: HOUR, slots: 24, longestMs: 90 * DAY },
  day: { letter: 'd', stepMs: DAY, slots: 32, longestMs: 366 * DAY },
}
const COARSER: Readonly<Record<Tier, Tier>> = { minute: 'hour', hour: 'day', day: 'day' }
/** Steps of the table of functions, and all that it reads: a page must not wait for more. */
const FUNCTION_STEPS = 31
const FUNCTION_CELLS = 20_000

/** Adds what a worker has counted. Sent again with the same id, it adds nothing. */
export async function addMetrics(
  { connection, prefix }: RedisStore,
  queue: string,
  worker: string,
  id: string,
  cells: ReadonlyMap<string, MetricCell>,
): Promise<void> {
  const texts = Object.fromEntries([...cells].map(([func, cell]) => [func, writeCell(cell)]))
  await connection.run('meter', queueBase(prefix, queue), [worker, id, FUNCTIONS_KEPT, JSON.stringify(texts)])
}

/** What has been counted of each function since the queue was made: it only grows. By queue and function, in one round trip. */
export function readMetricTotals(
  { connection, prefix }: RedisStore,
  queues: readonly string[],
): Promise<Map<string, Map<string, MetricCell>>> {
  return connection.attempt(async (client) => {
    const found = await Promise.all(
      queues.map((queue) => client.hgetall(`${queueBase(prefix, queue)}metrics:total`)),
    )
    return new Map(queues.map((queue, i) => [queue, cellsOf(found[i]!)]))
  })
}

function cellsOf(fields: Readonly<Record<string, string>>): Map<string, MetricCell> {
  return new Map(Object.entries(fields).map(([func, text]) => [func, readCell(text)]))
}

/** The functions that workers have run lately, of each of the queues, by name. */
export async function readFunctionNames(
  { connection, prefix }: RedisStore,
  queues: readonly string[],
): Promise<string[][]> {
  return connection.attempt((client) =>
    Promise.all(queues.map((queue) => client.zrange(`${queueBase(prefix, queue)}functions`, '0', '-1'))),
  )
}

/** The history of a span of time, in four round trips at most. */
export async function readMetrics(store: RedisStore, query: MetricsQuery): Promise<MetricsReport> {
  const { connection, prefix } = store
  const [now, queues] = await Promise.all([
    connection.attempt(redisNow),
    query.queue === undefined ? store.queues() : [query.queue],
  ])
  const tier = query.tier ?? tierOf(query.to - query.from)
  const { stepMs, longestMs } = TIERS[tier]
  const steps = stepsOf(tier, Math.max(query.from, now - longestMs), Math.min(query.to, now))
  const bases = queues.map((queue) => queueBase(prefix, queue))
  const names =
    query.func === undefined ? await readFunctionNames(store, queues) : queues.map(() => [query.func!])
  const tableTier = queues.length === 1 ? tier : COARSER[tier]
  const tableSteps = stepsOf(tableTier, Math.max(query.from, now - longestMs), Math.min(query.to, now))
  const [series, table] = await connection.attempt((client) =>
    Promise.all([
      Promise.all(bases.map((base) => readSteps(client, base, tier, steps, [query.func ?? '']))),
      readTable(client, bases, names, tableTier, tableSteps),
    ]),
  )
  const points = steps.map((at, i) => {
    const cell = openCell()
    for (const each of series) addCell(cell, each[i]![0]!)
    return { at, cell }
  })
  const total = openCell()
  for (const { cell } of points) addCell(total, cell)
  return {
    now,
    tier,
    stepMs,
    points: points.map(({ at, cell }) => ({ at, ...summarize(cell) })),
    total: summarize(total),
    functions: table,
  }
}

/** How many runs ended well and badly in each of the last minutes, the latest last, by queue: in one round trip. */
export async function readMinutes(
  { connection, prefix }: RedisStore,
  queues: readonly string[],
  now: number,
  minutes: number,
): Promise<Map<string, { finished: number; failed: number }[]>> {
  const steps = lastMinutes(now, minutes)
  const found = await connection.attempt((client) =>
    Promise.all(
      queues.map((queue) =>
        readTexts(client, queueBase(prefix, queue), 'minute', steps, (slot) => [`${slot}`]),
      ),
    ),
  )
  return new Map(queues.map((queue, i) => [queue, found[i]!.map(readEnds)]))
}

/** What the last minutes say of how a queue is filled and emptied. */
export interface Tide {
  /** Runs that ended in each minute, however they did, the latest last. */
  readonly ended: readonly number[]
  /** How many were queued at the end of each; undefined where no worker has told. */
  readonly depths: readonly (number | undefined)[]
}

/** By queue: in one round trip. */
export async function readTides(
  { connection, prefix }: RedisStore,
  queues: readonly string[],
  now: number,
  minutes: number,
): Promise<Map<string, Tide>> {
  const steps = lastMinutes(now, minutes)
  const found = await connection.attempt((client) =>
    Promise.all(queues.map((queue) => readTexts(client, queueBase(prefix, queue), 'minute', steps, TIDE))),
  )
  return new Map(
    queues.map((queue, i) => {
      const texts = found[i]!
      return [
        queue,
        {
          ended: steps.map((_, n) => readSum(texts[2 * n]!)),
          depths: steps.map((_, n) => toDepth(texts[2 * n + 1]!)),
        },
      ]
    }),
  )
}

/** The fields of a slot that hold it. */
const TIDE = (slot: number) => [`${slot}`, `depth ${slot}`]

function toDepth(text: string | null): number | undefined {
  const depth = Number(text ?? Number.NaN)
  return Number.isSafeInteger(depth) && depth >= 0 ? depth : undefined
}

/** All runs of a cell. */
function readSum(text: string | null): number {
  const sums = text?.split(' ', 4) ?? []
  return sums.reduce((sum, each) => sum + (Number(each) || 0), 0)
}

function lastMinutes(now: number, minutes: number): number[] {
  const last = Math.floor(now / MINUTE)
  return Array.from({ length: minutes }, (_, i) => (last - minutes + 1 + i) * MINUTE)
}

/** The first two sums of a cell: the rest of it need not be read for these. */
function readEnds(text: string | null): { finished: number; failed: number } {
  const [finished, failed] = text?.split(' ', 2) ?? []
  return { finished: Number(finished) || 0, failed: Number(failed) || 0 }
}

function tierOf(spanMs: number): Tier {
  return spanMs <= 3 * HOUR ? 'minute' : spanMs <= 7 * DAY ? 'hour' : 'day'
}

/** The beginnings of the steps that a span touches. */
function stepsOf(tier: Tier, from: number, to: number): number[] {
  const { stepMs, longestMs } = TIERS[tier]
  const first = Math.floor(Math.max(from, to - longestMs) / stepMs)
  const last = Math.floor(to / stepMs)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * stepMs)
}

/** For each step the cells of some functions, '' for all together. */
async function readSteps(
  client: Redis,
  base: string,
  tier: Tier,
  steps: readonly number[],
  funcs: readonly string[],
): Promise<OpenCell[][]> {
  const fieldsOf = (slot: number) => funcs.map((func) => (func === '' ? `${slot}` : `${slot} ${func}`))
  const cells = (await readTexts(client, base, tier, steps, fieldsOf)).map(readCell)
  return steps.map((_, i) => cells.slice(i * funcs.length, (i + 1) * funcs.length))
}

async function readTexts(
  client: Redis,
  base: string,
  tier: Tier,
  steps: readonly number[],
  fieldsOf: (slot: number) => readonly string[],
): Promise<(string | null)[]> {
  const { letter, stepMs, slots } = TIERS[tier]
  const byKey = new Map<number, number[]>()
  for (const step of steps) {
    const key = Math.floor(step / stepMs / slots)
    byKey.set(key, [...(byKey.get(key) ?? []), Math.floor(step / stepMs) % slots])
  }
  const replies = await Promise.all(
    [...byKey].map(([key, mine]) =>
      client.hmget(`${base}metrics:${letter}:${key}`, ...mine.flatMap(fieldsOf)),
    ),
  )
  return replies.flat()
}

async function readTable(
  client: Redis,
  bases: readonly string[],
  names: readonly (readonly string[])[],
  tier: Tier,
  steps: readonly number[],
): Promise<FunctionMetrics[]> {
  const width = names.reduce((sum, each) => sum + each.length + 1, 0)
  const most = Math.max(1, Math.min(FUNCTION_STEPS, Math.floor(FUNCTION_CELLS / Math.max(1, width))))
  const late = steps.slice(-most)
  const byFunc = new Map<string, OpenCell>()
  await Promise.all(
    bases.map(async (base, i) => {
      const funcs = [...new Set([...names[i]!, 'other'])]
      for (const cells of await readSteps(client, base, tier, late, funcs)) {
        for (const [at, cell] of cells.entries()) {
          if (isEmptyCell(cell)) continue
          const func = funcs[at]!
          const known = byFunc.get(func) ?? openCell()
          addCell(known, cell)
          byFunc.set(func, known)
        }
      }
    }),
  )
  return [...byFunc]
    .map(([func, cell]) => ({ func, ...summarize(cell) }))
    .sort((a, b) => runs(b) - runs(a) || (a.func < b.func ? -1 : 1))
}

function runs({ finished, failed, retried, stopped }: FunctionMetrics): number {
  return finished + failed + retried + stopped
}
