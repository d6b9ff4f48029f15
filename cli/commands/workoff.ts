import type { CommandSpec } from '../command.ts'
import { workerCommand } from './worker.ts'
import type { OneWorkerFlags } from './worker-flags.ts'

const worker = workerCommand('rq workoff')

/** delayed_job's `jobs:workoff`. */
export const workoffCommand: CommandSpec<OneWorkerFlags> = {
  ...worker,
  purpose: 'Run all jobs that wait, in all queues or those named, and tell how many there were.',
  argument: { term: '[queues...]', what: "queues to empty (default: '*', all of them)" },
  examples: [
    ['rq workoff', 'everything that waits'],
    ['rq workoff mail -c 4', 'one queue, four jobs at once'],
    ["rq workoff '*' '!low'", 'all but one'],
  ],
  run(queues, flags, host) {
    const isNamed = queues.length > 0 || flags.queue || flags.pool || host.env.QUEUES || host.env.QUEUE
    // After `run`, no queue can be taken for a word that says what to do.
    return worker.run(['run', ...(isNamed ? queues : ['*'])], { ...flags, burst: true }, host)
  },
}
