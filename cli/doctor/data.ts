import { isEnded, STATES } from '../../lib/core/states.ts'
import { version as ownVersion } from '../../lib/core/version.ts'
import { readQueueFacts } from '../../lib/redis/overview.ts'
import { redisNow } from '../../lib/redis/time.ts'
import { allQueues, allWorkers, isSuspended } from '../lib.ts'
import { age, plural } from '../words.ts'
import { type Check, ok, problem, warn } from './finding.ts'

/** A worker speaks every 10 s. */
const SILENT_MS = 60_000
/** Ids looked at in each state of each queue. */
const SAMPLE = 200

export const workers: Check = {
  name: 'workers',
  async look(session) {
    const [known, now] = await Promise.all([allWorkers(session), session.connection.attempt(redisNow)])
    const silent = known.filter(({ heartbeat }) => now - heartbeat > SILENT_MS)
    const versions = [...new Set([...known.map(({ version }) => version), ownVersion()])]
    return [
      ok(known.length === 0 ? 'none' : plural(known.length, 'worker')),
      ...silent.map(({ name, heartbeat }) =>
        warn(
          `${name} was last heard of ${age(now - heartbeat)} ago`,
          'It has died, or hangs; its jobs are taken over by others.',
        ),
      ),
      ...(versions.length > 1
        ? [
            warn(
              `versions differ: ${versions.join(', ')} (this is ${ownVersion()})`,
              'Deploy one version of funq everywhere.',
            ),
          ]
        : []),
    ]
  },
}

export const queues: Check = {
  name: 'queues',
  async look(session) {
    const [names, known, suspended] = await Promise.all([
      allQueues(session),
      allWorkers(session),
      isSuspended(session),
    ])
    const facts = await readQueueFacts(session.connection, session.prefix, names)
    const deserted = facts.filter(
      ({ name, counts }) => counts.queued > 0 && !known.some((worker) => worker.queues.includes(name)),
    )
    return [
      ok(plural(names.length, 'queue')),
      ...(suspended ? [warn('all workers are suspended', 'rq resume')] : []),
      ...facts
        .filter(({ isPaused }) => isPaused && !suspended)
        .map(({ name }) => warn(`${name} is paused`, `rq queue resume ${name}`)),
      ...deserted.map(({ name, counts }) =>
        problem(`${name} has ${plural(counts.queued, 'job')} and no worker`, `rq worker ${name}`),
      ),
    ]
  },
}

export const orphans: Check = {
  name: 'orphans',
  async look(session) {
    const { store } = session
    let looked = 0
    const lost: string[] = []
    for (const queue of await allQueues(session)) {
      for (const state of STATES) {
        const entries = await store.entries(queue, state, { limit: SAMPLE })
        const ids = entries.map(({ id }) => id)
        const records = await store.fetch(queue, ids).catch(() => [])
        looked += records.length
        const missing = entries.filter((_, i) => i in records && records[i] === undefined)
        if (missing.length === 0) continue
        // Where no worker is, the ids of what has expired stay listed.
        const now = await session.connection.attempt(redisNow)
        const early = missing.filter(({ time }) => !isEnded(state) || time === null || time > now).length
        if (early > 0) lost.push(`${early} ${state} in ${queue}`)
      }
    }
    if (lost.length === 0) return [ok(`none among ${plural(looked, 'job')} looked at`)]
    return [
      warn(
        `ids without a record: ${lost.join(', ')}`,
        'Something else deletes keys: an eviction, or a DEL. Workers skip such ids; maintenance removes ended ones.',
      ),
    ]
  },
}
