import type { WorkerPoolOptions } from '../../lib/worker/pool.ts'
import type { CommandSpec } from '../command.ts'
import { count } from '../parse.ts'
import { type Runnable, runWorker } from '../run-worker.ts'
import { libraryPool } from './worker.ts'
import {
  JOB_GROUP,
  LOG_GROUP,
  PROBE_GROUP,
  UPKEEP_GROUP,
  WORKER_ENVIRONMENT,
  WORKER_EXIT_CODES,
  WORKER_GLOBALS,
  type WorkerFlags,
  workGroup,
} from './worker-flags.ts'
import { queuesOf } from './worker-options.ts'

export interface WorkerPoolFlags extends WorkerFlags {
  readonly numWorkers?: number
}

export type CreatePool = (queues: string[], options: WorkerPoolOptions) => Runnable | Promise<Runnable>

/** `rq worker-pool`. @param createPool for tests; by default the library's own WorkerPool */
export function workerPoolCommand(
  name: string,
  createPool: CreatePool = libraryPool,
): CommandSpec<WorkerPoolFlags> {
  return {
    name,
    globals: WORKER_GLOBALS,
    purpose: 'Run several worker processes, and start another for each that dies, until told to stop.',
    argument: { term: '[queues...]', what: 'queues to work on, the most urgent first (default: default)' },
    options: [
      workGroup([
        {
          flags: '-n, --num-workers <n>',
          what: 'worker processes, each with its own work-horses',
          fallback: '1',
          parse: count,
        },
      ]),
      JOB_GROUP,
      UPKEEP_GROUP,
      PROBE_GROUP,
      LOG_GROUP,
    ],
    examples: [
      [`${name} -n 4 high default`, 'four workers, each on both queues'],
      [`${name} -n 2 -c 8`, 'two workers, eight jobs at once in each'],
      [`${name} -n 4 --burst`, 'empty the queue "default" with four workers, then stop'],
    ],
    environment: WORKER_ENVIRONMENT,
    exitCodes: WORKER_EXIT_CODES,
    run(queues, { numWorkers, ...flags }, host) {
      return runWorker(flags, host, (settings, options) =>
        createPool(queuesOf(queues, host.env, settings.queues), {
          ...options,
          ...(numWorkers !== undefined && { size: numWorkers }),
        }),
      )
    },
  }
}
