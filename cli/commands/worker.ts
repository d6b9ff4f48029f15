import type { WorkerOptions } from '../../lib/worker/worker.ts'
import type { CommandSpec } from '../command.ts'
import { type Runnable, runWorker } from '../run-worker.ts'
import {
  JOB_GROUP,
  LOG_GROUP,
  PROBE_GROUP,
  queuesOf,
  UPKEEP_GROUP,
  WORKER_ENVIRONMENT,
  WORKER_EXIT_CODES,
  WORKER_GLOBALS,
  type WorkerFlags,
  workGroup,
} from './worker-flags.ts'

export interface OneWorkerFlags extends WorkerFlags {
  readonly name?: string
}

export type CreateWorker = (queues: string[], options: WorkerOptions) => Runnable | Promise<Runnable>

/** `rqworker`, and `rq worker`. @param createWorker for tests; by default the library's own Worker */
export function workerCommand(
  name: string,
  createWorker: CreateWorker = libraryWorker,
): CommandSpec<OneWorkerFlags> {
  return {
    name,
    globals: WORKER_GLOBALS,
    purpose: 'Run a worker: take jobs from queues and run them, until told to stop.',
    argument: { term: '[queues...]', what: 'queues to work on, the most urgent first (default: default)' },
    options: [
      workGroup([
        {
          flags: '-n, --name <name>',
          what: "the worker's own name",
          fallback: 'host, pid and a random part',
        },
      ]),
      JOB_GROUP,
      UPKEEP_GROUP,
      PROBE_GROUP,
      LOG_GROUP,
    ],
    examples: [
      [`${name} high default low`, 'three queues: low only gets its turn when the others are empty'],
      [`${name} --burst -c 4`, 'empty the queue "default", four jobs at once, then stop'],
      [
        `${name} -u redis://10.0.0.5:6379/1 -P ./src --shutdown-timeout 2m`,
        'another server, tasks below ./src, a patient stop',
      ],
    ],
    environment: WORKER_ENVIRONMENT,
    exitCodes: WORKER_EXIT_CODES,
    run(queues, flags, host) {
      return runWorker(flags, host, (settings, options) =>
        createWorker(queuesOf(queues, host.env, settings.queues), options),
      )
    },
  }
}

/** Loaded when it is needed: `--help` must not wait for the Redis client. */
async function libraryWorker(queues: string[], options: WorkerOptions): Promise<Runnable> {
  const { Worker } = await import('../../lib/worker/worker.ts')
  return new Worker(queues, { whenSuspended: 'throw', ...options })
}
