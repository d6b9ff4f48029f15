import { STATES } from '../../core/states.ts'
import { glanceAt } from '../../redis/glance.ts'
import { readInfo, toRedisFacts } from '../../redis/info.ts'
import { queueBase } from '../../redis/keys.ts'
import type { RedisStore } from '../../redis/store.ts'
import { findProblems } from './problems.ts'
import { toQueueRows } from './queues.ts'
import type { Finding, SystemReport } from './types.ts'
import { isSilent, readWorkerFacts } from './workers.ts'

/** Records of a queue whose size is asked, and queues of which it is. */
const SAMPLED = 5
const QUEUES_SAMPLED = 200
const SLOW_ENTRIES = 20
const SECTIONS = ['server', 'clients', 'memory', 'persistence', 'stats', 'replication', 'cpu', 'cluster']

/**
 * What the server tells of itself, how much of it is ours, and what is wrong, in four round trips. Bytes are estimated from some
 * records of each queue. What the user may not ask is left out.
 */
export async function readSystem(store: RedisStore): Promise<SystemReport> {
  const { connection } = store
  const [names, { now, workers }, info, slow] = await Promise.all([
    store.queues(),
    readWorkerFacts(store),
    connection.attempt(readInfo),
    readSlow(store),
  ])
  const sampled = names.slice(0, QUEUES_SAMPLED)
  const [glances, samples] = await Promise.all([glanceAt(store, names), sampleIds(store, sampled)])
  const sizes = await sizesOf(store, sampled, samples)
  const queues = glances.map(({ name, counts }, i) => {
    const jobs = STATES.reduce((sum, state) => sum + counts[state], 0)
    const known = sizes[i] ?? []
    const mean = known.reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, known.length)
    return { name, jobs, bytes: Math.round(mean * jobs), sampled: known.length }
  })
  const silent = workers.filter((worker) => isSilent(worker, now)).map(({ name }) => name)
  const problems = findProblems({
    now,
    queues: toQueueRows(glances, workers),
    silent,
    recent: new Map(),
    cron: [],
    info,
  })
  const versions = [...new Set(workers.map(({ fields }) => fields.version ?? '?'))]
  const findings: Finding[] = problems.map(({ code, level, message, hint, subject }) => {
    return {
      check: code,
      level,
      message,
      ...(hint !== null && { hint }),
      ...(subject !== null && { subject }),
    }
  })
  if (versions.length > 1)
    findings.push({
      check: 'versions',
      level: 'warning',
      message: `versions of workers differ: ${versions.join(', ')}`,
      hint: 'Deploy one version of funq everywhere.',
    })
  return {
    now,
    redis: toRedisFacts(info),
    info: Object.fromEntries(
      SECTIONS.flatMap((section) => (info[section] ? [[section, info[section]]] : [])),
    ),
    keys: {
      database: Object.values(info.keyspace ?? {}).reduce(
        (sum, text) => sum + Number(/keys=(\d+)/.exec(text)?.[1] ?? 0),
        0,
      ),
      ours: queues.reduce((sum, { jobs }) => sum + jobs, 0),
    },
    queues: queues.sort((a, b) => b.bytes - a.bytes),
    slow,
    findings,
  }
}

/** Some jobs of each queue, whichever they are. */
async function sampleIds({ connection, prefix }: RedisStore, queues: readonly string[]): Promise<string[][]> {
  return connection.attempt((client) =>
    Promise.all(
      queues.map(async (queue) => {
        const base = queueBase(prefix, queue)
        const found = await Promise.all(
          ['queued', 'finished', 'failed'].map((state) =>
            client.zrange(`${base}${state}`, '0', String(SAMPLED - 1)),
          ),
        )
        return found.flat()
      }),
    ),
  )
}

async function sizesOf(
  { connection, prefix }: RedisStore,
  queues: readonly string[],
  samples: readonly (readonly string[])[],
): Promise<number[][]> {
  return connection.attempt((client) =>
    Promise.all(
      queues.map(async (queue, i) => {
        const keys = samples[i]!.map((id) => `${queueBase(prefix, queue)}job:${id}`)
        const sizes = await Promise.all(keys.map((key) => client.memory('USAGE', key).catch(() => null)))
        return sizes.filter((bytes) => bytes !== null)
      }),
    ),
  )
}

async function readSlow({ connection }: RedisStore): Promise<SystemReport['slow']> {
  const entries = await connection
    .attempt((client) => client.slowlog('GET', SLOW_ENTRIES))
    .catch(() => [] as unknown)
  if (!Array.isArray(entries)) return []
  return entries.map(([, at, micros, command]: [number, number, number, string[]]) => ({
    at: at * 1000,
    micros,
    // Arguments of jobs are nobody's business here.
    command: (Array.isArray(command) ? command : []).slice(0, 3).join(' ').slice(0, 120),
  }))
}
