import { InvalidArgumentError, WorkerNotFoundError } from '../../../core/errors.ts'
import { type Actor, audited } from '../../../queue/audited.ts'
import { editEntry, pauseEntry, resumeEntry, runEntry } from '../../../queue/cron-acts.ts'
import type { ScheduleOptions } from '../../../queue/cron-options.ts'
import { RedisCronStore } from '../../../redis/cron-store.ts'
import { markDeploy as mark } from '../../../redis/deploys.ts'
import { controlChannel } from '../../../redis/keys.ts'
import { snooze, wake } from '../../../redis/snoozed.ts'
import type { RedisStore } from '../../../redis/store.ts'
import { WorkerRegistry } from '../../../redis/worker-registry.ts'

/** What is known of a cause is kept as long. */
const LONGEST_SNOOZE_MS = 90 * 86_400_000

const cronOf = (store: RedisStore) => new RedisCronStore(store.connection, store.prefix)

/** Enqueues the entry's job now, beside its schedule; answers its id. Each of these throws CronNotFoundError. */
export async function runCron(store: RedisStore, name: string, actor: Actor): Promise<string> {
  const act = { action: 'cron:run', subject: name }
  return audited(
    store,
    actor,
    act,
    async () => (await runEntry({ store, sync: undefined }, cronOf(store), name)).id,
  )
}

export async function pauseCron(store: RedisStore, name: string, actor: Actor): Promise<void> {
  await audited(store, actor, { action: 'cron:pause', subject: name }, () => pauseEntry(cronOf(store), name))
}

export async function resumeCron(store: RedisStore, name: string, actor: Actor): Promise<void> {
  await audited(store, actor, { action: 'cron:resume', subject: name }, () =>
    resumeEntry(cronOf(store), name),
  )
}

/** Gives it another schedule, until the code that registers it does so again. @throws InvalidArgumentError */
export async function editCron(
  store: RedisStore,
  name: string,
  schedule: ScheduleOptions,
  actor: Actor,
): Promise<void> {
  const act = { action: 'cron:edit', subject: name, note: JSON.stringify(schedule) }
  await audited(store, actor, act, () => editEntry(store, cronOf(store), name, schedule))
}

/** Answers whether there was one. */
export async function removeCron(store: RedisStore, name: string, actor: Actor): Promise<boolean> {
  return audited(
    store,
    actor,
    { action: 'cron:remove', subject: name },
    () => cronOf(store).remove(name),
    Number,
  )
}

const COMMANDS = { quiet: 'quiet', stop: 'shutdown', kill: 'kill-horse' } as const

/**
 * `quiet`: it claims no more, and what it runs goes on. `stop`: as SIGTERM, what runs may end. `kill`: what it runs fails, as if its
 * work-horses had died.
 * @throws WorkerNotFoundError
 */
export async function tellWorker(
  store: RedisStore,
  name: string,
  what: keyof typeof COMMANDS,
  actor: Actor,
): Promise<void> {
  const { connection, prefix } = store
  await audited(store, actor, { action: `worker:${what}`, subject: name }, async () => {
    if (!(await new WorkerRegistry(connection, prefix).one(name)))
      throw new WorkerNotFoundError(`no living worker is called ${name}`, name)
    await connection.attempt((client) => client.publish(controlChannel(prefix, name), COMMANDS[what]))
  })
}

/** Marks now in the history, as `v1.2`. @throws InvalidArgumentError */
export async function markDeploy(store: RedisStore, label: string, actor: Actor): Promise<void> {
  await audited(store, actor, { action: 'deploy:mark', subject: label }, () => mark(store, label))
}

/** Hides a cause of failures for a while from what the dashboard shows first. @throws InvalidArgumentError */
export async function snoozeError(
  store: RedisStore,
  fingerprint: string,
  forMs: number,
  actor: Actor,
): Promise<void> {
  const act = { action: 'failure:snooze', subject: fingerprint, note: `${forMs} ms` }
  await audited(store, actor, act, async () => {
    if (!/^[0-9a-f]{8}$/.test(fingerprint))
      throw new InvalidArgumentError(
        `fingerprint: expected eight digits of hex, got ${JSON.stringify(fingerprint)}`,
      )
    if (!Number.isSafeInteger(forMs) || forMs < 1 || forMs > LONGEST_SNOOZE_MS)
      throw new InvalidArgumentError(`for: expected a time of up to 90 days, got ${String(forMs)} ms`)
    await snooze(store, fingerprint, forMs)
  })
}

export async function wakeError(store: RedisStore, fingerprint: string, actor: Actor): Promise<void> {
  await audited(
    store,
    actor,
    { action: 'failure:wake', subject: fingerprint },
    () => wake(store, fingerprint),
    Number,
  )
}
