import type { Info } from '../../redis/info.ts'
import type { CronRow, Problem, QueueRow } from './types.ts'

/** What counts as worth a look. */
const OLDEST_MS = 300_000
const CRON_LATE_MS = 60_000
const FAILED_SHARE = 0.1
const FAILED_LEAST = 10
const MEMORY_SHARE = 0.9

export interface Seen {
  readonly now: number
  readonly queues: readonly QueueRow[]
  readonly silent: readonly string[]
  /** Runs of the last ten minutes, by queue. */
  readonly recent: ReadonlyMap<string, { readonly finished: number; readonly failed: number }>
  readonly cron: readonly Pick<CronRow, 'name' | 'next' | 'isPaused'>[]
  readonly info: Info
}

/** What somebody should look at, the worst first. */
export function findProblems(seen: Seen): Problem[] {
  const all = [
    ...queueProblems(seen),
    ...failureProblems(seen),
    ...workerProblems(seen),
    ...serverProblems(seen),
    ...cronProblems(seen),
  ]
  return all.sort((a, b) => rank(a) - rank(b))
}

function rank({ level }: Problem): number {
  return level === 'problem' ? 0 : 1
}

function queueProblems({ queues }: Seen): Problem[] {
  const suspended = queues.some(({ pauses }) => pauses.some(({ kind }) => kind === 'suspended'))
  const problems: Problem[] = suspended
    ? [
        {
          level: 'warning',
          code: 'suspended',
          message: 'all workers are suspended',
          hint: 'rq resume',
          subject: null,
        },
      ]
    : []
  for (const { name, counts, workers, pauses, oldestMs } of queues) {
    const [pause] = pauses.filter(({ kind }) => kind === 'paused')
    if (pause) {
      const by = pause.by === null ? '' : ` by ${pause.by}`
      const why = pause.reason === null ? '' : `: ${pause.reason}`
      problems.push({
        level: 'warning',
        code: 'paused',
        message: `${name} is paused${by}${why}`,
        hint: `rq queue resume ${name}`,
        subject: name,
      })
    }
    const waiting = counts.queued
    if (waiting > 0 && workers === 0) {
      problems.push({
        level: 'problem',
        code: 'no-workers',
        message: `${name} has ${waiting} ${waiting === 1 ? 'job' : 'jobs'} and no worker`,
        hint: `rq worker ${name}`,
        subject: name,
      })
    } else if (oldestMs !== null && oldestMs > OLDEST_MS && pauses.length === 0) {
      problems.push({
        level: 'warning',
        code: 'oldest-wait',
        message: `the next job of ${name} has waited ${Math.round(oldestMs / 60_000)} min`,
        hint: 'Start more workers, or look at what those there are run.',
        subject: name,
      })
    }
  }
  return problems
}

function failureProblems({ recent }: Seen): Problem[] {
  return [...recent].flatMap(([name, { finished, failed }]) => {
    if (failed < FAILED_LEAST || failed < FAILED_SHARE * (finished + failed)) return []
    const share = Math.round((100 * failed) / (finished + failed))
    const message = `${failed} jobs of ${name} failed in the last 10 min, ${share} % of its runs`
    return [
      {
        level: 'problem' as const,
        code: 'failures' as const,
        message,
        hint: 'rq failed groups',
        subject: name,
      },
    ]
  })
}

function workerProblems({ silent }: Seen): Problem[] {
  return silent.map((name) => ({
    level: 'warning',
    code: 'silent-worker',
    message: `worker ${name} has not been heard of for a while`,
    hint: 'It has died, or hangs; its jobs are taken over by others.',
    subject: name,
  }))
}

function serverProblems({ info: { memory = {}, persistence = {}, replication = {} } }: Seen): Problem[] {
  const problems: Problem[] = []
  const say = (level: Problem['level'], code: Problem['code'], message: string, hint: string) =>
    void problems.push({ level, code, message, hint, subject: null })
  const policy = memory.maxmemory_policy
  if (policy !== undefined && policy !== 'noeviction')
    say(
      'problem',
      'eviction',
      `the eviction policy is ${policy}: a Redis short of memory deletes jobs`,
      'Set maxmemory-policy noeviction, and give caches a server of their own.',
    )
  const [used, max] = [Number(memory.used_memory ?? 0), Number(memory.maxmemory ?? 0)]
  if (max > 0 && used >= max)
    say(
      'problem',
      'memory',
      'Redis has used up its memory, and takes no new jobs',
      'Raise maxmemory, or delete what is not needed: what deletes, cancels and pauses still works.',
    )
  else if (max > 0 && used > MEMORY_SHARE * max)
    say(
      'problem',
      'memory',
      `Redis uses ${Math.round((100 * used) / max)} % of its memory`,
      'Raise maxmemory, or keep results and failed jobs for a shorter time.',
    )
  if (replication.role === 'slave') {
    const isLost = replication.master_link_status === 'down'
    say(
      isLost ? 'problem' : 'warning',
      'replica',
      isLost
        ? 'this Redis is a replica that has lost its master: what it shows is old'
        : 'this Redis is a replica: nothing can be changed through it',
      'Connect to the master, unless this dashboard is only to be looked at.',
    )
  }
  if (persistence.aof_last_write_status === 'err' || persistence.rdb_last_bgsave_status === 'err')
    say(
      'problem',
      'persistence',
      'Redis could not write to its disk',
      'Look at the disk of the server, and at its log.',
    )
  else if (persistence.aof_enabled === '0')
    say(
      'warning',
      'persistence',
      'AOF is off: a crash of Redis loses what was enqueued since its last snapshot',
      'Set appendonly yes, unless the jobs may be lost.',
    )
  return problems
}

function cronProblems({ now, cron }: Seen): Problem[] {
  return cron.flatMap(({ name, next, isPaused }) => {
    const due = next[0]
    if (isPaused || due === undefined || now - due < CRON_LATE_MS) return []
    const message = `cron entry ${name} was due ${Math.round((now - due) / 60_000)} min ago`
    return [
      {
        level: 'problem' as const,
        code: 'cron-late' as const,
        message,
        hint: 'Any worker fires entries: is one running?',
        subject: name,
      },
    ]
  })
}
