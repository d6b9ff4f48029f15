import { WorkerNotFoundError } from '../core/errors.ts'
import { Job } from '../queue/job.ts'
import { type StoreOptions, withStore } from '../queue/open-store.ts'
import { controlChannel } from '../redis/keys.ts'
import { WorkerRegistry } from '../redis/worker-registry.ts'

/**
 * Has a worker shut down as a signal would: warm at first, cold if it is told again after more than a second.
 * @throws WorkerNotFoundError where no living worker has this name
 */
export function sendShutdown(worker: string, options: StoreOptions = {}): Promise<void> {
  return send(worker, 'shutdown', options)
}

/**
 * Kills the work-horses of a worker that run a job: those jobs fail, or run again, as if their horse had died by itself. An idle
 * worker takes no notice.
 * @throws WorkerNotFoundError where no living worker has this name
 */
export function sendKillHorse(worker: string, options: StoreOptions = {}): Promise<void> {
  return send(worker, 'kill-horse', options)
}

/**
 * Stops a running job, as `job.stop()` does.
 * @throws JobNotFoundError; InvalidStateError where it does not run
 */
export async function sendStopJob(id: string, options: StoreOptions = {}): Promise<void> {
  const job = await Job.fetch(id, options)
  await job.stop()
}

async function send(worker: string, command: string, options: StoreOptions): Promise<void> {
  await withStore(options, async ({ connection, prefix }) => {
    const channel = controlChannel(prefix, worker)
    const heard = await connection.attempt((client) => client.publish(channel, command))
    if (heard > 0) return
    // A node of a Cluster counts only those who listen at itself.
    if (connection.isCluster && (await new WorkerRegistry(connection, prefix).one(worker))) return
    throw new WorkerNotFoundError(
      `no living worker is called ${worker}; Worker.all() lists those there are`,
      worker,
    )
  })
}
