import type { OneWorkerFlags } from '../commands/worker-flags.ts'
import { CommandError, EXIT, type ExitCode, NotFoundError, UsageError } from '../exit-codes.ts'
import type { Host } from '../host.ts'
import { noted } from '../lib.ts'
import { withSession } from '../session.ts'

/** Has workers stop, wherever they run, by their names. */
export function stopWorkers(names: readonly string[], flags: OneWorkerFlags, host: Host): Promise<ExitCode> {
  return withSession(placeOf(flags), host, async (session) => {
    const { sendShutdown } = await import('../../lib/worker/commands.ts')
    for (const name of names) {
      const act = { action: 'worker:stop', subject: name }
      await noted(session, act, () => sendShutdown(name, session.place)).catch((error) => {
        if (error.code === 'WORKER_NOT_FOUND')
          throw new NotFoundError(error.message, "'rq workers' lists them.")
        throw error
      })
      host.output.out(`${name}: told to stop\n`)
    }
    return EXIT.done
  })
}

/** Strikes dead workers off the list before their lease is over: others take over their jobs at once. */
export function removeWorkers(
  names: readonly string[],
  flags: OneWorkerFlags,
  host: Host,
): Promise<ExitCode> {
  if (names.length === 0) throw new UsageError("expected the name of a worker; 'rq workers' lists them")
  return withSession(placeOf(flags), host, async (session) => {
    const { store, connection, prefix } = session
    const { WorkerRegistry } = await import('../../lib/redis/worker-registry.ts')
    const { controlChannel } = await import('../../lib/redis/keys.ts')
    const registry = new WorkerRegistry(connection, prefix)
    for (const name of names) {
      const worker = await registry.one(name)
      if (!worker) throw new NotFoundError(`there is no worker ${name}`, "'rq workers' lists them.")
      const channel = controlChannel(prefix, name)
      const counted = await connection.attempt((client) => client.pubsub('NUMSUB', channel))
      if (Number(counted[1]) > 0 && !flags.force) {
        throw new CommandError(
          EXIT.refused,
          'WORKER_ALIVE',
          `worker ${name} is alive: others would run its jobs a second time`,
          `Stop it: rq worker stop ${name}. --force removes it all the same.`,
        )
      }
      await noted(session, { action: 'worker:remove', subject: name }, async () => {
        for (const queue of worker.queues) await store.leave(queue, name)
        await registry.remove(name)
      })
      host.output.out(`${name}: removed\n`)
    }
    return EXIT.done
  })
}

/** The worker's own flags of that name mean something else. */
function placeOf({ url, prefix, config, profile }: OneWorkerFlags) {
  return {
    ...(url !== undefined && { url }),
    ...(prefix !== undefined && { prefix }),
    ...(config !== undefined && { config }),
    ...(profile !== undefined && { profile }),
  }
}
